import type { KnownCourse } from '../courses/store.ts'
import type { LiveReader } from '../dashboard/live.ts'
import type { Period } from '../dashboard/periods.ts'
import { CSV_HEADING, csvOfDay, inOrderOfDays, mergeLectureDays } from './lecture-days.ts'
import type { ExportStore } from './store.ts'
import { statementsOf } from './xapi.ts'

export type FilesDeps = { live: Pick<LiveReader, 'read'>; rows: ExportStore; now: () => number }
export type Exported = { courseId: string; course: KnownCourse; period: Period }
export type Files = {
  /** Live and stored numbers, each once. */
  csv(exported: Exported): AsyncGenerator<string>
  /** Playbacks as far as they are stored. */
  xapi(exported: Exported): AsyncGenerator<string>
}

/** A file in pieces: the next one is made when the client has taken the last. */
export const createFiles = ({ live, rows, now }: FilesDeps): Files => ({
  async *csv({ courseId, course, period }) {
    // Redis before MongoDB, always: see mergeCounts.
    const { parts } = await live.read(courseId, [], [])
    const within = ([day]: [string, unknown]) => day >= period.from && day <= period.to
    const wanted = parts.map(({ id, days }) => ({ id, days: new Map([...days].filter(within)) }))
    const moving = [...new Set(wanted.flatMap(({ days }) => [...days.keys()]))]
    const batchIds = wanted.map(({ id }) => id)
    const { stored, applied } = await rows.daysOfNow(courseId, batchIds, moving)
    yield CSV_HEADING
    const merged = mergeLectureDays(stored, wanted, applied)
    for await (const day of inOrderOfDays(merged, rows.otherDays(courseId, period, moving)))
      yield csvOfDay(day, course.lectures)
  },

  async *xapi({ courseId, course, period }) {
    const lectures = new Map(course.lectures.map((lecture) => [lecture.lectureId, lecture]))
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
})
