import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Strict, Text, endpoint, event, roles } from './shape.ts'

export const RoleName = OneOf(roles)
/** Spaces around it are dropped, letters made small: one person, one account. */
export const Email = Type.String({ maxLength: 254, pattern: '^\\s*[^\\s@]+@[^\\s@]+\\.[^\\s@]+\\s*$' })
/** Length only, as NIST SP 800-63B §5.1.1.2 advises; the upper limit keeps hashing cheap. */
export const Password = Type.String({ minLength: 10, maxLength: 200 })

export const User = Type.Object({ id: Id, email: Type.String(), fullName: Type.String(), role: RoleName })
export type User = Static<typeof User>

export const Session = Type.Object({
  accessToken: Type.String(),
  refreshToken: Type.String(),
  /** Life of the access token. */
  expiresInSeconds: Type.Integer(),
  user: User,
})
export type Session = Static<typeof Session>

export const UserPage = Type.Object({ users: Type.Array(User), nextCursor: Type.Optional(Id) })
/** RFC 7517 §5. */
export const KeySet = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) })

/** What was removed: a collection or a kind of key or object → how many. */
export const RemovedCounts = Type.Record(Type.String(), Type.Integer({ minimum: 0 }))

/** What became of an erasure; names nobody. */
export const ErasureReport = Type.Object({
  askedAt: Instant,
  /** Whether every service has looked again and found nothing. */
  complete: Type.Boolean(),
  services: Type.Array(
    Type.Object({
      service: Type.String(),
      state: OneOf(['waiting', 'done']),
      removed: RemovedCounts,
      /** Found by the last look; 0 where the state is `done`. Absent while nothing is heard of the service. */
      remaining: Type.Optional(Type.Integer()),
      /** Of that look. */
      at: Type.Optional(Instant),
    }),
  ),
  /**
   * All of the above as a compact JWS (RFC 7515, `typ` `erasure-report+jws`), signed with the key of access tokens
   * (`/.well-known/jwks.json`). Only of a complete report.
   */
  proof: Type.Optional(Type.String()),
})
export type ErasureReport = Static<typeof ErasureReport>
/** Random; whoever has it may read the report, without an account. */
const Receipt = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })

export const identityApi = {
  signUp: endpoint({
    method: 'POST',
    url: '/api/v1/auth/signup',
    summary: 'Create a student account and sign in',
    config: { access: 'public', rate: 'sign-in' },
    schema: {
      body: Strict({ email: Email, password: Password, fullName: Text(120) }),
      response: { 201: Session },
    },
  }),
  signIn: endpoint({
    method: 'POST',
    url: '/api/v1/auth/signin',
    summary: 'Sign in with email and password',
    config: { access: 'public', rate: 'sign-in' },
    schema: {
      body: Strict({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) }),
      response: { 200: Session },
    },
  }),
  refresh: endpoint({
    method: 'POST',
    url: '/api/v1/auth/refresh',
    summary: 'Exchange a refresh token for a new pair; each refresh token works once',
    config: { access: 'public', rate: 'sign-in' },
    schema: {
      body: Strict({ refreshToken: Type.String({ minLength: 1, maxLength: 200 }) }),
      response: { 200: Session },
    },
  }),
  signOut: endpoint({
    method: 'POST',
    url: '/api/v1/auth/signout',
    summary: 'End the session of the access token: its refresh tokens stop working',
    config: { access: 'signed-in', rate: 'write' },
    schema: { response: { 200: Message } },
  }),
  me: endpoint({
    method: 'GET',
    url: '/api/v1/users/me',
    summary: 'The signed-in user',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: User } },
  }),
  /** Students only (409 NOT_A_STUDENT): courses need somebody to look after them. */
  deleteMe: endpoint({
    method: 'DELETE',
    url: '/api/v1/users/me',
    summary: 'Delete the caller’s account and everything that is kept about them, for good',
    config: { access: 'signed-in', rate: 'sign-in' },
    schema: {
      body: Strict({ password: Type.String({ minLength: 1, maxLength: 200 }) }),
      response: { 200: Type.Object({ message: Type.String(), receipt: Receipt }) },
    },
  }),
  /** A POST, as addresses end up in logs and histories. */
  readErasure: endpoint({
    method: 'POST',
    url: '/api/v1/users/erasure',
    summary: 'What became of the erasure that this receipt was given for',
    config: { access: 'public', rate: 'sign-in' },
    schema: { body: Strict({ receipt: Receipt }), response: { 200: ErasureReport } },
  }),
  getErasure: endpoint({
    method: 'GET',
    url: '/api/v1/users/:userId/erasure',
    summary: 'What became of the erasure of a user, and which services are not done with it',
    config: { access: 'admin', rate: 'read' },
    schema: { params: Strict({ userId: Id }), response: { 200: ErasureReport } },
  }),
  listUsers: endpoint({
    method: 'GET',
    url: '/api/v1/users',
    summary: 'All users, 50 a page, in the order they registered',
    config: { access: 'admin', rate: 'read' },
    schema: {
      querystring: Strict({ email: Type.Optional(Email), cursor: Type.Optional(Id) }),
      response: { 200: UserPage },
    },
  }),
  changeUser: endpoint({
    method: 'PATCH',
    url: '/api/v1/users/:userId',
    summary: 'Change the role of a user',
    config: { access: 'admin', rate: 'write' },
    schema: { params: Strict({ userId: Id }), body: Strict({ role: RoleName }), response: { 200: User } },
  }),
  deleteUser: endpoint({
    method: 'DELETE',
    url: '/api/v1/users/:userId',
    summary: 'Delete the account of a student and everything that is kept about them, for good',
    config: { access: 'admin', rate: 'write' },
    schema: { params: Strict({ userId: Id }), response: { 200: Message } },
  }),
  keys: endpoint({
    method: 'GET',
    url: '/.well-known/jwks.json',
    summary: 'The public keys that access tokens are signed with',
    config: { access: 'public', rate: 'read' },
    schema: { response: { 200: KeySet } },
  }),
}

const UserFact = Type.Object({
  userId: Id,
  email: Type.String(),
  fullName: Type.String(),
  role: RoleName,
  at: Instant,
})
export const userRegistered = event('user.registered', UserFact)
export const userUpdated = event('user.updated', UserFact)
/** The account is gone: whoever keeps something about this person removes it, and takes nothing more of theirs. */
export const userErased = event(
  'user.erased',
  Type.Object({
    userId: Id,
    at: Instant,
    /** By which listeners say that they are done, so that no answer names the person. */
    caseId: Type.Optional(Id),
  }),
)
/** Said by each listener of `user.erased` when a look after the removal found nothing, and again if more came later. */
export const erasureDone = event(
  'erasure.done',
  Type.Object({
    caseId: Id,
    service: Type.String(),
    removed: RemovedCounts,
    remaining: Type.Integer(),
    at: Instant,
  }),
)
