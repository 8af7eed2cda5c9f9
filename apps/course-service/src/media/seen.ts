import type { ErrorCode } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import { isKnown, may, type Caller } from '../courses/rules.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseStore } from '../courses/store.ts'
import type { EnrolmentStore } from '../enrolment/store.ts'
import type { LectureOfSnapshot, SnapshotStore } from '../publishing/store.ts'

export type SeenDeps = { courses: CourseStore; snapshots: SnapshotStore; enrolments: EnrolmentStore }
export type Seen = { side: 'people'; lecture: LectureRow } | { side: 'student'; lecture: LectureOfSnapshot }

/** What a grant ends with: nothing for an admin. */
export function boundTo(side: Seen['side'], courseId: string, role: string) {
  if (side === 'student') return { courseId }
  return role === 'admin' ? {} : ({ courseId, as: 'people' } as const)
}

/**
 * A lecture as its reader has it: that of the draft for who works on the course, that of the snapshot for enrolled
 * students, also when the draft has lost it by now. `unenrolled` is said of courses that everybody knows.
 */
export async function seenLecture(
  { courses, snapshots, enrolments }: SeenDeps,
  lectureId: string,
  caller: Caller,
  unenrolled: ErrorCode,
): Promise<Seen> {
  const drafted = await courses.findLecture(lectureId)
  const courseId = drafted === null ? await snapshots.courseOf(lectureId) : String(drafted.courseId)
  const course = courseId === undefined ? null : await courses.findCourse(courseId)
  if (courseId === undefined || course === null) throw fail('LECTURE_NOT_FOUND')
  if (may(course, caller, 'see')) {
    if (drafted === null) throw fail('LECTURE_NOT_FOUND')
    return { side: 'people', lecture: drafted }
  }
  if (!(await enrolments.isEnrolled(courseId, caller.id))) {
    throw fail(isKnown(course) ? unenrolled : 'LECTURE_NOT_FOUND')
  }
  const { publishedVersion = 0 } = course
  const published = await snapshots.lectureOf(courseId, publishedVersion, lectureId)
  if (published === undefined) throw fail('LECTURE_NOT_FOUND')
  // Snapshots from before videos were frozen show the one of the draft.
  if (published.media === undefined && drafted?.media !== undefined) published.media = drafted.media
  return { side: 'student', lecture: published }
}
