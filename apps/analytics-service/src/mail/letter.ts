import type { StoredMessage } from '../messages/store.ts'

export type Envelope = {
  message: StoredMessage
  /** Absent where the service wrote it, or somebody who is no longer here. */
  senderName: string | undefined
  from: string
  to: string
  /** Where people open the console. */
  publicOrigin: string
  /** The signature that stops mail of this kind. */
  token: string
}

const days = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', timeZone: 'UTC' })

function subjectOf({ message, senderName }: Pick<Envelope, 'message' | 'senderName'>): string {
  const { kind, courseTitle, week } = message
  if (kind === 'nudge') return `${senderName ?? 'Somebody'} wrote to you about “${courseTitle}”`
  return `“${courseTitle}”: the week from ${days.format(new Date(week ?? message.sentAt))}`
}

const pathOf = ({ kind, courseId }: StoredMessage) =>
  kind === 'nudge' ? `/learn/${courseId}` : `/teach/${courseId}/dashboard/digests`

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (letter) => entities[letter] ?? letter)

/** A message as mail: text, and the same as simple HTML without pictures or anything else that tells who opened it. */
export function letterOf(envelope: Envelope) {
  const { message, from, to, publicOrigin, token } = envelope
  const stop = `${publicOrigin}/api/v1/analytics/messages/unsubscribe?token=${encodeURIComponent(token)}`
  const open = `${publicOrigin}${pathOf(message)}`
  const subject = subjectOf(envelope)
  const opening = message.kind === 'nudge' ? 'Go on learning' : 'Open the dashboard'
  const ending = `You get this as you are part of “${message.courseTitle}”.`
  return {
    from,
    to,
    subject,
    // Stays the same whenever it is sent again, so that servers can tell what they have already.
    messageId: `<${message._id}@${new URL(publicOrigin).hostname}>`,
    date: message.sentAt,
    text: `${message.text}\n\n${opening}: ${open}\n\n--\n${ending}\nNo more of these mails: ${stop}\n`,
    html: [
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
      '<body style="font-family:sans-serif;line-height:1.5;max-width:36em">',
      `<p style="white-space:pre-line">${escaped(message.text)}</p>`,
      `<p><a href="${escaped(open)}">${opening}</a></p>`,
      `<p style="color:#666;font-size:small">${escaped(ending)} <a href="${escaped(stop)}">No more of these mails</a></p>`,
      '</body></html>',
    ].join('\n'),
    headers: {
      'List-Unsubscribe': `<${stop}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Auto-Submitted': 'auto-generated',
    },
  }
}
export type Letter = ReturnType<typeof letterOf>
