import { NUDGE_EVERY_DAYS } from '@aetherlearn/contracts/analytics/messages'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

/** When somebody was last written to about a course: read and changed by whoever writes, so that two cannot at once. */
type TurnRow = { courseId: Types.ObjectId; userId: Types.ObjectId; sentAt: Date }
const turnSchema = new Schema<TurnRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    sentAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'nudgeTurns' },
)
turnSchema.index({ courseId: 1, userId: 1 }, { unique: true })
turnSchema.index({ userId: 1 })
// Nobody asks for an older one.
turnSchema.index({ sentAt: 1 }, { expireAfterSeconds: NUDGE_EVERY_DAYS * 24 * 3600 })

type Member = { courseId: string; userId: string }
type Seen = { userId: Types.ObjectId; lastActiveAt?: Date; lastCompletedAt?: Date }

export type NudgeStore = {
  lastSent(member: Member, session?: Session): Promise<Date | undefined>
  noteSent(member: Member, at: Date, session: Session): Promise<void>
  /** User id → when they last watched or completed something in the course. */
  lastSeen(courseId: string, userIds: string[]): Promise<Map<string, Date>>
}

export function createNudgeStore(connection: MongoConnection): NudgeStore {
  const Turns = connection.model<TurnRow>('NudgeTurn', turnSchema)
  const id = (hex: string) => new Types.ObjectId(hex)
  const keyOf = ({ courseId, userId }: Member) => ({ courseId: id(courseId), userId: id(userId) })

  return {
    async lastSent(member, session) {
      const row = await Turns.findOne(keyOf(member), { sentAt: 1 })
        .session(session ?? null)
        .lean()
      return row?.sentAt
    },

    async noteSent(member, sentAt, session) {
      await Turns.updateOne(keyOf(member), { $set: { sentAt } }, { upsert: true, session })
    },

    async lastSeen(courseId, userIds) {
      const filter = { courseId: id(courseId), userId: { $in: userIds.map(id) } }
      const projection = { _id: 0, userId: 1, lastActiveAt: 1, lastCompletedAt: 1 }
      const rows = await Promise.all(
        ['studentActivity', 'students'].map((name) =>
          connection.collection<Seen>(name).find(filter, { projection }).toArray(),
        ),
      )
      const seen = new Map<string, Date>()
      for (const { userId, lastActiveAt, lastCompletedAt } of rows.flat()) {
        const at = lastActiveAt ?? lastCompletedAt
        const known = seen.get(userId.toHexString())
        if (at !== undefined && (known === undefined || at > known)) seen.set(userId.toHexString(), at)
      }
      return seen
    },
  }
}
