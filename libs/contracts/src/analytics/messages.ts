import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Strict, Text, endpoint, job, socketMessage } from '../shape.ts'
import { RiskReason } from './students.ts'
import { CourseRef, UtcDay } from './shapes.ts'

/** `nudge`: from somebody who works on the course to a student at risk. `digest`: a course’s week, for its people. */
export const messageKinds = ['nudge', 'digest'] as const
export const MessageKind = OneOf(messageKinds)
export type MessageKind = Static<typeof MessageKind>

export const InboxMessage = Type.Object({
  _id: Id,
  kind: MessageKind,
  courseId: Id,
  courseTitle: Type.String(),
  /** Who wrote it; absent for what the service says by itself, and where that person is no longer here. */
  senderName: Type.Optional(Type.String()),
  text: Type.String(),
  /** Of a digest: the Monday on which its week begins. */
  week: Type.Optional(UtcDay),
  sentAt: Instant,
  readAt: Type.Union([Instant, Type.Null()]),
})
export type InboxMessage = Static<typeof InboxMessage>

/** Messages are kept so long. */
export const MESSAGES_KEPT_DAYS = 400
/** A student is written to once in so many days about one course, whoever writes. */
export const NUDGE_EVERY_DAYS = 7

/** `off`: not wanted at all; `inbox`: read here alone; `mail`: as mail too, where this installation sends any. */
const Wanted = OneOf(['off', 'inbox', 'mail'])
const wishes = { nudges: Wanted, digests: Wanted }
export const MessageSettings = Type.Object({
  ...wishes,
  /** Whether this installation sends mail, and knows an address of the caller. */
  mailPossible: Type.Boolean(),
})
export type MessageSettings = Static<typeof MessageSettings>

const MessageRef = Strict({ messageId: Id })
/** Whoever has the link may stop that kind of mail to that person, and nothing else. */
const SignedLink = Strict({ token: Type.String({ minLength: 1, maxLength: 200 }) })
const StudentRef = Strict({ courseId: Id, userId: Id })

/** There is something new in somebody’s inbox. */
export const messageArrived = socketMessage(
  'message.arrived',
  Type.Object({ messageId: Id, kind: MessageKind }),
)

/** One message to one person, as mail. */
export const mailJob = job('mail-queue', Type.Object({ messageId: Id }))

export const SentNudge = Type.Object({
  _id: Id,
  userId: Id,
  fullName: Type.Optional(Type.String()),
  senderName: Type.Optional(Type.String()),
  text: Type.String(),
  sentAt: Instant,
  /** Whether the student watched or completed something in the course since. */
  cameBack: Type.Boolean(),
})
export type SentNudge = Static<typeof SentNudge>

const messagesApi = {
  listMessages: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/messages',
    summary: 'The caller’s messages, newest first',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      querystring: Strict({
        limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
        /** The last one of the page before. */
        cursor: Type.Optional(Id),
      }),
      response: {
        200: Type.Object({
          messages: Type.Array(InboxMessage),
          /** Of all. */
          unread: Type.Integer(),
          nextCursor: Type.Optional(Id),
        }),
      },
    },
  }),
  readMessage: endpoint({
    method: 'POST',
    url: '/api/v1/analytics/messages/:messageId/read',
    summary: 'Mark a message of the caller’s as read',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: MessageRef, response: { 200: Message } },
  }),
  getMessageSettings: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/messages/settings',
    summary: 'Which messages the caller wants, and how',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: MessageSettings } },
  }),
  putMessageSettings: endpoint({
    method: 'PUT',
    url: '/api/v1/analytics/messages/settings',
    summary: 'Choose which messages to get, and how',
    config: { access: 'signed-in', rate: 'write' },
    schema: { body: Strict(wishes), response: { 200: MessageSettings } },
  }),
}

const mailApi = {
  /** A person who follows the link: nothing is changed, as programs open links of mails too. */
  showUnsubscribe: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/messages/unsubscribe',
    summary: 'Leads to the page on which a kind of mail is stopped',
    config: { access: 'signed-url', rate: 'read' },
    schema: { querystring: SignedLink, response: {} },
  }),
  /** One-click, as mail programs do it by themselves: RFC 8058 §3.2. Any form they send along is ignored. */
  unsubscribe: endpoint({
    method: 'POST',
    url: '/api/v1/analytics/messages/unsubscribe',
    summary: 'Stop a kind of mail; its messages stay in the inbox',
    config: { access: 'signed-url', rate: 'write' },
    schema: { querystring: SignedLink, response: { 200: Type.Object({ kind: MessageKind }) } },
  }),
}

const nudgesApi = {
  prepareNudge: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/student/:userId/nudge',
    summary: 'What a student at risk could be written, and whether they may be written to now',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: StudentRef,
      response: {
        200: Type.Object({
          suggestion: Type.String(),
          reasons: Type.Array(RiskReason),
          /** Somebody has written to them in the last days; null: they may be written to. */
          notBefore: Type.Union([Instant, Type.Null()]),
          /** False: they do not want such messages. */
          wanted: Type.Boolean(),
        }),
      },
    },
  }),
  /** 409: NOT_AT_RISK, NUDGE_NOT_WANTED, or NUDGED_LATELY. */
  sendNudge: endpoint({
    method: 'POST',
    url: '/api/v1/analytics/instructor/:courseId/student/:userId/nudge',
    summary: 'Write to a student at risk, once in seven days; without a text, what is suggested',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: StudentRef,
      body: Strict({ text: Type.Optional(Text(2000)) }),
      response: { 201: SentNudge },
    },
  }),
  listNudges: endpoint({
    method: 'GET',
    url: '/api/v1/analytics/instructor/:courseId/nudges',
    summary: 'Who was written to, newest first, and whether they came back',
    config: { access: 'instructor', rate: 'read' },
    schema: {
      params: CourseRef,
      querystring: Strict({ limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }) }),
      response: { 200: Type.Object({ nudges: Type.Array(SentNudge) }) },
    },
  }),
}

export const messageApi = { ...messagesApi, ...mailApi, ...nudgesApi }
