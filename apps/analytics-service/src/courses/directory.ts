import { fail } from '@aetherlearn/service-kit/errors'
import { createPatience } from '@aetherlearn/service-kit/patience'
import { remember } from '@aetherlearn/service-kit/remembered'
import type { StaffStore } from './staff-store.ts'
import type { CourseStore, KnownCourse, KnownLecture } from './store.ts'

const REMEMBERED_COURSES = 2000

export type StaffedCourse = KnownCourse & {
  /** As they were a minute ago at the earliest; who may see statistics is asked of `courses/access.ts`. */
  staffIds: ReadonlySet<string>
}
export type Directory = {
  /** Throws COURSE_NOT_FOUND; `part` is named in the refusal. */
  requireCourse(courseId: string, part: 'body' | 'params'): Promise<StaffedCourse>
  /** Throws LECTURE_NOT_FOUND as well. */
  requireLecture(
    courseId: string,
    lectureId: string,
  ): Promise<{ course: StaffedCourse; lecture: KnownLecture }>
  forget(courseId: string): void
}
export type DirectoryOptions = {
  store: Pick<CourseStore, 'read'>
  staff: Pick<StaffStore, 'read'>
  waitMs: number
}
type Indexed = { course: StaffedCourse; lectures: ReadonlyMap<string, KnownLecture> }

/** Courses and their lectures, answered from memory while they are in use. */
export function createDirectory({ store, staff, waitMs }: DirectoryOptions): Directory {
  const patiently = createPatience(waitMs)
  const courses = remember<Indexed>({
    max: REMEMBERED_COURSES,
    read: async (courseIds) => {
      const [found, staffed] = await Promise.all([store.read(courseIds), staff.read(courseIds)])
      return new Map(
        [...found].map(([courseId, course]) => [courseId, index(course, staffed.get(courseId) ?? [])]),
      )
    },
  })

  async function require(courseId: string, part: string) {
    const found = await patiently(() => courses.get(courseId))
    if (found !== undefined) return found
    throw fail('COURSE_NOT_FOUND', {
      errors: [{ field: `${part}.courseId`, message: 'is not a known course' }],
    })
  }

  /** A newer version of the course may just have been published. */
  async function renewedWith(courseId: string, lectureId: string) {
    const renewed = await courses.reread(courseId)
    return lectureIn(renewed, lectureId)
  }

  return {
    requireCourse: async (courseId, part) => (await require(courseId, part)).course,
    async requireLecture(courseId, lectureId) {
      const known = await require(courseId, 'body')
      const lecture = lectureIn(known, lectureId)
      if (lecture !== undefined) return lecture
      const renewed = await patiently(() => renewedWith(courseId, lectureId))
      if (renewed !== undefined) return renewed
      const errors = [{ field: 'body.lectureId', message: 'is not a lecture of this course' }]
      throw fail('LECTURE_NOT_FOUND', { errors })
    },
    forget: (courseId) => courses.forget(courseId),
  }
}

const index = (course: KnownCourse, staffIds: string[]): Indexed => ({
  course: { ...course, staffIds: new Set(staffIds) },
  lectures: new Map(course.lectures.map((lecture) => [lecture.lectureId, lecture])),
})

function lectureIn(known: Indexed | undefined, lectureId: string) {
  const lecture = known?.lectures.get(lectureId)
  return known === undefined || lecture === undefined ? undefined : { course: known.course, lecture }
}
