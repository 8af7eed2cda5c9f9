import { recordKeysApi } from '@aetherlearn/contracts/progress/records'
import { createClient } from '@aetherlearn/sdk/client'
import type { Classroom, Student } from './classroom.ts'

const CMI5 = 'https://w3id.org/xapi/cmi5/context'
const PUBLISHER = 'https://publisher.test/algebra'

/** What a provider's library sends with each request, with a key that was made for the course. */
export async function providerHeaders({ service, courseId }: Classroom) {
  const admin = await service.tokenFor({ role: 'admin' })
  const client = createClient(recordKeysApi, { origin: service.address, token: () => admin })
  const key = await client.addRecordKey({ params: { courseId }, body: { name: 'Bench' } })
  const credentials = Buffer.from(`${key.username}:${key.secret}`).toString('base64')
  return { authorization: `Basic ${credentials}`, 'x-experience-api-version': '1.0.3' }
}

/** By whom students are named in statements: whoever issues their tokens. */
export function agentOf({ userId, authorization }: Student) {
  const [, claims = ''] = authorization.split('.')
  const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string }
  return { objectType: 'Agent', account: { homePage: iss, name: userId } }
}

/**
 * That a unit is completed, as cmi5 has it. It has no id, which the service then makes: each time that it is sent it is
 * another statement.
 */
export const completionOf = (student: Student) => ({
  actor: agentOf(student),
  verb: { id: 'http://adlnet.gov/expapi/verbs/completed', display: { en: 'completed' } },
  object: {
    objectType: 'Activity',
    id: `${PUBLISHER}/units/one`,
    definition: { type: 'http://adlnet.gov/expapi/activities/lesson', name: { en: 'Unit one' } },
  },
  result: { completion: true, duration: 'PT10M30S' },
  context: {
    registration: '3f0c8a52-7d1e-4b6a-9c2f-5e8d4a1b7c90',
    contextActivities: {
      category: [{ id: `${CMI5}/categories/cmi5` }, { id: `${CMI5}/categories/moveon` }],
      grouping: [{ id: PUBLISHER }],
    },
    extensions: { [`${CMI5}/extensions/sessionid`]: 'bench-0001' },
  },
  timestamp: '2026-05-01T12:00:00.000Z',
})
