import type { ErrorCode, FieldError } from '@aetherlearn/contracts/errors'
import { CLOCK_AHEAD_MS, LATE_DAYS, type LateReport } from '@aetherlearn/contracts/progress/late'
import { fail, type Failure } from '@aetherlearn/service-kit/errors'
import type { KnownCourse } from '../courses/store.ts'
import { claimedOf, firstReversed, momentOf } from '../watch/rules.ts'
import type { ReceivedEvent } from './event-store.ts'

/** The report at this place of the batch. */
export type Sent = { index: number; report: LateReport; at: number }
/** A course that the student may report on, with the moment since when, or why not. */
export type Place = { course: KnownCourse; since: number } | { refused: ErrorCode; message: string }
type Fault = FieldError & { code: ErrorCode }

const LATE_MS = LATE_DAYS * 24 * 3600 * 1000

const faultAt = (index: number, field: string, message: string, code: ErrorCode = 'INVALID_INPUT') => ({
  field: `body.events.${index}.${field}`,
  message,
  code,
})

/** The reports of a batch, each once; `faults` are those for which nothing else needs to be known. */
export function readReports(reports: LateReport[]): { sent: Sent[]; faults: Fault[] } {
  const sent = new Map<string, Sent>()
  const faults = reports.flatMap((report, index) => {
    const one = { index, report, at: momentOf(report.clientTime) }
    const twin = sent.get(report.id)
    if (twin === undefined) sent.set(report.id, one)
    const reversed = firstReversed(report.ranges ?? [])
    return [
      ...(Number.isNaN(one.at) ? [faultAt(index, 'clientTime', 'is not in any calendar')] : []),
      ...(reversed >= 0 ? [faultAt(index, `ranges.${reversed}`, 'does not go forward')] : []),
      ...(twin === undefined || isSame(twin, one) ? [] : [taken(index)]),
    ]
  })
  return { sent: [...sent.values()], faults }
}

const taken = (index: number) => faultAt(index, 'id', 'is the id of another report')

type Compared = { report: Pick<LateReport, 'courseId' | 'lectureId' | 'watchTime'>; at: number }
const isSame = (one: Compared, other: Compared) =>
  one.at === other.at &&
  one.report.courseId === other.report.courseId &&
  one.report.lectureId === other.report.lectureId &&
  one.report.watchTime === other.report.watchTime

/**
 * The events that these reports make, new ones and those that we have. Throws where a single one of them is at fault:
 * with all that is wrong. What we have is not looked at again, but must be the same.
 */
export function readEvents(
  sent: Sent[],
  known: ReadonlyMap<string, ReceivedEvent>,
  places: ReadonlyMap<string, Place>,
  now: number,
): ReceivedEvent[] {
  const faults: Fault[] = []
  const events = sent.flatMap((one) => {
    const before = known.get(one.report.id)
    const place = places.get(one.report.courseId)
    if (before !== undefined) {
      if (!isSame(one, { report: before, at: before.at })) faults.push(taken(one.index))
      return [before]
    }
    if (place === undefined) return []
    faults.push(...faultsOfNew(one, place, now))
    return 'refused' in place ? [] : [received(one, place.course, now)]
  })
  if (faults.length > 0) throw refusalOf(faults)
  return events
}

/** What is wrong with a new report. */
function faultsOfNew({ index, report, at }: Sent, place: Place, now: number): Fault[] {
  if ('refused' in place) return [faultAt(index, 'courseId', place.message, place.refused)]
  const time = faultOfMoment(at, place.since, now)
  return [
    ...(place.course.lectures.has(report.lectureId)
      ? []
      : [faultAt(index, 'lectureId', 'is not a lecture of this course', 'LECTURE_NOT_FOUND')]),
    ...(time === undefined ? [] : [faultAt(index, 'clientTime', time)]),
  ]
}

function faultOfMoment(at: number, since: number, now: number): string | undefined {
  if (at < now - LATE_MS) return `is more than ${LATE_DAYS} days ago`
  if (at > now + CLOCK_AHEAD_MS) return 'is more than five minutes ahead'
  if (at < since) return 'is before the enrolment'
  return undefined
}

/** All that is wrong as one failure: of its own kind where there is but one. */
export function refusalOf(faults: Fault[]): Failure {
  const codes = new Set(faults.map((fault) => fault.code))
  const [only] = codes
  const code = codes.size === 1 && only !== undefined ? only : 'INVALID_INPUT'
  return fail(code, { errors: faults.map(({ field, message }) => ({ field, message })) })
}

const toMillisecond = (seconds: number) => Math.round(seconds * 1000) / 1000

/** A report as it is kept: what it claims of its lecture, as long as that is now. */
function received({ report, at }: Sent, course: KnownCourse, now: number): ReceivedEvent {
  const { id, courseId, lectureId, watchTime, sessionId, ranges = [], rate = 1 } = report
  const claimed = claimedOf(ranges, course.lectures.get(lectureId) ?? 0)
  return {
    id,
    courseId,
    lectureId,
    watchTime,
    at,
    receivedAt: now,
    ranges: claimed.map(([from, to]) => [toMillisecond(from), toMillisecond(to)]),
    rate,
    sessionId,
  }
}
