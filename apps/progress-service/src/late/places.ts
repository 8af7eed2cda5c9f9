import { errors } from '@aetherlearn/contracts/errors'
import { Failure } from '@aetherlearn/service-kit/errors'
import type { Directory } from '../courses/directory.ts'
import type { CourseStore, KnownCourse } from '../courses/store.ts'
import type { Place } from './check.ts'

export type PlacesDeps = {
  directory: Pick<Directory, 'requireCourse' | 'requireLecture'>
  courses: Pick<CourseStore, 'enrolledSince' | 'enrolledAmong'>
}
/** Who has just enrolled is waited for, and nobody has just enrolled in more courses than this. */
const MOST_WAITED_FOR = 20
const stranger: Place = { refused: 'NOT_ENROLLED', message: 'is not a course you are enrolled in' }

type Reported = { courseId: string; lectureId: string }

/** Of each course that is reported on, what we know of it and whether this student may. */
export async function placesOf(deps: PlacesDeps, userId: string, reported: Reported[]) {
  const lectures = new Map<string, Set<string>>()
  for (const { courseId, lectureId } of reported)
    lectures.set(courseId, (lectures.get(courseId) ?? new Set()).add(lectureId))
  const since = await deps.courses.enrolledSince(userId, [...lectures.keys()])
  const strange = await strangeAmong(
    deps,
    userId,
    [...lectures.keys()].filter((courseId) => !since.has(courseId)),
  )
  const found = [...lectures].map(async ([courseId, lectureIds]): Promise<[string, Place]> => {
    if (strange.has(courseId)) return [courseId, stranger]
    try {
      const course = await courseWith(deps, userId, courseId, lectureIds)
      return [courseId, { course, since: since.get(courseId) ?? 0 }]
    } catch (error) {
      if (!(error instanceof Failure) || error.status >= 500) throw error
      return [courseId, { refused: error.code, message: sentenceOf(error) }]
    }
  })
  return new Map(await Promise.all(found))
}

/** Those of so many courses that are not the student's as things are; none where they are few. */
async function strangeAmong({ courses }: PlacesDeps, userId: string, courseIds: string[]) {
  if (courseIds.length <= MOST_WAITED_FOR) return new Set<string>()
  const enrolled = await courses.enrolledAmong(courseIds.map((courseId) => ({ userId, courseId })))
  const own = new Set(enrolled.map(({ courseId }) => courseId))
  return new Set(courseIds.filter((courseId) => !own.has(courseId)))
}

async function courseWith(deps: PlacesDeps, userId: string, courseId: string, lectureIds: Set<string>) {
  const { directory } = deps
  const course: KnownCourse = await directory.requireCourse(userId, courseId, 'body')
  const unknown = [...lectureIds].find((lectureId) => !course.lectures.has(lectureId))
  if (unknown === undefined) return course
  try {
    // One is enough to make sure that we know the newest version of the course.
    await directory.requireLecture(userId, courseId, unknown)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'LECTURE_NOT_FOUND') throw error
  }
  return directory.requireCourse(userId, courseId, 'body')
}

const sentenceOf = ({ code, options }: Failure) => options.errors?.[0]?.message ?? errors[code][1]
