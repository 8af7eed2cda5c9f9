import type { Logger } from 'pino'
import type { SettingsStore } from '../messages/settings-store.ts'
import { wishFor } from '../messages/settings-store.ts'
import type { MessageStore } from '../messages/store.ts'
import type { NamesStore } from '../students/names-store.ts'
import { letterOf, type Letter } from './letter.ts'
import type { Links } from './links.ts'

/** Hands a letter to a mail server; throws where the server did not take it. */
export type Transport = (letter: Letter) => Promise<unknown>
export type MailerDeps = {
  messages: Pick<MessageStore, 'find' | 'markMailed'>
  settings: Pick<SettingsStore, 'of'>
  names: Pick<NamesStore, 'among' | 'addresses'>
  links: Pick<Links, 'sign'>
  transport: Transport
  from: string
  publicOrigin: string
  log: Pick<Logger, 'warn'>
  now: () => number
}
/** Sends one message as mail. Throws where it may work later; otherwise it is done with, sent or not. */
export type Mailer = (messageId: string) => Promise<void>

/** News that is older is none, and stays in the inbox. */
const GIVE_UP_MS = 3 * 86_400_000

/** RFC 5321 §4.2.1: 5yz is an answer that will not change. Of our own account it may, once somebody mends the settings. */
const isRefused = (error: unknown) =>
  error instanceof Error &&
  'responseCode' in error &&
  Number(error.responseCode) >= 500 &&
  'code' in error &&
  (error.code === 'EENVELOPE' || error.code === 'EMESSAGE')

export function createMailer(deps: MailerDeps): Mailer {
  const { messages, settings, names, links, transport, from, publicOrigin, log, now } = deps
  return async (messageId) => {
    const message = await messages.find(messageId)
    // Erased, or sent by somebody who died before the job ended.
    if (message === undefined || message.mailedAt !== null) return
    const { userId, kind, senderId } = message
    const wishes = await settings.of(userId)
    const to = (await names.addresses([userId])).get(userId)
    if (to === undefined || wishes[wishFor[kind]] !== 'mail') return
    if (now() - Number(message.sentAt) > GIVE_UP_MS) {
      log.warn({ messageId }, 'no mail server took this mail for three days, given up')
      return
    }
    const senderName = senderId === undefined ? undefined : (await names.among([senderId])).get(senderId)
    const token = links.sign({ userId, kind })
    try {
      await transport(letterOf({ message, senderName, from, to, publicOrigin, token }))
    } catch (error) {
      if (!isRefused(error)) throw error
      log.warn({ messageId }, 'the mail server refused this mail for good')
      return
    }
    await messages.markMailed(messageId, new Date(now()))
  }
}
