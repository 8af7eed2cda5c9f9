import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { InboxMessage } from '@aetherlearn/contracts/analytics/messages'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { NamesStore } from '../students/names-store.ts'
import type { SettingsStore } from './settings-store.ts'
import type { MessageStore, StoredMessage } from './store.ts'

export type MessageDeps = {
  messages: Pick<MessageStore, 'inbox' | 'unread' | 'markRead'>
  settings: Pick<SettingsStore, 'of' | 'save'>
  names: Pick<NamesStore, 'among' | 'addresses'>
  mails: boolean
  now: () => number
}

export const messageRoutes: FastifyPluginAsyncTypebox<MessageDeps> = async (app, deps) => {
  const { messages, settings, names, mails, now } = deps
  const settingsOf = async (userId: string) => ({
    ...(await settings.of(userId)),
    mailPossible: mails && (await names.addresses([userId])).has(userId),
  })

  app.route({
    ...analyticsApi.listMessages,
    handler: async ({ caller: { id: userId }, query: { limit, cursor } }) => {
      const [found, unread] = await Promise.all([
        messages.inbox(userId, { limit: limit + 1, cursor }),
        messages.unread(userId),
      ])
      const shown = found.slice(0, limit)
      const called = await names.among(shown.flatMap(({ senderId }) => senderId ?? []))
      const last = found.length > limit ? shown.at(-1) : undefined
      return {
        messages: shown.map((message) => inboxMessage(message, called)),
        unread,
        ...(last !== undefined && { nextCursor: last._id }),
      }
    },
  })

  app.route({
    ...analyticsApi.readMessage,
    handler: async ({ caller, params: { messageId } }) => {
      if (await messages.markRead(caller.id, messageId, new Date(now()))) return { message: 'read' }
      throw fail('MESSAGE_NOT_FOUND')
    },
  })

  app.route({
    ...analyticsApi.getMessageSettings,
    handler: ({ caller }) => settingsOf(caller.id),
  })

  app.route({
    ...analyticsApi.putMessageSettings,
    handler: async ({ caller, body }) => {
      await settings.save(caller.id, body)
      return settingsOf(caller.id)
    },
  })
}

function inboxMessage(message: StoredMessage, called: ReadonlyMap<string, string>): InboxMessage {
  const { _id, kind, courseId, courseTitle, senderId, text, week, sentAt, readAt } = message
  const senderName = senderId === undefined ? undefined : called.get(senderId)
  return {
    _id,
    kind,
    courseId,
    courseTitle,
    ...(senderName !== undefined && { senderName }),
    text,
    ...(week !== undefined && { week }),
    sentAt: sentAt.toISOString(),
    readAt: readAt?.toISOString() ?? null,
  }
}
