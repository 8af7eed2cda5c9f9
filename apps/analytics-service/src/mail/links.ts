import { createHmac, timingSafeEqual } from 'node:crypto'
import { messageKinds, type MessageKind } from '@aetherlearn/contracts/analytics/messages'

/** Who gets which mail. */
export type Subscription = { userId: string; kind: MessageKind }
export type Links = {
  /** A token by which this person's mail of this kind is stopped; it never expires, as mails are kept for years. */
  sign(subscription: Subscription): string
  /** Undefined where we have not signed it. */
  read(token: string): Subscription | undefined
}

const letterOf = { nudge: 'n', digest: 'd' } as const satisfies Record<MessageKind, string>
const FORM = /^([0-9a-f]{24})([nd])\.([A-Za-z0-9_-]{43})$/

export function createLinks(secret: string): Links {
  // For this use alone, whatever else may be signed with the secret.
  const signatureOf = (named: string) => createHmac('sha256', secret).update(`stop mail:${named}`).digest()
  return {
    sign({ userId, kind }) {
      const named = userId + letterOf[kind]
      return `${named}.${signatureOf(named).toString('base64url')}`
    },
    read(token) {
      const [, userId = '', letter = '', given = ''] = FORM.exec(token) ?? []
      const kind = messageKinds.find((one) => letterOf[one] === letter)
      if (kind === undefined) return undefined
      const expected = signatureOf(userId + letter)
      const signature = Buffer.from(given, 'base64url')
      const isOurs = signature.length === expected.length && timingSafeEqual(signature, expected)
      return isOurs ? { userId, kind } : undefined
    },
  }
}
