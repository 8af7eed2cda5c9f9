import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Strict, endpoint, job } from '../shape.ts'
import { RiskReason } from './students.ts'
import { CourseRef, UtcDay } from './shapes.ts'

/** What a webhook can be told of. */
export const webhookEvents = [
  'enrolment.created',
  'enrolment.ended',
  'lecture.completed',
  'course.completed',
  'student.at-risk',
  'digest.ready',
] as const
export type WebhookEvent = (typeof webhookEvents)[number]
const EventName = OneOf(webhookEvents)

export const MAX_WEBHOOKS = 10
/** For so long what is sent is signed by the former secret as well. */
export const SECRET_OVERLAP_HOURS = 24
/** For so long a delivery is tried, and after that its webhook is switched off. */
export const DELIVERY_DAYS = 3
/** After which a delivery leaves the log. */
export const DELIVERIES_KEPT_DAYS = 30

/**
 * The body of what is sent, by Standard Webhooks (https://www.standardwebhooks.com): the same each time it is sent again, as
 * is its `webhook-id`. A message may come twice, and in another order than things happened.
 */
export const WebhookMessage = Type.Object({
  type: Type.Union([EventName, Type.Literal('ping')]),
  /** When it happened. */
  timestamp: Instant,
  data: Type.Object({
    courseId: Id,
    /** The student; absent where it is about nobody: from a ping and a digest. */
    userId: Type.Optional(Id),
    lectureId: Type.Optional(Id),
    /** Which rules of the list of students at risk they meet. */
    reasons: Type.Optional(Type.Array(RiskReason)),
    /** The Monday with which the week of a digest begins. */
    week: Type.Optional(UtcDay),
  }),
})
export type WebhookMessage = Static<typeof WebhookMessage>

export const Webhook = Type.Object({
  _id: Id,
  url: Type.String(),
  events: Type.Array(EventName),
  enabled: Type.Boolean(),
  /** Why it was switched off, where nobody did it. */
  disabledReason: Type.Optional(Type.String()),
  createdAt: Instant,
  /** Until when the former secret signs as well. */
  formerSecretUntil: Type.Optional(Instant),
})
export type Webhook = Static<typeof Webhook>

/** Beginning with `whsec_`; it is shown this once. */
const WithSecret = Type.Object({ webhook: Webhook, secret: Type.String() })

export const DeliveryAttempt = Type.Object({
  at: Instant,
  milliseconds: Type.Integer(),
  /** Of the answer; absent: there was none, and `failure` says why. */
  status: Type.Optional(Type.Integer()),
  failure: Type.Optional(Type.String()),
})
export type DeliveryAttempt = Static<typeof DeliveryAttempt>
export const WebhookDelivery = Type.Object({
  _id: Id,
  /** `webhook-id` of what is sent. */
  messageId: Type.String(),
  message: WebhookMessage,
  state: OneOf(['waiting', 'delivered', 'failed']),
  createdAt: Instant,
  /** Of a waiting one that was tried before: when it is tried again. */
  nextAt: Type.Optional(Instant),
  /** The last ones. */
  attempts: Type.Array(DeliveryAttempt),
})
export type WebhookDelivery = Static<typeof WebhookDelivery>

const WebhookRef = Strict({ courseId: Id, webhookId: Id })
const Events = Type.Array(EventName, { minItems: 1, maxItems: webhookEvents.length, uniqueItems: true })
const Address = Type.String({ minLength: 1, maxLength: 2000 })
const url = '/api/v1/analytics/instructor/:courseId/webhooks' as const
const config = { access: 'instructor', rate: 'write' } as const

/** For a course’s owner, its editors and admins; assistants and viewers see statistics, and send them nowhere. */
export const webhooksApi = {
  listWebhooks: endpoint({
    method: 'GET',
    url,
    summary: 'The webhooks of a course',
    config: { access: 'instructor', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Type.Object({ webhooks: Type.Array(Webhook) }) } },
  }),
  addWebhook: endpoint({
    method: 'POST',
    url,
    summary:
      'Have a server told by https of what happens in a course; answers the secret that signs it, once',
    config,
    schema: {
      params: CourseRef,
      body: Strict({ url: Address, events: Events }),
      response: { 201: WithSecret },
    },
  }),
  /** `enabled: true` forgives what went wrong before. */
  changeWebhook: endpoint({
    method: 'PATCH',
    url: `${url}/:webhookId`,
    summary: 'Change address or events of a webhook, switch it off or on',
    config,
    schema: {
      params: WebhookRef,
      body: Strict({
        url: Type.Optional(Address),
        events: Type.Optional(Events),
        enabled: Type.Optional(Type.Boolean()),
      }),
      response: { 200: Webhook },
    },
  }),
  removeWebhook: endpoint({
    method: 'DELETE',
    url: `${url}/:webhookId`,
    summary: 'Remove a webhook and its log',
    config,
    schema: { params: WebhookRef, response: { 200: Message } },
  }),
  rotateWebhookSecret: endpoint({
    method: 'POST',
    url: `${url}/:webhookId/secret`,
    summary: 'A new secret; the former one signs as well for a day',
    config,
    schema: { params: WebhookRef, response: { 200: WithSecret } },
  }),
  pingWebhook: endpoint({
    method: 'POST',
    url: `${url}/:webhookId/ping`,
    summary: 'Send a message that says nothing, to see whether it arrives',
    config,
    schema: { params: WebhookRef, response: { 202: Type.Object({ deliveryId: Id }) } },
  }),
  listDeliveries: endpoint({
    method: 'GET',
    url: `${url}/:webhookId/deliveries`,
    summary: 'What was sent or waits to be, newest first',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: WebhookRef,
      querystring: Strict({
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        /** The id of the last one that is known. */
        before: Type.Optional(Id),
      }),
      response: { 200: Type.Object({ deliveries: Type.Array(WebhookDelivery) }) },
    },
  }),
  redeliver: endpoint({
    method: 'POST',
    url: `${url}/:webhookId/deliveries/:deliveryId/redeliver`,
    summary: 'Send a delivery once more, under its webhook-id',
    config,
    schema: {
      params: Strict({ courseId: Id, webhookId: Id, deliveryId: Id }),
      response: { 202: Type.Object({ deliveryId: Id }) },
    },
  }),
}

/** A delivery that is due; what it says stays in the database. */
export const webhookJob = job('webhook-queue', Type.Object({ deliveryId: Id }))
