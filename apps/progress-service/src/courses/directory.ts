import type { ErrorCode } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import { createPatience } from '@aetherlearn/service-kit/patience'
import { remember } from '@aetherlearn/service-kit/remembered'
import { lectureIn, type KnownLecture } from './lectures.ts'
import { createCourseMemory, type OpenCourseCache } from './memory.ts'
import type { CourseStore, KnownCourse } from './store.ts'

const REMEMBERED_ENROLMENTS = 200_000
/** Each is looked at once a minute: one by one, ten thousand students would be hundreds of reads a second. */
const ENROLMENTS_AT_ONCE = 200

/** The part of the request in which the ids stand: it is named in refusals. */
type Part = 'body' | 'params'

export type Directory = {
  /** Throws COURSE_NOT_FOUND or NOT_ENROLLED. */
  requireCourse(userId: string, courseId: string, part: Part): Promise<KnownCourse>
  /**
   * Throws LECTURE_NOT_FOUND as well, where the lecture is not one of this course. Answers at once where all is fresh
   * in memory, as it is for nearly every save.
   */
  requireLecture(
    userId: string,
    courseId: string,
    lectureId: string,
    part?: Part,
  ): KnownLecture | Promise<KnownLecture>
  /** Whoever is enrolled in it. */
  course(courseId: string): Promise<KnownCourse | undefined>
  /** After it was changed here: no instance takes it for what it was, once this resolves. */
  forgetCourse(courseId: string): Promise<void>
  forgetEnrolment(userId: string, courseId: string): void
}

const refuse = (code: ErrorCode, field: string, message: string) =>
  fail(code, { errors: [{ field, message }] })

export type DirectoryOptions = { store: CourseStore; openCache: OpenCourseCache; waitMs: number }

/** Who may report on what, answered from memory for those who are watching. */
export function createDirectory(options: DirectoryOptions): Directory {
  const { store, openCache, waitMs } = options
  const patiently = createPatience(waitMs)
  const courses = createCourseMemory(store, openCache)
  const enrolments = remember({
    max: REMEMBERED_ENROLMENTS,
    mostAtOnce: ENROLMENTS_AT_ONCE,
    read: readEnrolments,
  })

  async function readEnrolments(keys: string[]) {
    const members = keys.map((key) => {
      const [userId = '', courseId = ''] = key.split(':')
      return { userId, courseId }
    })
    const enrolled = await store.enrolledAmong(members)
    return new Map(enrolled.map(({ userId, courseId }) => [`${userId}:${courseId}`, ENROLLED]))
  }

  async function enrolledCourse(userId: string, courseId: string) {
    const enrolled = await enrolments.get(`${userId}:${courseId}`)
    return enrolled === undefined ? undefined : courses.get(courseId)
  }

  async function requireCourse(userId: string, courseId: string, part: Part) {
    const course = await patiently(() => enrolledCourse(userId, courseId))
    if (course !== undefined) return course
    const field = `${part}.courseId`
    if ((await courses.get(courseId)) === undefined)
      throw refuse('COURSE_NOT_FOUND', field, 'is not a known course')
    throw refuse('NOT_ENROLLED', field, 'is not a course you are enrolled in')
  }

  /** A newer version of the course may just have been published. */
  async function renewedWith(courseId: string, lectureId: string) {
    return lectureIn(await courses.reread(courseId), lectureId)
  }

  function freshLecture(userId: string, courseId: string, lectureId: string) {
    const enrolled = enrolments.fresh(`${userId}:${courseId}`)
    return enrolled === undefined ? undefined : lectureIn(courses.fresh(courseId), lectureId)
  }

  async function findLecture(userId: string, courseId: string, lectureId: string, part: Part) {
    const course = await requireCourse(userId, courseId, part)
    const known = lectureIn(course, lectureId) ?? (await patiently(() => renewedWith(courseId, lectureId)))
    if (known !== undefined) return known
    throw refuse('LECTURE_NOT_FOUND', `${part}.lectureId`, 'is not a lecture of this course')
  }

  return {
    requireCourse,
    requireLecture: (userId, courseId, lectureId, part = 'body') =>
      freshLecture(userId, courseId, lectureId) ?? findLecture(userId, courseId, lectureId, part),
    course: (courseId) => courses.get(courseId),
    forgetCourse: (courseId) => courses.forget(courseId),
    forgetEnrolment: (userId, courseId) => enrolments.forget(`${userId}:${courseId}`),
  }
}

const ENROLLED = {}
