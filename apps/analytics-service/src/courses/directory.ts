import { fail } from '@aetherlearn/service-kit/errors'
import { createPatience } from '@aetherlearn/service-kit/patience'
import { remember } from '@aetherlearn/service-kit/remembered'
import type { CourseStore, KnownCourse } from './store.ts'

const REMEMBERED_COURSES = 2000

export type Directory = {
  /** Throws COURSE_NOT_FOUND; `part` is named in the refusal. */
  requireCourse(courseId: string, part: 'body' | 'params'): Promise<KnownCourse>
  /** Throws LECTURE_NOT_FOUND as well. */
  requireLecture(courseId: string, lectureId: string): Promise<KnownCourse>
  forget(courseId: string): void
}
type Indexed = { course: KnownCourse; lectureIds: ReadonlySet<string> }

/** Courses and their lectures, answered from memory while they are in use. */
export function createDirectory(options: { store: Pick<CourseStore, 'read'>; waitMs: number }): Directory {
  const patiently = createPatience(options.waitMs)
  const courses = remember<Indexed>({
    max: REMEMBERED_COURSES,
    read: async (courseIds) => {
      const found = await options.store.read(courseIds)
      return new Map([...found].map(([courseId, course]) => [courseId, index(course)]))
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
    return renewed?.lectureIds.has(lectureId) ? renewed : undefined
  }

  return {
    requireCourse: async (courseId, part) => (await require(courseId, part)).course,
    async requireLecture(courseId, lectureId) {
      const known = await require(courseId, 'body')
      if (known.lectureIds.has(lectureId)) return known.course
      const renewed = await patiently(() => renewedWith(courseId, lectureId))
      if (renewed !== undefined) return renewed.course
      const errors = [{ field: 'body.lectureId', message: 'is not a lecture of this course' }]
      throw fail('LECTURE_NOT_FOUND', { errors })
    },
    forget: (courseId) => courses.forget(courseId),
  }
}

const index = (course: KnownCourse): Indexed => ({
  course,
  lectureIds: new Set(course.lectures.map((lecture) => lecture.lectureId)),
})
