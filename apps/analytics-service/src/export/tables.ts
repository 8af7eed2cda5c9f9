import type { Playback } from '../batch.ts'
import type { KnownLecture } from '../courses/store.ts'
import { day, int, list, long, moment, text, type Table } from './parquet.ts'

/** A lecture on a day; no title: it is not in the course any more. */
export type LectureOnDay = {
  day: string
  lectureId: string
  lectureTitle: string | undefined
  views: number
  watchTimeMs: number
}

export const lectureDayTable: Table<LectureOnDay> = {
  columns: [
    { schema: [day('date')], of: (row) => new Date(row.day) },
    { schema: [text('lecture_id')], of: ({ lectureId }) => lectureId },
    { schema: [text('lecture_title', 'OPTIONAL')], of: ({ lectureTitle }) => lectureTitle },
    { schema: [long('playbacks')], of: ({ views }) => BigInt(views) },
    { schema: [long('watch_time_ms')], of: ({ watchTimeMs }) => BigInt(watchTimeMs) },
  ],
}

/** A row for each playback, with the stretches that were watched in whole seconds of the lecture. */
export function playbackTable(lectures: ReadonlyMap<string, KnownLecture>): Table<Playback> {
  return {
    columns: [
      { schema: [text('playback_id')], of: ({ id }) => id, unique: true },
      { schema: [text('lecture_id')], of: ({ lectureId }) => lectureId },
      {
        schema: [text('lecture_title', 'OPTIONAL')],
        of: ({ lectureId }) => lectures.get(lectureId)?.lectureTitle,
      },
      { schema: [text('student_id')], of: ({ userId }) => userId },
      { schema: [moment('started_at')], of: ({ startedAt }) => startedAt },
      { schema: [moment('last_report_at')], of: ({ at }) => at },
      { schema: [long('watch_time_ms')], of: ({ watchTimeMs }) => BigInt(watchTimeMs) },
      { schema: [int('watched_seconds')], of: watchedSeconds },
      {
        schema: list('watched', [int('from'), int('to')]),
        of: ({ ranges }) => ranges.map(([from, to]) => ({ from, to })),
      },
    ],
    valuesOf: ({ ranges }) => Math.max(ranges.length, 1),
  }
}

const watchedSeconds = ({ ranges }: Playback) => ranges.reduce((sum, [from, to]) => sum + to - from, 0)
