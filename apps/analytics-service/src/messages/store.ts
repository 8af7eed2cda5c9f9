import { MESSAGES_KEPT_DAYS, messageKinds, type MessageKind } from '@aetherlearn/contracts/analytics/messages'
import type { RiskReason } from '@aetherlearn/contracts/analytics/students'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

type MessageRow = {
  _id: Types.ObjectId
  /** To whom. */
  userId: Types.ObjectId
  kind: MessageKind
  courseId: Types.ObjectId
  courseTitle: string
  /** Absent: the service itself, or somebody who is erased. */
  senderId?: Types.ObjectId
  text: string
  /** Of a digest: its Monday. */
  week?: string
  /** Of a nudge: the rules that the student met. */
  rules?: RiskReason['rule'][]
  sentAt: Date
  readAt?: Date
  /** When a mail server took it over. */
  mailedAt?: Date
}
const messageSchema = new Schema<MessageRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    kind: { type: String, enum: messageKinds, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    courseTitle: { type: String, required: true },
    senderId: Schema.Types.ObjectId,
    text: { type: String, required: true },
    week: String,
    rules: { type: [String], default: undefined },
    sentAt: { type: Date, required: true },
    readAt: Date,
    mailedAt: Date,
  },
  { versionKey: false, collection: 'messages' },
)
messageSchema.index({ userId: 1, _id: -1 })
messageSchema.index({ courseId: 1, kind: 1, _id: -1 })
/** For erasure. */
messageSchema.index({ senderId: 1 }, { partialFilterExpression: { senderId: { $exists: true } } })
messageSchema.index({ sentAt: 1 }, { expireAfterSeconds: MESSAGES_KEPT_DAYS * 24 * 3600 })

/** As it is left in an inbox. */
export type NewMessage = {
  userId: string
  kind: MessageKind
  courseId: string
  courseTitle: string
  senderId?: string
  text: string
  week?: string
  rules?: RiskReason['rule'][]
  sentAt: Date
}
export type StoredMessage = NewMessage & { _id: string; readAt: Date | null; mailedAt: Date | null }
type Page = { limit: number; cursor?: string | undefined }

export type MessageStore = {
  /** Answers their ids, in their order. */
  add(messages: NewMessage[], session: Session): Promise<string[]>
  /** Somebody’s, newest first. */
  inbox(userId: string, page: Page): Promise<StoredMessage[]>
  unread(userId: string): Promise<number>
  /** False where this person has no such message. */
  markRead(userId: string, messageId: string, at: Date): Promise<boolean>
  find(messageId: string): Promise<StoredMessage | undefined>
  /** What was written to students of a course, newest first. */
  nudges(courseId: string, limit: number): Promise<StoredMessage[]>
  markMailed(messageId: string, at: Date): Promise<void>
}

export function createMessageStore(connection: MongoConnection): MessageStore {
  const Messages = connection.model<MessageRow>('Message', messageSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(messages, session) {
      const rows = messages.map(({ userId, courseId, senderId, ...message }) => ({
        _id: new Types.ObjectId(),
        ...message,
        userId: id(userId),
        courseId: id(courseId),
        ...(senderId !== undefined && { senderId: id(senderId) }),
      }))
      await Messages.insertMany(rows, { session })
      return rows.map((row) => row._id.toHexString())
    },

    async inbox(userId, { limit, cursor }) {
      const after = cursor === undefined ? {} : { _id: { $lt: id(cursor) } }
      const filter = { userId: id(userId), ...after }
      const rows = await Messages.find(filter).sort({ _id: -1 }).limit(limit).lean<MessageRow[]>()
      return rows.map(messageOf)
    },

    unread: (userId) => Messages.countDocuments({ userId: id(userId), readAt: { $exists: false } }),

    async markRead(userId, messageId, at) {
      const mine = { _id: id(messageId), userId: id(userId) }
      const { matchedCount } = await Messages.updateOne(
        { ...mine, readAt: { $exists: false } },
        { $set: { readAt: at } },
      )
      // Who reads it again has read it at first.
      return matchedCount === 1 || (await Messages.exists(mine)) !== null
    },

    async find(messageId) {
      const row = await Messages.findById(id(messageId)).lean<MessageRow>()
      return row === null ? undefined : messageOf(row)
    },

    async nudges(courseId, limit) {
      const filter = { courseId: id(courseId), kind: 'nudge' as const }
      const rows = await Messages.find(filter).sort({ _id: -1 }).limit(limit).lean<MessageRow[]>()
      return rows.map(messageOf)
    },

    async markMailed(messageId, at) {
      await Messages.updateOne({ _id: id(messageId) }, { $set: { mailedAt: at } })
    },
  }
}

const messageOf = ({ _id, userId, courseId, senderId, ...row }: MessageRow): StoredMessage => ({
  ...row,
  _id: _id.toHexString(),
  userId: userId.toHexString(),
  courseId: courseId.toHexString(),
  ...(senderId !== undefined && { senderId: senderId.toHexString() }),
  readAt: row.readAt ?? null,
  mailedAt: row.mailedAt ?? null,
})
