import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { DayStudents } from '../dashboard/day-students.ts'
import type { LectureStudents } from '../dashboard/lecture-students.ts'
import { EVENTS, type EventTable } from './event-table.ts'

const WATCHED = `
FROM ${EVENTS} FINAL
WHERE courseId = {courseId:String} AND day >= {from:Date} AND day <= {to:Date}
  AND traffic = 'students' AND watchedMs > 0`
const OF_PERIOD = `SELECT uniqExact(userId) AS students ${WATCHED}`
const BY_LECTURE = `SELECT lectureId, uniqExact(userId) AS students ${WATCHED} GROUP BY lectureId`

const Count = Type.Array(Type.Object({ students: Type.Integer() }))
const Counts = Type.Array(Type.Object({ lectureId: Type.String(), students: Type.Integer() }))

/**
 * How many students watched anything in a period, out of every event: exact, however long the period is, and behind by
 * the seconds that events need to come here.
 */
export const countedByTable = (
  table: Pick<EventTable, 'read'>,
): { dayStudents: DayStudents; lectureStudents: LectureStudents } => ({
  async dayStudents(courseId, { from, to }) {
    const [row] = Value.Parse(Count, await table.read(OF_PERIOD, { courseId, from, to }))
    return row?.students ?? 0
  },
  async lectureStudents(courseId, { from, to }) {
    const rows = Value.Parse(Counts, await table.read(BY_LECTURE, { courseId, from, to }))
    return new Map(rows.map(({ lectureId, students }) => [lectureId, students]))
  },
})
