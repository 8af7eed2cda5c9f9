import type { Student } from '@aetherlearn/contracts/course/people'
import type { Enrolment } from '@aetherlearn/contracts/course/shapes'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Connection } from 'mongoose'
import type { Caller } from '../courses/rules.ts'
import { requireCourse, type CourseModels } from '../courses/store.ts'
import type { Directory, KnownPerson } from '../people/store.ts'
import { enrolmentModel, type EnrolmentRow } from './store.ts'

export type StudentPage = { students: Student[]; nextCursor?: string }
type Deps = { connection: Connection; models: CourseModels; directory: Directory }
export type StudentStore = ReturnType<typeof createStudentStore>

/** The students of a course, for those who look after them. */
export function createStudentStore({ connection, models, directory }: Deps) {
  const Enrolments = enrolmentModel(connection)
  return {
    /** Throws what a stranger, or somebody with too few rights, is told. */
    assertMay: (courseId: string, caller: Caller): Promise<void> =>
      transaction(connection, async (session) => {
        await requireCourse(models, { courseId, caller, action: 'students' }, session)
      }),

    /** The latest to join first. */
    page: async (courseId: string, cursor: string | undefined, limit: number): Promise<StudentPage> => {
      const after = cursor === undefined ? {} : { _id: { $lt: cursor } }
      const rows = await Enrolments.find({ courseId, active: true, ...after })
        .sort({ _id: -1 })
        .limit(limit + 1)
        .lean<(EnrolmentRow & { _id: { toString(): string } })[]>()
      const shown = rows.slice(0, limit)
      const names = await directory.among(shown.map(({ userId }) => userId))
      const students = shown.map(({ userId, enrolledAt }) =>
        studentOf({ courseId, userId, enrolledAt: enrolledAt.toISOString() }, names.get(userId)),
      )
      const last = shown.at(-1)
      return rows.length > limit && last !== undefined
        ? { students, nextCursor: String(last._id) }
        : { students }
    },
  }
}

export const studentOf = ({ userId, enrolledAt }: Enrolment, person: KnownPerson | undefined): Student => ({
  userId,
  ...(person === undefined ? {} : { fullName: person.fullName, email: person.email }),
  enrolledAt,
})
