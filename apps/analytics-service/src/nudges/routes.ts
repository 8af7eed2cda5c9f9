import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { SentNudge } from '@aetherlearn/contracts/analytics/messages'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { MessageStore, StoredMessage } from '../messages/store.ts'
import type { NamesStore } from '../students/names-store.ts'
import type { NudgeSender } from './sender.ts'
import type { NudgeStore } from './store.ts'

export type NudgeDeps = {
  requireStaff: RequireStaff
  nudgeSender: NudgeSender
  messages: Pick<MessageStore, 'nudges'>
  nudges: Pick<NudgeStore, 'lastSeen'>
  names: Pick<NamesStore, 'among'>
  /** Of whom nothing is told by name. */
  unnamed: Pick<Erasure, 'among'>
}
type Sent = Pick<StoredMessage, '_id' | 'userId' | 'senderId' | 'text' | 'sentAt'>

export const nudgeRoutes: FastifyPluginAsyncTypebox<NudgeDeps> = async (app, deps) => {
  const { requireStaff, nudgeSender, messages, nudges, names, unnamed } = deps

  async function shown(courseId: string, sent: Sent[]): Promise<SentNudge[]> {
    const userIds = [...new Set(sent.map(({ userId }) => userId))]
    const senderIds = sent.flatMap(({ senderId }) => senderId ?? [])
    const [seen, called, hidden] = await Promise.all([
      nudges.lastSeen(courseId, userIds),
      names.among([...userIds, ...senderIds]),
      unnamed.among(userIds),
    ])
    const told = sent.filter(({ userId }) => !hidden.has(userId))
    return told.map(({ _id, userId, senderId, text, sentAt }) => {
      const [fullName, senderName] = [called.get(userId), called.get(senderId ?? '')]
      return {
        _id,
        userId,
        ...(fullName !== undefined && { fullName }),
        ...(senderName !== undefined && { senderName }),
        text,
        sentAt: sentAt.toISOString(),
        cameBack: Number(seen.get(userId) ?? 0) > Number(sentAt),
      }
    })
  }

  app.route({
    ...analyticsApi.prepareNudge,
    handler: async ({ caller, params }) =>
      nudgeSender.prepare(params, await requireStaff(caller, params.courseId)),
  })

  app.route({
    ...analyticsApi.sendNudge,
    handler: async ({ caller, params, body: { text } }, reply) => {
      const course = await requireStaff(caller, params.courseId)
      const sent = await nudgeSender.send({ ...params, caller, course, text })
      const [nudge] = await shown(params.courseId, [sent])
      if (nudge === undefined) throw new Error('a nudge that was sent is not shown')
      return reply.code(201).send(nudge)
    },
  })

  app.route({
    ...analyticsApi.listNudges,
    handler: async ({ caller, params: { courseId }, query: { limit } }) => {
      await requireStaff(caller, courseId)
      return { nudges: await shown(courseId, await messages.nudges(courseId, limit)) }
    },
  })
}
