import { randomBytes } from 'node:crypto'
import {
  MAX_WEBHOOKS,
  SECRET_OVERLAP_HOURS,
  type Webhook,
  type WebhookEvent,
} from '@aetherlearn/contracts/analytics/webhooks'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

type WebhookRow = {
  _id: Types.ObjectId
  courseId: Types.ObjectId
  /** 0 to `MAX_WEBHOOKS` - 1, each once in a course: so there are never more. */
  place: number
  url: string
  events: WebhookEvent[]
  enabled: boolean
  disabledReason?: string
  createdAt: Date
  secret: string
  former?: { secret: string; until: Date }
  lastArrivedAt?: Date
}
const webhookSchema = new Schema<WebhookRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    place: { type: Number, required: true },
    url: { type: String, required: true },
    events: { type: [String], required: true },
    enabled: { type: Boolean, required: true },
    disabledReason: String,
    createdAt: { type: Date, required: true },
    secret: { type: String, required: true },
    former: Schema.Types.Mixed,
    lastArrivedAt: Date,
  },
  { versionKey: false, collection: 'webhooks' },
)
webhookSchema.index({ courseId: 1, place: 1 }, { unique: true })
webhookSchema.index({ events: 1, enabled: 1 })

export type WebhookRef = { courseId: string; webhookId: string }
export type Change = { url?: string; events?: WebhookEvent[]; enabled?: boolean }
/** What a message is sent to, with the secrets that sign it now. */
export type Target = { url: string; enabled: boolean; secrets: string[]; lastArrivedAt?: Date }
export type WebhookStore = {
  list(courseId: string): Promise<Webhook[]>
  add(
    courseId: string,
    wanted: { url: string; events: WebhookEvent[] },
  ): Promise<{ webhook: Webhook; secret: string }>
  /** These, and `rotate`, throw WEBHOOK_NOT_FOUND. */
  require(ref: WebhookRef, session?: Session): Promise<Webhook>
  change(ref: WebhookRef, change: Change): Promise<Webhook>
  remove(ref: WebhookRef, session: Session): Promise<void>
  rotate(ref: WebhookRef): Promise<{ webhook: Webhook; secret: string }>
  removeCourse(courseId: string, session: Session): Promise<void>
  /** The enabled ones of a course that are to be told of such an event. */
  hearing(courseId: string, event: WebhookEvent, session: Session): Promise<string[]>
  /** The courses with any of these. */
  coursesHearing(event: WebhookEvent): Promise<string[]>
  target(webhookId: string): Promise<Target | undefined>
  arrived(webhookId: string): Promise<void>
  /** Unless something arrived since then. */
  switchOff(webhookId: string, reason: string, since: Date): Promise<void>
}

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`
const HOUR_MS = 3_600_000

export function createWebhookStore(connection: MongoConnection, now: () => number): WebhookStore {
  const Webhooks = connection.model<WebhookRow>('Webhook', webhookSchema)
  const keyOf = ({ courseId, webhookId }: WebhookRef) => ({
    _id: new Types.ObjectId(webhookId),
    courseId: new Types.ObjectId(courseId),
  })
  const ofCourse = (courseId: string) => ({ courseId: new Types.ObjectId(courseId) })
  const shown = (row: WebhookRow) => webhookOf(row, new Date(now()))

  async function changed(ref: WebhookRef, update: object) {
    const row = await Webhooks.findOneAndUpdate(keyOf(ref), update, {
      returnDocument: 'after',
      updatePipeline: true,
    }).lean<WebhookRow>()
    if (row === null) throw fail('WEBHOOK_NOT_FOUND')
    return shown(row)
  }

  return {
    async list(courseId) {
      const rows = await Webhooks.find(ofCourse(courseId)).sort({ _id: 1 }).lean<WebhookRow[]>()
      return rows.map(shown)
    },

    add: (courseId, wanted) =>
      transaction(connection, async (session) => {
        const taken = await Webhooks.find(ofCourse(courseId), { place: 1 }).session(session).lean()
        const places = new Set(taken.map(({ place }) => place))
        const place = Array.from({ length: MAX_WEBHOOKS }, (_, i) => i).find((i) => !places.has(i))
        if (place === undefined) throw fail('TOO_MANY_WEBHOOKS')
        const secret = newSecret()
        const [row] = await Webhooks.create(
          [{ ...ofCourse(courseId), ...wanted, place, secret, enabled: true, createdAt: new Date(now()) }],
          { session },
        )
        if (row === undefined) throw new Error('a webhook was not written')
        return { webhook: shown(row.toObject()), secret }
      }),

    async require(ref, session) {
      const row = await Webhooks.findOne(keyOf(ref))
        .session(session ?? null)
        .lean<WebhookRow>()
      if (row === null) throw fail('WEBHOOK_NOT_FOUND')
      return shown(row)
    },

    // Whoever switches it, the reason of before is past.
    change: (ref, change) =>
      changed(ref, {
        $set: change,
        ...(change.enabled !== undefined && { $unset: { disabledReason: 1 } }),
      }),

    async remove(ref, session) {
      const { deletedCount } = await Webhooks.deleteOne(keyOf(ref), { session })
      if (deletedCount === 0) throw fail('WEBHOOK_NOT_FOUND')
    },

    async rotate(ref) {
      const secret = newSecret()
      const until = new Date(now() + SECRET_OVERLAP_HOURS * HOUR_MS)
      const webhook = await changed(ref, [
        { $set: { former: { secret: '$secret', until }, secret: { $literal: secret } } },
      ])
      return { webhook, secret }
    },

    async removeCourse(courseId, session) {
      await Webhooks.deleteMany(ofCourse(courseId), { session })
    },

    async hearing(courseId, event, session) {
      const wanted = { ...ofCourse(courseId), events: event, enabled: true }
      const rows = await Webhooks.find(wanted, { _id: 1 }).session(session).lean()
      return rows.map(({ _id }) => _id.toHexString())
    },

    coursesHearing: async (event) => {
      const found = await Webhooks.distinct('courseId', { events: event, enabled: true })
      return found.map(String)
    },

    async target(webhookId) {
      const row = await Webhooks.findById(webhookId).lean<WebhookRow>()
      if (row === null) return undefined
      const { url, enabled, secret, former, lastArrivedAt } = row
      const isFormerValid = former !== undefined && former.until.getTime() > now()
      const secrets = isFormerValid ? [secret, former.secret] : [secret]
      return { url, enabled, secrets, ...(lastArrivedAt && { lastArrivedAt }) }
    },

    async arrived(webhookId) {
      await Webhooks.updateOne({ _id: webhookId }, { $max: { lastArrivedAt: new Date(now()) } })
    },

    async switchOff(webhookId, disabledReason, since) {
      const silent = { $or: [{ lastArrivedAt: null }, { lastArrivedAt: { $lte: since } }] }
      const change = { $set: { enabled: false, disabledReason } }
      await Webhooks.updateOne({ _id: webhookId, enabled: true, ...silent }, change)
    },
  }
}

const webhookOf = (row: WebhookRow, now: Date): Webhook => ({
  _id: row._id.toHexString(),
  url: row.url,
  events: row.events,
  enabled: row.enabled,
  ...(row.disabledReason !== undefined && { disabledReason: row.disabledReason }),
  createdAt: row.createdAt.toISOString(),
  ...(row.former !== undefined &&
    row.former.until > now && { formerSecretUntil: row.former.until.toISOString() }),
})
