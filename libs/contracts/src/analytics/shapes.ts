import { Type, type Static } from 'typebox'
import { Id, Seconds, Strict } from '../shape.ts'

/** A calendar day in UTC, `YYYY-MM-DD`: the days of statistics are the same for everybody who looks at them. */
export const UtcDay = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })
/** A calendar month in UTC, `YYYY-MM`. */
export const UtcMonth = Type.String({ pattern: '^\\d{4}-\\d{2}$' })
/** 0 to 100, to a tenth. */
export const Percent = Type.Number({ minimum: 0, maximum: 100 })

export const CourseRef = Strict({ courseId: Id })
export const LectureName = { lectureId: Id, lectureTitle: Type.String() }

/** Statistics about so few students could be read as statistics about one of them: they are not shown. */
export const FEWEST_STUDENTS = 5

/** The numbers of one stretch of time. */
export const Numbers = Type.Object({
  /** Times the landing page was opened. */
  views: Type.Integer(),
  /** Playbacks of lectures. */
  playbacks: Type.Integer(),
  watchTimeSeconds: Type.Number(),
  uniqueStudents: Type.Integer(),
})
export type Numbers = Static<typeof Numbers>

/** Seconds of media time from `from` up to and without `to`. */
export const Segment = { from: Seconds, to: Seconds }
