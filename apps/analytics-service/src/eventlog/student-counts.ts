import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { DayStudents } from '../dashboard/day-students.ts'
import type { LectureStudents } from '../dashboard/lecture-students.ts'
import { EVENTS, WATCHED, type EventTable } from './event-table.ts'

const OF_PERIOD = `
FROM ${WATCHED} WHERE courseId = {courseId:String} AND day >= {from:Date} AND day <= {to:Date}`
const STUDENTS = `SELECT uniqExact(userId) AS students ${OF_PERIOD}`
const BY_LECTURE = `SELECT lectureId, uniqExact(userId) AS students ${OF_PERIOD} GROUP BY lectureId`
/** Out of what ClickHouse knows of each part of the table, without looking at rows; 1970 where there are none. */
const FIRST_DAY = `SELECT toString(min(day)) AS day, count() AS events FROM ${EVENTS}`

const Count = Type.Array(Type.Object({ students: Type.Integer() }))
const Counts = Type.Array(Type.Object({ lectureId: Type.String(), students: Type.Integer() }))
const FirstDay = Type.Array(Type.Object({ day: Type.String(), events: Type.Integer() }))

export type StudentCounts = { dayStudents: DayStudents; lectureStudents: LectureStudents }

/**
 * How many students watched anything in a period, out of every event: exact, however long the period is, and behind by
 * the seconds that events need to come here. Periods that began before the log did are answered by `others`.
 */
export function countedByTable(table: Pick<EventTable, 'read'>, others: StudentCounts): StudentCounts {
  async function hasAllSince(from: string) {
    const [first] = Value.Parse(FirstDay, await table.read(FIRST_DAY))
    // Not of its first day, in the middle of which it may have begun.
    return first !== undefined && first.events > 0 && first.day < from
  }
  return {
    async dayStudents(courseId, period) {
      if (!(await hasAllSince(period.from))) return others.dayStudents(courseId, period)
      const [row] = Value.Parse(Count, await table.read(STUDENTS, { courseId, ...period }))
      return row?.students ?? 0
    },
    async lectureStudents(courseId, period) {
      if (!(await hasAllSince(period.from))) return others.lectureStudents(courseId, period)
      const rows = Value.Parse(Counts, await table.read(BY_LECTURE, { courseId, ...period }))
      return new Map(rows.map(({ lectureId, students }) => [lectureId, students]))
    },
  }
}
