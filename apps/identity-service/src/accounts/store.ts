import { userErased, userRegistered, userUpdated, type User } from '@aetherlearn/contracts/identity'
import type { Role } from '@aetherlearn/contracts/shape'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Types } from 'mongoose'
import type { Audit } from '../audit/store.ts'
import type { ErasureStore } from '../erasures/store.ts'
import type { Grant, SessionStore } from '../sessions/store.ts'
import { assertStudent, normaliseEmail } from './rules.ts'

type UserRow = {
  email: string
  fullName: string
  role: Role
  passwordHash: string
  createdAt: Date
  signedInAt?: Date
}
const userSchema = new Schema<UserRow>(
  {
    email: { type: String, required: true },
    fullName: { type: String, required: true },
    role: { type: String, required: true },
    passwordHash: { type: String, required: true },
    createdAt: { type: Date, required: true },
    signedInAt: Date,
  },
  { versionKey: false, collection: 'users' },
)
userSchema.index({ email: 1 }, { unique: true })
userSchema.index({ role: 1 })
const userModel = (connection: MongoConnection) => connection.model('User', userSchema)
type UserModel = ReturnType<typeof userModel>

export type NewAccount = { email: string; fullName: string; passwordHash: string }
export type UserQuery = { email?: string; cursor?: string }
export type RoleChange = { userId: string; role: Role; by: string; traceId: string }
export type Erasure = { userId: string; by: string; traceId: string }
type Known = { user: User; passwordHash: string }

export type AccountStore = {
  /** A new student, signed in. Throws EMAIL_TAKEN. */
  register(account: NewAccount, traceId: string): Promise<{ user: User; grant: Grant }>
  get(userId: string): Promise<User | undefined>
  findForSignIn(email: string): Promise<Known | undefined>
  findForErasure(userId: string): Promise<Known | undefined>
  /** A new session. Throws WRONG_CREDENTIALS where the account went away meanwhile. */
  signIn(userId: string): Promise<{ user: User; grant: Grant }>
  /** In the order they registered. */
  list(query: UserQuery): Promise<{ users: User[]; nextCursor?: string }>
  /** Ends the sessions of that user as well. Throws USER_NOT_FOUND. */
  changeRole(change: RoleChange): Promise<User>
  /**
   * Removes a student's account with its sessions and all that was said of it; what is left is the fact, under an id
   * that names nobody any more. Answers the receipt by which its report is read. Throws USER_NOT_FOUND and NOT_A_STUDENT.
   */
  erase(erasure: Erasure): Promise<string>
  hasAdmin(): Promise<boolean>
  /** The account with this address, or a new one, as the admin; nothing where another instance was faster. */
  makeFirstAdmin(account: NewAccount): Promise<void>
}

const PAGE_SIZE = 50

const userOf = (row: UserRow & { _id: Types.ObjectId }): User => ({
  id: String(row._id),
  email: row.email,
  fullName: row.fullName,
  role: row.role,
})

const knownOf = (row: (UserRow & { _id: Types.ObjectId }) | null): Known | undefined =>
  row === null ? undefined : { user: userOf(row), passwordHash: row.passwordHash }

type Options = {
  connection: MongoConnection
  outbox: Outbox
  audit: Audit
  sessions: SessionStore
  erasures: Pick<ErasureStore, 'open'>
  clock: () => Date
}

export function createAccountStore(options: Options): AccountStore {
  const UserRow = userModel(options.connection)
  return { ...readsOf(UserRow), ...changesOf(UserRow, options), ...leavingOf(UserRow, options) }
}

type Reads = Pick<AccountStore, 'get' | 'findForSignIn' | 'findForErasure' | 'list' | 'hasAdmin'>
const readsOf = (UserRow: UserModel): Reads => ({
  async get(userId) {
    const row = await UserRow.findById(userId).lean()
    return row === null ? undefined : userOf(row)
  },

  findForSignIn: async (email) => knownOf(await UserRow.findOne({ email: normaliseEmail(email) }).lean()),
  findForErasure: async (userId) => knownOf(await UserRow.findById(userId).lean()),

  async list({ email, cursor }) {
    const rows = await UserRow.find({
      ...(email === undefined ? {} : { email: normaliseEmail(email) }),
      ...(cursor === undefined ? {} : { _id: { $gt: cursor } }),
    })
      .sort({ _id: 1 })
      .limit(PAGE_SIZE + 1)
      .lean()
    const users = rows.slice(0, PAGE_SIZE).map(userOf)
    const last = users.at(-1)
    return rows.length > PAGE_SIZE && last !== undefined ? { users, nextCursor: last.id } : { users }
  },

  hasAdmin: async () => (await UserRow.exists({ role: 'admin' })) !== null,
})

type Changes = Pick<AccountStore, 'register' | 'signIn' | 'changeRole' | 'makeFirstAdmin'>
function changesOf(UserRow: UserModel, options: Options): Changes {
  const { connection, audit, sessions, clock } = options
  const { insert, setRole } = stepsOf(UserRow, options)
  return {
    register: (account, traceId) =>
      transaction(connection, async (session) => {
        const user = await insert(account, 'student', session, traceId)
        return { user, grant: await sessions.open(user.id, session) }
      }),

    // The account is written as well, so that one which is erased at this moment is left no session.
    signIn: (userId) =>
      transaction(connection, async (session) => {
        const row = await UserRow.findOneAndUpdate(
          { _id: userId },
          { signedInAt: clock() },
          { session },
        ).lean()
        if (row === null) throw fail('WRONG_CREDENTIALS')
        return { user: userOf(row), grant: await sessions.open(userId, session) }
      }),

    changeRole: ({ userId, role, by, traceId }) =>
      transaction(connection, async (session) => {
        const { user, was } = await setRole(userId, role, session, traceId)
        const details = { from: was, to: role }
        if (was !== role) await audit.record({ action: 'user.role-changed', userId, by, details }, session)
        return user
      }),

    makeFirstAdmin: (account) =>
      transaction(connection, async (session) => {
        if (await UserRow.exists({ role: 'admin' }).session(session)) return
        const known = await UserRow.findOne({ email: normaliseEmail(account.email) })
          .session(session)
          .lean()
        const user =
          known === null
            ? await insert(account, 'admin', session)
            : (await setRole(String(known._id), 'admin', session)).user
        await audit.record({ action: 'user.first-admin-made', userId: user.id }, session)
      }),
  }
}

const leavingOf = (
  UserRow: UserModel,
  { connection, outbox, audit, sessions, erasures, clock }: Options,
): Pick<AccountStore, 'erase'> => ({
  erase: ({ userId, by, traceId }) =>
    transaction(connection, async (session) => {
      const row = await UserRow.findByIdAndDelete(userId, { session }).lean()
      if (row === null) throw fail('USER_NOT_FOUND')
      assertStudent(row.role)
      const removed = await sessions.removeAllOf(userId, session)
      // What is not sent yet would tell of somebody who is no more.
      const said = await outbox.dropOf(userId, session)
      const at = clock().toISOString()
      const counts = { users: 1, ...removed, outbox: said }
      // All of it goes with this transaction, or nothing does: nothing is left to look for.
      const own = { service: 'identity-service', removed: counts, remaining: 0, at }
      const { caseId, receipt } = await erasures.open(userId, own, session)
      await outbox.add(userErased, { userId, at, caseId }, session, traceId)
      await audit.record({ action: 'user.erased', userId, by }, session)
      return receipt
    }),
})

/** Parts of a transaction. */
function stepsOf(UserRow: UserModel, { outbox, sessions, clock }: Options) {
  const factOf = ({ id, email, fullName, role }: User) => ({
    userId: id,
    email,
    fullName,
    role,
    at: clock().toISOString(),
  })
  return {
    async insert(account: NewAccount, role: Role, session: Session, traceId?: string) {
      const email = normaliseEmail(account.email)
      // The unique index decides between two at once; the loser's transaction runs again and sees the winner here.
      if (await UserRow.exists({ email }).session(session)) throw fail('EMAIL_TAKEN')
      const { passwordHash } = account
      const row = { email, fullName: account.fullName.trim(), role, passwordHash, createdAt: clock() }
      const [made] = await UserRow.create([row], { session })
      if (made === undefined) throw new Error('create answered without the document')
      const user = userOf(made)
      await outbox.add(userRegistered, factOf(user), session, traceId)
      return user
    },

    async setRole(userId: string, role: Role, session: Session, traceId?: string) {
      const before = await UserRow.findById(userId).session(session).lean()
      if (before === null) throw fail('USER_NOT_FOUND')
      if (before.role === role) return { user: userOf(before), was: role }
      await UserRow.updateOne({ _id: userId }, { role }, { session })
      await sessions.endAllOf(userId, session)
      const user = userOf({ ...before, role })
      await outbox.add(userUpdated, factOf(user), session, traceId)
      return { user, was: before.role }
    },
  }
}
