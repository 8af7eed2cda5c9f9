import { createHash, randomBytes } from 'node:crypto'
import {
  transaction,
  type MongoConnection,
  type Session as Transaction,
} from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import {
  commit,
  nothingKept,
  opened,
  type Commit,
  type Committed,
  type Item,
  type Kept,
  type Session,
} from './rules.ts'

/** As long as the addresses of a package work. */
const TICKET_MS = 12 * 3600_000
const SECRET_BYTES = 24
const TICKET = /^([0-9a-f]{24})\.([0-9a-f]{24})\.([\w-]{32})$/
const hashOf = (secret: string) => createHash('sha256').update(secret).digest('base64url')

/** One student's in one item of one package: what replaces a package begins with nothing. */
export type StateKey = {
  userId: string
  courseId: string
  lectureId: string
  packageId: string
  itemId: string
}

type StateRow = Omit<Kept, 'cmi' | 'sessions'> & {
  userId: Types.ObjectId
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  packageId: string
  itemId: string
  /** Names have dots, which fields of MongoDB may not. */
  cmi: [name: string, value: string][]
  sessions: Session[]
  updatedAt: Date
}
const stateSchema = new Schema<StateRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: { type: Schema.Types.ObjectId, required: true },
    packageId: { type: String, required: true },
    itemId: { type: String, required: true },
    // Written and read whole: mongoose need not look into them.
    cmi: Schema.Types.Mixed,
    sessions: Schema.Types.Mixed,
    owner: Schema.Types.Mixed,
    earlierSeconds: Number,
    opened: Number,
    completed: Boolean,
    passed: Boolean,
    score: Number,
    updatedAt: Date,
  },
  { versionKey: false, collection: 'packageStates' },
)
stateSchema.index({ userId: 1, lectureId: 1, packageId: 1, itemId: 1 }, { unique: true })

export type Read = { kept: Kept; updatedAt: Date | undefined }
export type StateStore = {
  read(key: StateKey): Promise<Read>
  /** Another session of the item. */
  open(key: StateKey, at: Date): Promise<Session & { kept: Kept; ticket: string }>
  /** Whose and for what a ticket is; undefined where it is none, or too old. */
  keyOf(ticket: string, now: number): Promise<(StateKey & { sessionId: string }) | undefined>
  /** Answers what is kept from then on; `over` where it was refused. Again, it changes nothing. */
  commit(key: StateKey, item: Item, said: Commit): Promise<Read & { kind: Committed['kind'] }>
}

/** What packages keep of their students. */
export function createStateStore(connection: MongoConnection): StateStore {
  const State = connection.model<StateRow>('PackageState', stateSchema)
  const id = (hex: string) => new Types.ObjectId(hex)
  const keyOf = ({ userId, courseId, lectureId, packageId, itemId }: StateKey) => ({
    userId: id(userId),
    courseId: id(courseId),
    lectureId: id(lectureId),
    packageId,
    itemId,
  })

  async function read(key: StateKey, session?: Transaction): Promise<Read> {
    const row = await State.findOne(keyOf(key))
      .session(session ?? null)
      .lean<StateRow>()
    return row === null
      ? { kept: nothingKept, updatedAt: undefined }
      : { kept: keptOf(row), updatedAt: row.updatedAt }
  }

  const write = (key: StateKey, kept: Kept, updatedAt: Date, session: Transaction) =>
    State.findOneAndUpdate(
      keyOf(key),
      { $set: { ...kept, cmi: Object.entries(kept.cmi), updatedAt } },
      { upsert: true, session, returnDocument: 'after', projection: { _id: 1 } },
    )
      .orFail()
      .lean()

  return {
    read,

    open: (key, at) =>
      transaction(connection, async (transacted) => {
        const { kept: before, updatedAt = at } = await read(key, transacted)
        const secret = randomBytes(SECRET_BYTES).toString('base64url')
        const session = {
          id: new Types.ObjectId().toHexString(),
          openedAt: at.getTime(),
          ticketHash: hashOf(secret),
        }
        const kept = opened(before, session)
        const row = await write(key, kept, updatedAt, transacted)
        return { ...session, kept, ticket: `${row._id.toHexString()}.${session.id}.${secret}` }
      }),

    async keyOf(ticket, now) {
      const [, rowId, sessionId = '', secret = ''] = TICKET.exec(ticket) ?? []
      const row = rowId === undefined ? null : await State.findById(id(rowId), { cmi: 0 }).lean<StateRow>()
      const session = row?.sessions.find((one) => one.id === sessionId)
      if (!row || session === undefined || now - session.openedAt > TICKET_MS) return undefined
      // Of equal length, and nobody learns a hash from how long it takes to compare two.
      if (session.ticketHash !== hashOf(secret)) return undefined
      const { userId, courseId, lectureId } = row
      const ids = { userId: userId.toHexString(), courseId: courseId.toHexString() }
      const { packageId, itemId } = row
      return { ...ids, lectureId: lectureId.toHexString(), packageId, itemId, sessionId }
    },

    commit: (key, item, said) =>
      transaction(connection, async (transacted) => {
        const before = await read(key, transacted)
        const outcome = commit(item, before.kept, said)
        if (outcome.kind !== 'kept') return { ...before, kind: outcome.kind }
        const updatedAt = new Date(said.at)
        await write(key, outcome.kept, updatedAt, transacted)
        return { kind: outcome.kind, kept: outcome.kept, updatedAt }
      }),
  }
}

const keptOf = ({ cmi, sessions, owner, earlierSeconds, ...row }: StateRow): Kept => ({
  cmi: Object.fromEntries(cmi),
  sessions,
  owner,
  earlierSeconds,
  opened: row.opened,
  completed: row.completed,
  passed: row.passed,
  score: row.score,
})
