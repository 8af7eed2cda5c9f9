import { createHash, timingSafeEqual } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Directory } from '../courses/directory.ts'
import type { KeyStore } from './keys-store.ts'
import type { Agent } from './statement-parse.ts'

/** What a caller of the record store may do. */
export type Grant = {
  courseId: string
  /** Who vouches for what is recorded. */
  authority: Agent
  /** Of a launched unit: it records and reads about this student alone. */
  session?: { id: string; userId: string }
}
/** The session whose token it is; undefined where there is none or it is over. */
export type FindSession = (
  sessionId: string,
  secretHash: string,
) => Promise<{ courseId: string; userId: string } | undefined>

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

const same = (a: string, b: string) =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

const KEY = /^key-([0-9a-f]{24})$/
const SESSION = /^session-([0-9a-f-]{36})$/

export type AccessDeps = {
  keys: Pick<KeyStore, 'find'>
  directory: Pick<Directory, 'course'>
  findSession: FindSession
  homePage: string
}

/** Answers what an Authorization header grants; throws UNAUTHENTICATED. */
export function createAccess({ keys, directory, findSession, homePage }: AccessDeps) {
  const byKey = async (keyId: string, secret: string): Promise<Grant | undefined> => {
    const key = await keys.find(keyId)
    if (key === undefined || !same(key.secretHash, hashOf(secret))) return undefined
    // Nobody is left who could revoke it.
    if ((await directory.course(key.courseId)) === undefined) return undefined
    const account = { homePage, name: `key-${keyId}` }
    return { courseId: key.courseId, authority: { objectType: 'Agent', name: key.name, account } }
  }
  const bySession = async (id: string, secret: string): Promise<Grant | undefined> => {
    const session = await findSession(id, hashOf(secret))
    if (session === undefined) return undefined
    const account = { homePage, name: 'launch' }
    const authority: Agent = { objectType: 'Agent', name: 'AetherLearn', account }
    return { courseId: session.courseId, authority, session: { id, userId: session.userId } }
  }

  return async (authorization: string | undefined): Promise<Grant> => {
    const encoded = /^Basic ([A-Za-z0-9+/_-]+=*)$/i.exec(authorization ?? '')?.[1] ?? ''
    const decoded = Buffer.from(encoded, 'base64').toString()
    const colon = decoded.indexOf(':')
    const [name, secret] = [decoded.slice(0, Math.max(colon, 0)), decoded.slice(colon + 1)]
    const [, keyId] = KEY.exec(name) ?? []
    const [, sessionId] = SESSION.exec(name) ?? []
    const grant =
      keyId !== undefined
        ? await byKey(keyId, secret)
        : sessionId !== undefined && (await bySession(sessionId, secret))
    if (!grant) throw fail('UNAUTHENTICATED', { detail: 'This key is not valid, or its session is over' })
    return grant
  }
}
export type FindGrant = ReturnType<typeof createAccess>
