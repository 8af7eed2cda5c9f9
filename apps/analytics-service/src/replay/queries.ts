import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { EVENTS, type EventTable } from '../eventlog/event-table.ts'

const OF_COURSE = `FROM ${EVENTS} FINAL WHERE courseId = {courseId:String}`
const OF_STUDENTS = `${OF_COURSE} AND traffic = 'students' AND lectureId != ''`

const COURSES = `SELECT DISTINCT toString(courseId) AS courseId FROM ${EVENTS} ORDER BY courseId`
const DAYS = `
SELECT
  toString(day) AS date,
  countIf(traffic = 'students' AND lectureId = '') AS views,
  countIf(traffic = 'own' AND lectureId = '') AS ownViews,
  sumIf(watchedMs, traffic = 'own') AS ownWatchTimeMs,
  countIf(traffic = 'programs') AS botReports,
  sum(replayedMs) AS replayedMs
${OF_COURSE} GROUP BY day ORDER BY day`
const LECTURE_DAYS = `
SELECT
  toString(day) AS date, lectureId, sum(newPlayback) AS views, sum(watchedMs) AS watchTimeMs,
  sum(length(fresh)) AS freshSeconds
${OF_STUDENTS} GROUP BY day, lectureId ORDER BY day, lectureId`
/** The furthest second of a playback moves: it is taken away where it was and added where it is. */
const HEAT = `
SELECT lectureId, second, sum(w) AS watched, sum(r) AS again, sum(e) AS furthest FROM (
  SELECT lectureId, arrayJoin(fresh) AS second, 1 AS w, 0 AS r, 0 AS e ${OF_STUDENTS}
  UNION ALL SELECT lectureId, arrayJoin(again), 0, 1, 0 ${OF_STUDENTS}
  UNION ALL SELECT lectureId, toUInt32(furthest), 0, 0, 1 ${OF_STUDENTS} AND furthest > furthestBefore
  UNION ALL SELECT lectureId, toUInt32(furthestBefore), 0, 0, -1 ${OF_STUDENTS}
    AND furthest > furthestBefore AND furthestBefore >= 0
) GROUP BY lectureId, second ORDER BY lectureId, second`
const STUDENTS = `
SELECT DISTINCT userId ${OF_STUDENTS} AND watchedMs > 0
  AND ({lectureId:String} = '' OR lectureId = {lectureId:String}) AND ({day:String} = '' OR toString(day) = {day:String})`
/** Of each student, out of their playbacks with any watch time. */
const TIMES = `
SELECT
  userId, sum(ms) AS watchTimeMs, max(last) AS lastActiveAt, arrayDistinct(arrayFlatten(groupArray(active))) AS days
FROM (
  SELECT
    userId, playbackId, sum(watchedMs) AS ms, max(at) AS last,
    groupUniqArrayIf(toInt32(day), watchedMs > 0) AS active
  ${OF_STUDENTS} GROUP BY userId, playbackId HAVING ms > 0
) GROUP BY userId`
const PLAYBACKS = `
SELECT
  playbackId AS id, any(userId) AS student, min(at) AS first, max(at) AS last, sum(watchedMs) AS watchTimeMs,
  sum(length(again)) AS againSeconds, arrayFlatten(groupArray(fresh)) AS seconds
${OF_STUDENTS} AND lectureId = {lectureId:String}
GROUP BY playbackId HAVING watchTimeMs > 0`

const Courses = Type.Array(Type.Object({ courseId: Type.String() }))
const Count = Type.Integer()
const Days = Type.Array(
  Type.Object({
    date: Type.String(),
    views: Count,
    ownViews: Count,
    ownWatchTimeMs: Count,
    botReports: Count,
    replayedMs: Count,
  }),
)
const LectureDays = Type.Array(
  Type.Object({
    date: Type.String(),
    lectureId: Type.String(),
    views: Count,
    watchTimeMs: Count,
    freshSeconds: Count,
  }),
)
const Heat = Type.Array(
  Type.Object({ lectureId: Type.String(), second: Count, watched: Count, again: Count, furthest: Count }),
)
const Students = Type.Array(Type.Object({ userId: Type.String() }))
const Times = Type.Array(
  Type.Object({
    userId: Type.String(),
    watchTimeMs: Count,
    lastActiveAt: Count,
    days: Type.Array(Count),
  }),
)
const Playbacks = Type.Array(
  Type.Object({
    id: Type.String(),
    student: Type.String(),
    first: Count,
    last: Count,
    watchTimeMs: Count,
    againSeconds: Count,
    seconds: Type.Array(Count),
  }),
)

export type CourseSums = {
  days: Static<typeof Days>
  lectureDays: Static<typeof LectureDays>
  heat: Static<typeof Heat>
}

/** The sums of all events of a course: what the batches of those events added to the rows. */
export const createReplayQueries = ({ read }: Pick<EventTable, 'read'>) => ({
  async courses(): Promise<string[]> {
    return Value.Parse(Courses, await read(COURSES)).map(({ courseId }) => courseId)
  },
  async sums(courseId: string): Promise<CourseSums> {
    return {
      days: Value.Parse(Days, await read(DAYS, { courseId })),
      lectureDays: Value.Parse(LectureDays, await read(LECTURE_DAYS, { courseId })),
      heat: Value.Parse(Heat, await read(HEAT, { courseId })),
    }
  },
  async playbacks(courseId: string, lectureId: string) {
    return Value.Parse(Playbacks, await read(PLAYBACKS, { courseId, lectureId }))
  },
  async times(courseId: string) {
    const times = Value.Parse(Times, await read(TIMES, { courseId }))
    return times.map((time) => ({ ...time, lastActiveAt: new Date(time.lastActiveAt) }))
  },
  /** Everybody who watched anything of the course, or of one lecture of it, or on one day. */
  async students(courseId: string, { lectureId = '', day = '' }): Promise<string[]> {
    const rows = Value.Parse(Students, await read(STUDENTS, { courseId, lectureId, day }))
    return rows.map(({ userId }) => userId)
  },
})
export type ReplayQueries = ReturnType<typeof createReplayQueries>
