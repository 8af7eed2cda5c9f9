import type { LectureCounts } from '../batch.ts'
import type { KnownLecture } from '../courses/store.ts'
import { addDay, daysBeyond, seconds, type Part } from '../dashboard/rules.ts'
import { csvLine } from './csv.ts'
import type { LectureOnDay } from './tables.ts'

export type LectureDay = { day: string; lectures: Map<string, LectureCounts> }

export const CSV_HEADING = csvLine(['date', 'lecture_id', 'lecture_title', 'playbacks', 'watch_time_seconds'])

/** A day’s lectures in curriculum order, those without a playback or watch time left out. */
export function lecturesOfDay({ day, lectures }: LectureDay, curriculum: KnownLecture[]): LectureOnDay[] {
  const known = new Set(curriculum.map(({ lectureId }) => lectureId))
  // Lectures that are not in the course any more have no title.
  const gone = [...lectures.keys()].filter((lectureId) => !known.has(lectureId)).toSorted()
  const inOrder = [...curriculum, ...gone.map((lectureId) => ({ lectureId, lectureTitle: undefined }))]
  return inOrder.flatMap(({ lectureId, lectureTitle }) => {
    const { views, watchTimeMs } = lectures.get(lectureId) ?? { views: 0, watchTimeMs: 0 }
    if (views === 0 && watchTimeMs === 0) return []
    return [{ day, lectureId, lectureTitle, views, watchTimeMs }]
  })
}

export const csvOfDay = (day: LectureDay, curriculum: KnownLecture[]): string =>
  lecturesOfDay(day, curriculum)
    .map((row) =>
      csvLine([row.day, row.lectureId, row.lectureTitle ?? '', row.views, seconds(row.watchTimeMs)]),
    )
    .join('')

/** Stored days together with what is in none of them yet. Holds only where they were read after the parts. */
export function mergeLectureDays(
  stored: LectureDay[],
  parts: Part[],
  applied: ReadonlySet<string>,
): LectureDay[] {
  const merged = new Map(stored.map(({ day, lectures }) => [day, lectures]))
  for (const [day, live] of daysBeyond(parts, applied)) {
    const lectures = merged.get(day) ?? new Map<string, LectureCounts>()
    merged.set(day, addDay({ days: new Map(), lectures }, day, live).lectures)
  }
  return [...merged].map(([day, lectures]) => ({ day, lectures })).toSorted(byDay)
}

/** Two lists of days, each oldest first and with no day in common, as one. */
export async function* inOrderOfDays(
  few: LectureDay[],
  many: AsyncIterable<LectureDay>,
): AsyncGenerator<LectureDay> {
  const waiting = [...few]
  for await (const next of many) {
    while (waiting[0] !== undefined && waiting[0].day < next.day) yield* waiting.splice(0, 1)
    yield next
  }
  yield* waiting
}

const byDay = (one: LectureDay, other: LectureDay) => (one.day < other.day ? -1 : 1)
