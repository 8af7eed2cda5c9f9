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
      response: { 200: Message },
    },
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
export const userErased = event('user.erased', Type.Object({ userId: Id, at: Instant }))
