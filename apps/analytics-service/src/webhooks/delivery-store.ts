import {
  DELIVERIES_KEPT_DAYS,
  WebhookMessage,
  type DeliveryAttempt,
  type WebhookDelivery,
} from '@aetherlearn/contracts/analytics/webhooks'
import { fail } from '@aetherlearn/service-kit/errors'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { Compile } from 'typebox/compile'
import type { Outcome } from './rules.ts'

type Attempt = Omit<DeliveryAttempt, 'at'> & { at: Date }
type DeliveryRow = {
  _id: Types.ObjectId
  webhookId: Types.ObjectId
  courseId: Types.ObjectId
  /** Whom the message is about. */
  userId?: Types.ObjectId
  /** The message as it is sent, byte by byte the same each time. */
  body: string
  state: WebhookDelivery['state']
  createdAt: Date
  /** Since when it is tried: another moment than `createdAt` where somebody had it sent again. */
  since: Date
  tries: number
  nextAt?: Date
  attempts: Attempt[]
  expiresAt: Date
}
const deliverySchema = new Schema<DeliveryRow>(
  {
    webhookId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: Schema.Types.ObjectId,
    body: { type: String, required: true },
    state: { type: String, required: true },
    createdAt: { type: Date, required: true },
    since: { type: Date, required: true },
    tries: { type: Number, required: true },
    nextAt: Date,
    attempts: { type: Schema.Types.Mixed, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'webhookDeliveries' },
)
deliverySchema.index({ webhookId: 1, _id: -1 })
deliverySchema.index({ courseId: 1 })
deliverySchema.index({ userId: 1 }, { sparse: true })
deliverySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

/** The last ones are kept. */
const MOST_ATTEMPTS = 20
const DAY_MS = 86_400_000
const checkMessage = Compile(WebhookMessage)

export type NewDelivery = { courseId: string; webhookId: string; message: WebhookMessage }
export type DueDelivery = { webhookId: string; body: string; since: Date; tries: number; nextAt?: Date }
export type Place = { webhookId: string; deliveryId: string }
export type DeliveryStore = {
  /** Answers their ids. */
  add(deliveries: NewDelivery[], session: Session): Promise<string[]>
  /** Those that wait to be sent; undefined for all others. */
  due(deliveryId: string): Promise<DueDelivery | undefined>
  record(deliveryId: string, attempt: DeliveryAttempt, outcome: Outcome): Promise<void>
  /** Newest first. */
  list(webhookId: string, limit: number, before?: string): Promise<WebhookDelivery[]>
  /** As if it had never been tried; throws DELIVERY_NOT_FOUND. */
  renew(place: Place, session: Session): Promise<void>
  removeOf(holder: { webhookId: string } | { courseId: string }, session: Session): Promise<void>
}

/** `webhook-id`. */
export const messageIdOf = (deliveryId: string) => `msg_${deliveryId}`

export function createDeliveryStore(connection: MongoConnection, now: () => number): DeliveryStore {
  const Deliveries = connection.model<DeliveryRow>('WebhookDelivery', deliverySchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async add(deliveries, session) {
      const at = new Date(now())
      const rows = deliveries.map(({ courseId, webhookId, message }) => ({
        _id: new Types.ObjectId(),
        webhookId: id(webhookId),
        courseId: id(courseId),
        ...(message.data.userId !== undefined && { userId: id(message.data.userId) }),
        body: JSON.stringify(message),
        state: 'waiting' as const,
        ...{ createdAt: at, since: at, tries: 0, attempts: [] },
        expiresAt: new Date(at.getTime() + DELIVERIES_KEPT_DAYS * DAY_MS),
      }))
      if (rows.length > 0) await Deliveries.insertMany(rows, { session })
      return rows.map(({ _id }) => _id.toHexString())
    },

    async due(deliveryId) {
      const row = await Deliveries.findOne({ _id: deliveryId, state: 'waiting' }).lean<DeliveryRow>()
      if (row === null) return undefined
      const { webhookId, body, since, tries, nextAt } = row
      return { webhookId: webhookId.toHexString(), body, since, tries, ...(nextAt && { nextAt }) }
    },

    async record(deliveryId, attempt, outcome) {
      const made = { ...attempt, at: new Date(attempt.at) }
      const change = {
        $set: { state: outcome.state, ...(outcome.state === 'waiting' && { nextAt: outcome.nextAt }) },
        ...(outcome.state !== 'waiting' && { $unset: { nextAt: 1 as const } }),
        $inc: { tries: 1 },
        $push: { attempts: { $each: [made], $slice: -MOST_ATTEMPTS } },
      }
      // What another has delivered meanwhile stays delivered, and what was erased stays away.
      await Deliveries.updateOne({ _id: deliveryId, state: 'waiting' }, change)
    },

    async list(webhookId, limit, before) {
      const wanted = { webhookId: id(webhookId), ...(before !== undefined && { _id: { $lt: id(before) } }) }
      const rows = await Deliveries.find(wanted).sort({ _id: -1 }).limit(limit).lean<DeliveryRow[]>()
      return rows.map(deliveryOf)
    },

    async renew({ webhookId, deliveryId }, session) {
      const change = {
        $set: { state: 'waiting', since: new Date(now()), tries: 0 },
        $unset: { nextAt: 1 as const },
      }
      const place = { _id: id(deliveryId), webhookId: id(webhookId) }
      const { matchedCount } = await Deliveries.updateOne(place, change, { session })
      if (matchedCount === 0) throw fail('DELIVERY_NOT_FOUND')
    },

    async removeOf(holder, session) {
      await Deliveries.deleteMany(holder, { session })
    },
  }
}

function deliveryOf(row: DeliveryRow): WebhookDelivery {
  const message: unknown = JSON.parse(row.body)
  if (!checkMessage.Check(message)) throw new Error('a delivery holds no message')
  return {
    _id: row._id.toHexString(),
    messageId: messageIdOf(row._id.toHexString()),
    message,
    state: row.state,
    createdAt: row.createdAt.toISOString(),
    ...(row.nextAt && { nextAt: row.nextAt.toISOString() }),
    attempts: row.attempts.map(({ at, ...attempt }) => ({ at: at.toISOString(), ...attempt })),
  }
}
