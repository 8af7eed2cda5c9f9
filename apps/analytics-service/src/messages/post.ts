import { mailJob, messageArrived } from '@aetherlearn/contracts/analytics/messages'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { AfterCommit } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { NamesStore } from '../students/names-store.ts'
import { wishFor, type SettingsStore, type Wishes } from './settings-store.ts'
import type { MessageStore, NewMessage } from './store.ts'

export type PostDeps = {
  messages: Pick<MessageStore, 'add'>
  settings: Pick<SettingsStore, 'among'>
  names: Pick<NamesStore, 'addresses'>
  erasure: Pick<Erasure, 'among'>
  live: Pick<Live, 'notify'>
  outbox: Pick<Outbox, 'addJob'>
  /** Whether this installation sends mail. */
  mails: boolean
}
/** A message, and the sentence by which an open console tells of it. */
export type Letter = NewMessage & { notice: string }
export type Delivered = {
  /** Of those whose recipients want them, by their recipients. */
  ids: Map<string, string>
  /** Tells open consoles. */
  tell: AfterCommit
}
export type Post = (letters: Letter[], session: Session) => Promise<Delivered>

/** Leaves messages in inboxes, and with each the work of mailing it, in one transaction. Nothing for those who want none. */
export function createPost(deps: PostDeps): Post {
  const { messages, settings, names, erasure, live, outbox, mails } = deps
  return async (letters, session) => {
    const everybody = [...new Set(letters.map(({ userId }) => userId))]
    const gone = await erasure.among(everybody, session)
    const wishes = await settings.among(everybody, session)
    const wishOf = ({ userId, kind }: Letter): Wishes['nudges'] =>
      wishes.get(userId)?.[wishFor[kind]] ?? 'off'
    const wanted = letters.filter((letter) => !gone.has(letter.userId) && wishOf(letter) !== 'off')
    if (wanted.length === 0) return { ids: new Map(), tell: async () => undefined }
    const ids = await messages.add(
      wanted.map(({ notice: _, ...message }) => message),
      session,
    )
    const left = wanted.flatMap((letter, i) => {
      const messageId = ids[i]
      return messageId === undefined ? [] : [{ letter, messageId }]
    })
    const reachable = mails ? await names.addresses(everybody, session) : new Map<string, string>()
    for (const { letter, messageId } of left)
      if (wishOf(letter) === 'mail' && reachable.has(letter.userId))
        await outbox.addJob(mailJob, { messageId }, session)
    const tell = async () => {
      await Promise.all(left.map(({ letter }) => live.notify(letter.userId, messageArrived, letter.notice)))
    }
    return { ids: new Map(left.map(({ letter, messageId }) => [letter.userId, messageId])), tell }
  }
}
