import { createHash, randomBytes } from 'node:crypto'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import type { Types } from 'mongoose'
import { Schema } from 'mongoose'
import type { Audit } from '../audit/store.ts'
import { judgeUse } from './rules.ts'

type SessionRow = { userId: string; createdAt: Date; expiresAt: Date; endedAt: Date | null }
const sessionSchema = new Schema<SessionRow>(
  {
    userId: { type: String, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    endedAt: { type: Date, default: null },
  },
  { versionKey: false, collection: 'sessions' },
)
sessionSchema.index({ userId: 1, endedAt: 1 })
sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

type TokenRow = {
  _id: string
  sessionId: Types.ObjectId
  parent: string
  usedAt: Date | null
  expiresAt: Date
}
/** One row per refresh token ever given out, so that the use of any old one is seen. */
const tokenSchema = new Schema<TokenRow>(
  {
    /** SHA-256 in hex: a copy of the database signs nobody in. Tokens are random, so no salt is needed. */
    _id: String,
    sessionId: { type: Schema.Types.ObjectId, required: true },
    /** The token this one was given for; the session's id for the first. */
    parent: { type: String, required: true },
    usedAt: { type: Date, default: null },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'refreshTokens' },
)
tokenSchema.index({ parent: 1 })
tokenSchema.index({ sessionId: 1 })
tokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
const TOKEN_BYTES = 32

export type Grant = { userId: string; sessionId: string; refreshToken: string }
export type Rotation =
  | { outcome: 'rotated'; grant: Grant }
  | { outcome: 'refused' }
  /** An old token came back: the session has been ended. */
  | { outcome: 'stolen'; userId: string; sessionId: string }

export type SessionStore = {
  open(userId: string, session?: Session): Promise<Grant>
  /** Exchanges a refresh token for the next one. */
  rotate(refreshToken: string): Promise<Rotation>
  end(sessionId: string): Promise<void>
  endAllOf(userId: string, session: Session): Promise<void>
  /** Sessions and their tokens, as if they had never been. */
  removeAllOf(userId: string, session: Session): Promise<{ sessions: number; refreshTokens: number }>
}

type Options = { connection: MongoConnection; audit: Audit; clock: () => Date; lifeSeconds: number }

export function createSessionStore({ connection, audit, clock, lifeSeconds }: Options): SessionStore {
  const SessionRow = connection.model('Session', sessionSchema)
  const Token = connection.model('RefreshToken', tokenSchema)
  const expiry = () => new Date(clock().getTime() + lifeSeconds * 1000)

  async function giveToken(sessionId: Types.ObjectId, parent: string, session?: Session) {
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    const row = { _id: hashOf(token), sessionId, parent, expiresAt: expiry() }
    await Token.create([row], session ? { session } : {})
    return token
  }

  async function rotateIn(session: Session, refreshToken: string): Promise<Rotation> {
    const now = clock()
    const token = await Token.findById(hashOf(refreshToken)).session(session).lean()
    if (token === null || token.expiresAt <= now) return { outcome: 'refused' }
    const { sessionId, parent, usedAt } = token
    const owner = await SessionRow.findOne({ _id: sessionId, endedAt: null }).session(session).lean()
    if (owner === null) return { outcome: 'refused' }
    const who = { userId: owner.userId, sessionId: String(sessionId) }
    if (judgeUse(usedAt, now) === 'stolen') {
      await SessionRow.updateOne({ _id: sessionId }, { endedAt: now }, { session })
      await audit.record(
        { action: 'session.reuse-detected', userId: who.userId, details: { sessionId: who.sessionId } },
        session,
      )
      return { outcome: 'stolen', ...who }
    }
    // A token that was used twice has two successors. Only one may go on, so the use of one uses up the other:
    // whoever holds it is found out at their next refresh.
    await Token.updateMany({ parent, usedAt: null }, { usedAt: now }, { session })
    await SessionRow.updateOne({ _id: sessionId }, { expiresAt: expiry() }, { session })
    return {
      outcome: 'rotated',
      grant: { ...who, refreshToken: await giveToken(sessionId, token._id, session) },
    }
  }

  return {
    async open(userId, session) {
      const row = { userId, createdAt: clock(), expiresAt: expiry() }
      const [made] = await SessionRow.create([row], session ? { session } : {})
      if (made === undefined) throw new Error('create answered without the document')
      const refreshToken = await giveToken(made._id, String(made._id), session)
      return { userId, sessionId: String(made._id), refreshToken }
    },
    rotate: (refreshToken) => transaction(connection, (session) => rotateIn(session, refreshToken)),
    async end(sessionId) {
      await SessionRow.updateOne({ _id: sessionId, endedAt: null }, { endedAt: clock() })
    },
    async endAllOf(userId, session) {
      await SessionRow.updateMany({ userId, endedAt: null }, { endedAt: clock() }, { session })
    },
    async removeAllOf(userId, session) {
      const rows = await SessionRow.find({ userId }, { _id: 1 }).session(session).lean()
      const ofThese = { sessionId: { $in: rows.map(({ _id }) => _id) } }
      const tokens = await Token.deleteMany(ofThese, { session })
      // A refresh at the same moment writes its session: one of the two runs again, and finds what the other did.
      const { deletedCount } = await SessionRow.deleteMany({ userId }, { session })
      return { sessions: deletedCount, refreshTokens: tokens.deletedCount }
    },
  }
}
