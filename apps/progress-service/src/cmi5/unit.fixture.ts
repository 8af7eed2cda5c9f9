import { createHash } from 'node:crypto'
import type { LecturePackage, PackageItem } from '@aetherlearn/contracts/course/packages'
import type { Launch } from '@aetherlearn/contracts/progress/launch'
import type { FastifyInstance } from 'fastify'
import { CATEGORY, MOVE_ON, verbs } from './words.ts'

export const unitItem = (more: Partial<PackageItem> = {}): PackageItem => ({
  itemId: 'https://publisher.test/units/one',
  title: 'Unit one',
  launch: 'one/index.html',
  reports: true,
  moveOn: 'CompletedAndPassed',
  masteryScore: 0.8,
  ...more,
})
export const unitPackage = (items: PackageItem[] = [unitItem()]): LecturePackage => ({
  packageId: 'cmi5-package',
  standard: 'cmi5',
  title: 'Two units',
  items,
})

type App = Pick<FastifyInstance, 'inject'>
type Sent = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  headers?: Record<string, string>
  payload?: string | object
}

/** As a library for units does it: fetches its token and calls the record store with it. */
export async function startUnit(app: App, launch: Launch) {
  const query = new URLSearchParams(launch.launchQuery)
  const path = (name: string) => new URL(query.get(name) ?? '').pathname
  const fetched = await app.inject({ method: 'POST', url: path('fetch') })
  const authorization = `Basic ${fetched.json()['auth-token']}`
  const ask = ({ method = 'GET', url, headers = {}, payload }: Sent) =>
    app.inject({
      method,
      url: path('endpoint') + url,
      headers: { authorization, 'x-experience-api-version': '1.0.3', ...headers },
      ...(payload !== undefined && { payload }),
    })
  const actor = query.get('actor') ?? ''
  const activityId = query.get('activityId') ?? ''
  const state = new URLSearchParams({
    stateId: 'LMS.LaunchData',
    activityId,
    agent: actor,
    registration: launch.registration,
  })
  const { contextTemplate } = (await ask({ url: `activities/state?${state}` })).json()
  const statement = (verb: string, more: object = {}, categories = [CATEGORY]) => ({
    actor: JSON.parse(actor),
    verb: { id: verb },
    object: { id: activityId },
    context: {
      ...contextTemplate,
      registration: launch.registration,
      contextActivities: { ...contextTemplate.contextActivities, category: categories.map((id) => ({ id })) },
    },
    ...more,
  })
  const send = (payload: object) => ask({ method: 'POST', url: 'statements', payload })
  const duration = 'PT10S'
  return {
    actor,
    activityId,
    contextTemplate,
    ask,
    send,
    statement,
    initialized: () => statement(verbs.initialized),
    completed: () =>
      statement(verbs.completed, { result: { completion: true, duration } }, [CATEGORY, MOVE_ON]),
    /** With the mastery score of `unitItem`. */
    scored: (verb: 'passed' | 'failed', scaled: number, masteryScore = 0.8) => {
      const made = statement(
        verbs[verb],
        { result: { success: verb === 'passed', score: { scaled }, duration } },
        [CATEGORY, MOVE_ON],
      )
      const extension = { 'https://w3id.org/xapi/cmi5/context/extensions/masteryscore': masteryScore }
      const extensions = { ...made.context.extensions, ...extension }
      return { ...made, context: { ...made.context, extensions } }
    },
    terminated: () => statement(verbs.terminated, { result: { duration } }),
  }
}

/** A statement with a file, as the parts of one body. */
export function enclosing(statement: object, bytes: string) {
  const sha2 = createHash('sha256').update(bytes).digest('hex')
  const attachment = {
    usageType: 'https://publisher.test/essay',
    display: { en: 'Essay' },
    contentType: 'text/plain',
    length: Buffer.byteLength(bytes),
    sha2,
  }
  const lines = [
    '--cut\r\nContent-Type: application/json\r\n\r\n',
    JSON.stringify({ ...statement, attachments: [attachment] }),
    '\r\n--cut\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n',
    `X-Experience-API-Hash: ${sha2}\r\n\r\n${bytes}\r\n--cut--\r\n`,
  ]
  return { sha2, payload: lines.join(''), headers: { 'content-type': 'multipart/mixed; boundary=cut' } }
}
