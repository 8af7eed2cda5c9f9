import { randomUUID } from 'node:crypto'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { CountedFact } from '../ingest/counters.ts'

/** As in ingest/traffic.ts. */
const Traffic = Type.Enum(['students', 'own', 'programs'], { type: 'string' })

/** What is known before anything is counted. */
export const EventHead = Type.Object({
  /** Random; the same however often the event is handed on. */
  id: Type.String(),
  traffic: Traffic,
  courseId: Type.String(),
  /** '' for a landing page. */
  lectureId: Type.String(),
  /**
   * In Redis the user's id, from the log on their pseudonym. Of those who must not be known: a name of the day, or ''.
   */
  userId: Type.String(),
  /** Of the time that was reported: what really passed, and what did not. */
  watchedMs: Type.Integer(),
  replayedMs: Type.Integer(),
})
export type EventHead = Static<typeof EventHead>

const Second = Type.Integer({ minimum: 0 })
/** One event that was counted, with all that it changed: events in whatever order add up to the same. */
export const LogEvent = Type.Object({
  ...EventHead.properties,
  /** Ms since 1970, by the clock that days are counted by. */
  at: Type.Integer(),
  /** '' where nothing is played. */
  playbackId: Type.String(),
  /** 1 for the first report of a playback. */
  newPlayback: Type.Integer(),
  /** Seconds of the lecture that this playback had not watched before, and those that it had. */
  fresh: Type.Array(Second),
  again: Type.Array(Second),
  /** The furthest second of the playback before and after; -1: none. */
  furthestBefore: Type.Integer(),
  furthest: Type.Integer(),
})
export type LogEvent = Static<typeof LogEvent>

/** As it is handed to the script that counts it. */
export function packFact(fact: CountedFact): string {
  const { traffic, courseId, lectureId = '', userId, grantedMs, replayedMs } = fact
  const head: EventHead = {
    id: randomUUID(),
    traffic,
    courseId,
    lectureId,
    userId,
    watchedMs: grantedMs,
    replayedMs,
  }
  return JSON.stringify(head)
}

const seconds = (list = '') => (list === '' ? [] : list.split(',').map(Number))

/** Out of the fields of the stream that the counting script writes to. */
export function eventOf(fields: Readonly<Record<string, string>>): LogEvent {
  const head = Value.Parse(EventHead, JSON.parse(fields['event'] ?? ''))
  return {
    ...head,
    at: Number(fields['at']),
    playbackId: fields['playback'] ?? '',
    newPlayback: Number(fields['new'] ?? 0),
    fresh: seconds(fields['fresh']),
    again: seconds(fields['again']),
    furthestBefore: Number(fields['before'] ?? -1),
    furthest: Number(fields['after'] ?? -1),
  }
}
