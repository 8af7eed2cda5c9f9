import { randomUUID } from 'node:crypto'
import type { NewRecordKey } from '@aetherlearn/contracts/progress/records'
import { newId } from '@aetherlearn/testing/ids'
import type { TokenMint } from '@aetherlearn/testing/tokens'
import type { FastifyInstance } from 'fastify'
import type { openFixture } from '../fixture.ts'

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'
type Asked = { headers?: Record<string, string>; payload?: string | object }
export type Statements = { statements: { id: string }[]; more: string }

/** For tests: a library that records things, with a key of a course. */
export function provider(
  app: Pick<FastifyInstance, 'inject'>,
  { username, secret }: Pick<NewRecordKey, 'username' | 'secret'>,
) {
  const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
  const ask = (method: Method, url: string, { headers = {}, payload }: Asked = {}) =>
    app.inject({
      method,
      url: url.startsWith('/') ? url : `/api/v1/xapi/${url}`,
      headers: { authorization, 'x-experience-api-version': '1.0.3', ...headers },
      ...(payload !== undefined && { payload }),
    })
  const add = (payload: object) => ask('POST', 'statements', { payload })
  const find = async (query: Record<string, string> = {}): Promise<Statements> =>
    (await ask('GET', `statements?${new URLSearchParams(query)}`)).json()
  const ids = async (query: Record<string, string> = {}) => (await find(query)).statements.map(({ id }) => id)
  return { ask, add, find, ids, authorization }
}

export const agent = (name: string) => ({ mbox: `mailto:${name}@school.test` })
export const aStatement = (more: object = {}) => ({
  id: randomUUID(),
  actor: agent('ada'),
  verb: { id: 'http://adlnet.gov/expapi/verbs/experienced', display: { en: 'saw', de: 'sah' } },
  object: { id: 'https://school.test/film', definition: { name: { en: 'The film', de: 'Der Film' } } },
  ...more,
})

type Service = Pick<Awaited<ReturnType<typeof openFixture>>, 'app' | 'publish'>

/** A course of its own, whose creator has made a key. */
export async function openRoom(service: Service, mint: TokenMint) {
  const [courseId, lectureId] = [newId(), newId()]
  // The fixture says that a course was made by whoever has its id.
  await service.publish(courseId, [lectureId])
  const token = await mint.tokenFor({ id: courseId, role: 'instructor' })
  const headers = { authorization: `Bearer ${token}` }
  const url = `/api/v1/progress/records/${courseId}/keys`
  const made = await service.app.inject({ method: 'POST', url, headers, payload: { name: 'Statistics' } })
  const key: NewRecordKey = made.json()
  return { courseId, params: { courseId }, token, key, ...provider(service.app, key) }
}
