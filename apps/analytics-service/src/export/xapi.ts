import { hash } from 'node:crypto'
import { tokenRules } from '@aetherlearn/service-kit/auth'
import type { Playback } from '../batch.ts'
import type { KnownLecture } from '../courses/store.ts'

/**
 * Statements of xAPI 1.0.3 by the Video Profile 1.0 (https://w3id.org/xapi/video): a playback is one session of it. What we
 * keep of a playback is where it stood at its last report, so it is `initialized`, then `paused` at that report, and
 * `terminated` once it is over; when it was paused before, and in which order its stretches were played, is not known.
 */
export type Statement = Record<string, unknown>
export type StatementOptions = {
  courseId: string
  /** Absent where the lecture is not in the course any more. */
  lecture: KnownLecture | undefined
  now: number
}

/** A player that has reported nothing for this long is not counted as the same playback unless it names a session. */
const OVER_AFTER_MS = 30 * 60_000

/** Names things, whether or not anything answers there. */
const { origin: ORIGIN } = new URL(tokenRules.issuer)
const PROFILE = 'https://w3id.org/xapi/video'
const extension = (name: string) => `${PROFILE}/extensions/${name}`

const verbs = {
  initialized: 'http://adlnet.gov/expapi/verbs/initialized',
  paused: `${PROFILE}/verbs/paused`,
  terminated: 'http://adlnet.gov/expapi/verbs/terminated',
} as const
type Verb = keyof typeof verbs

export function statementsOf(playback: Playback, options: StatementOptions): Statement[] {
  const { id, userId, startedAt, at } = playback
  const length = lengthOf(playback, options.lecture)
  const result = resultOf(playback, length)
  const frame = {
    actor: { objectType: 'Agent', account: { homePage: tokenRules.issuer, name: userId } },
    object: videoOf(playback.lectureId, options),
    context: contextOf(id, length, options.courseId),
  }
  const statement = (verb: Verb, moment: Date, more: object = {}): Statement => ({
    // Of what it says: whoever imports two exports has what is in both of them once.
    id: uuidOf(`${ORIGIN}/playback/${id}/${verb}/${moment.getTime()}`),
    verb: { id: verbs[verb], display: { 'en-US': verb } },
    timestamp: moment.toISOString(),
    version: '1.0.3',
    ...frame,
    ...more,
  })
  const isOver = at.getTime() + OVER_AFTER_MS <= options.now
  return [
    statement('initialized', startedAt),
    statement('paused', at, { result }),
    ...(isOver ? [statement('terminated', at, { result })] : []),
  ]
}

function videoOf(lectureId: string, { courseId, lecture }: StatementOptions) {
  const name = lecture && { name: { und: lecture.lectureTitle } }
  return {
    objectType: 'Activity',
    id: `${ORIGIN}/course/${courseId}/lecture/${lectureId}`,
    definition: { type: `${PROFILE}/activity-type/video`, ...name },
  }
}

function contextOf(playbackId: string, length: number, courseId: string) {
  const course = {
    id: `${ORIGIN}/course/${courseId}`,
    definition: { type: 'http://adlnet.gov/expapi/activities/course' },
  }
  const profile = { id: PROFILE, definition: { type: 'http://adlnet.gov/expapi/activities/profile' } }
  return {
    registration: playbackId,
    platform: 'AetherLearn',
    contextActivities: { category: [profile], parent: [course] },
    extensions: { [extension('length')]: length, [extension('session-id')]: playbackId },
  }
}

/** Where it is not known, the video is at least as long as what was played of it. */
const lengthOf = ({ ranges }: Playback, lecture: KnownLecture | undefined) =>
  round(lecture?.durationSeconds || (ranges.at(-1)?.[1] ?? 0))

function resultOf({ ranges, watchTimeMs }: Playback, length: number) {
  // Seconds are whole, and the last one of a video may not be.
  const played = ranges
    .filter(([from]) => from < length)
    .map(([from, to]): [number, number] => [from, Math.min(to, length)])
  const watched = played.reduce((sum, [from, to]) => sum + to - from, 0)
  return {
    duration: `PT${watchTimeMs / 1000}S`,
    extensions: {
      [extension('time')]: played.at(-1)?.[1] ?? 0,
      [extension('progress')]: length === 0 ? 0 : round(watched / length),
      [extension('played-segments')]: played.map(([from, to]) => `${from}[.]${to}`).join('[,]'),
    },
  }
}

/** Three decimals, as the profile says. */
const round = (value: number) => Math.round(value * 1000) / 1000

/** RFC 9562: of names that are URLs. */
const URL_NAMESPACE = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex')

/** A UUID of version 5, the same for the same address. */
function uuidOf(address: string): string {
  const digest = hash('sha1', Buffer.concat([URL_NAMESPACE, Buffer.from(address)]), 'buffer')
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  const digits = digest.toString('hex', 0, 16)
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join('-')
}
