/**
 * How long a used refresh token may be used once more: the reply to an honest client may have been lost, or two of
 * its tabs refreshed at once.
 */
export const LOST_REPLY_MS = 10_000

/** `fresh`: never used. `repeated`: used a moment ago. `stolen`: somebody holds a token that was replaced long ago. */
export type TokenUse = 'fresh' | 'repeated' | 'stolen'

export function judgeUse(usedAt: Date | null, now: Date): TokenUse {
  if (usedAt === null) return 'fresh'
  return now.getTime() - usedAt.getTime() <= LOST_REPLY_MS ? 'repeated' : 'stolen'
}
