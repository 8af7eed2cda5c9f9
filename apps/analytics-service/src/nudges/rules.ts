import { NUDGE_EVERY_DAYS } from '@aetherlearn/contracts/analytics/messages'
import type { RiskReason } from '@aetherlearn/contracts/analytics/students'

export const NUDGE_EVERY_MS = NUDGE_EVERY_DAYS * 86_400_000

/** What to say to somebody who meets a rule; of several the first that stands here. */
const openings: [rule: RiskReason['rule'], opening: string][] = [
  [
    'never-started',
    'you have enrolled, and the first lecture is still waiting for you. Ten minutes are enough for a beginning.',
  ],
  [
    'inactive',
    'we have not seen you for a while. Where you stopped is kept for you: it goes on at the same second.',
  ],
  [
    'slowing-down',
    'you were here on many days, and lately on fewer. If something has become hard, tell me where.',
  ],
  [
    'behind',
    'others who began with you are some lectures further by now. There is time to catch up, one lecture at a time.',
  ],
]

/** A message that an instructor may send as it is: it says nothing that the student could take for a mark. */
export function suggestionOf(reasons: RiskReason[], courseTitle: string, fullName?: string): string {
  const met = new Set(reasons.map(({ rule }) => rule))
  const opening = openings.find(([rule]) => met.has(rule))?.[1] ?? ''
  const firstName = fullName?.trim().split(/\s+/)[0]
  const greeting = firstName ? `Hello ${firstName},` : 'Hello,'
  return `${greeting}\n\nIn “${courseTitle}” ${opening}\n\nIs there anything that keeps you from going on? Write to me: I am glad to help.`
}

/** Until when nobody else writes to a student about the course; null: they may be written to. */
export const notBefore = (lastSentAt: Date | undefined, now: Date): Date | null => {
  const next = lastSentAt === undefined ? 0 : Number(lastSentAt) + NUDGE_EVERY_MS
  return next > Number(now) ? new Date(next) : null
}
