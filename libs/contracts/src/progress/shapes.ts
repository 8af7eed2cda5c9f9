import { Type, type Static } from 'typebox'
import { Seconds } from '../shape.ts'

/** A stretch of media time in seconds: from, up to and without `to`. `maxItems` names the field in a refusal of three. */
export const Range = Type.Tuple([Seconds, Seconds], { maxItems: 2 })
export type Range = Static<typeof Range>
/** What one report may claim. */
export const ClaimedRanges = Type.Array(Range, { maxItems: 50 })
/** Watched stretches of one lecture: in order, apart from each other. */
export const WatchedRanges = Type.Array(Range)

/** How fast the player ran; what is claimed at more than 2 counts as claimed at 2. */
export const PlaybackRate = Type.Number({ minimum: 0.1, maximum: 16 })

/** The moment on the device's clock: RFC 3339 with an offset or `Z`, or milliseconds since 1970. */
export const ClientTime = Type.Union([
  Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$' }),
  Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
])
export type ClientTime = Static<typeof ClientTime>

/** Names the player that saves, so that it can tell its own positions from those of other devices. */
export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' })

/** A calendar day in the student's own time zone, `YYYY-MM-DD`. */
export const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
