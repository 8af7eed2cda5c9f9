import type { KnownCourse } from '../courses/store.ts'
import type { LiveReader } from '../dashboard/live.ts'
import type { Period } from '../dashboard/periods.ts'
import {
  CSV_HEADING,
  csvOfDay,
  inOrderOfDays,
  lecturesOfDay,
  mergeLectureDays,
  type LectureDay,
} from './lecture-days.ts'
import { parquetOf } from './parquet.ts'
import type { ExportStore } from './store.ts'
import { lectureDayTable, playbackTable } from './tables.ts'
import { statementsOf } from './xapi.ts'

export type FilesDeps = { live: Pick<LiveReader, 'read'>; rows: ExportStore; now: () => number }
export type Exported = { courseId: string; course: KnownCourse; period: Period }
export type Files = {
  /** Live and stored numbers, each once. */
  csv(exported: Exported): AsyncGenerator<string>
  /** The same numbers as a table. */
  lectureDays(exported: Exported): AsyncGenerator<Uint8Array>
  /** Playbacks as far as they are stored. */
  xapi(exported: Exported): AsyncGenerator<string>
  /** The same playbacks as a table. */
  playbacks(exported: Exported): AsyncGenerator<Uint8Array>
}
type Rows = Pick<FilesDeps, 'live' | 'rows'>

/** A file in pieces: the next one is made when the client has taken the last. */
export const createFiles = ({ live, rows, now }: FilesDeps): Files => ({
  async *csv(exported) {
    const days = await daysOf({ live, rows }, exported)
    yield CSV_HEADING
    for await (const day of days) yield csvOfDay(day, exported.course.lectures)
  },

  lectureDays: (exported) => parquetOf(lectureDayTable, lecturesOnDays({ live, rows }, exported)),

  async *xapi({ courseId, course, period }) {
    const lectures = byId(course)
    const at = now()
    let before = '['
    for await (const playback of rows.playbacks(courseId, period)) {
      const lecture = lectures.get(playback.lectureId)
      for (const statement of statementsOf(playback, { courseId, lecture, now: at })) {
        yield `${before}\n${JSON.stringify(statement)}`
        before = ','
      }
    }
    yield before === '[' ? '[]\n' : '\n]\n'
  },

  playbacks: ({ courseId, course, period }) =>
    parquetOf(playbackTable(byId(course)), rows.playbacks(courseId, period)),
})

const byId = ({ lectures }: KnownCourse) =>
  new Map(lectures.map((lecture) => [lecture.lectureId, lecture] as const))

/** Oldest first, each with what is live of it. */
async function daysOf({ live, rows }: Rows, { courseId, period }: Exported) {
  // Redis before MongoDB, always: see mergeCounts.
  const { parts } = await live.read(courseId, [], [])
  const within = ([day]: [string, unknown]) => day >= period.from && day <= period.to
  const wanted = parts.map(({ id, days }) => ({ id, days: new Map([...days].filter(within)) }))
  const moving = [...new Set(wanted.flatMap(({ days }) => [...days.keys()]))]
  const batchIds = wanted.map(({ id }) => id)
  const { stored, applied } = await rows.daysOfNow(courseId, batchIds, moving)
  const merged: LectureDay[] = mergeLectureDays(stored, wanted, applied)
  return inOrderOfDays(merged, rows.otherDays(courseId, period, moving))
}

async function* lecturesOnDays(rows: Rows, exported: Exported) {
  for await (const day of await daysOf(rows, exported)) yield* lecturesOfDay(day, exported.course.lectures)
}
