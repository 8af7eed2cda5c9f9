import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import type { CourseProgress } from '@aetherlearn/contracts/progress'

export type Lesson = { _id: string; lectureTitle: string; durationSeconds?: number; package?: object }
type Outline = CourseOutline | Pick<PublishedCourse, 'sections'>
export type Chapter = { _id: string; sectionTitle: string; lectures: Lesson[] }

/** What can be opened of a course: all of a published one, and of a draft the lectures that have something to show. */
export function chaptersOf(course: Outline): Chapter[] {
  if (!('status' in course)) return course.sections
  return course.sections.map((section) => ({
    ...section,
    lectures: section.lectures.filter((lecture) => lecture.isPlayable || lecture.package !== undefined),
  }))
}

export const lessonsOf = (course: Outline) => chaptersOf(course).flatMap(({ lectures }) => lectures)

type Seen = Pick<CourseProgress, 'completedLectures' | 'lastWatchedLecture'>
/** Where to go on: the lecture watched last, unless it is finished; then the first that is not. */
export function lessonToResume(lessons: Lesson[], progress: Seen | undefined): Lesson | undefined {
  const completed = new Set(progress?.completedLectures)
  const last = lessons.find(({ _id }) => _id === progress?.lastWatchedLecture)
  if (last !== undefined && !completed.has(last._id)) return last
  return lessons.find(({ _id }) => !completed.has(_id)) ?? last ?? lessons[0]
}

export const lessonAfter = (lessons: Lesson[], lectureId: string): Lesson | undefined =>
  lessons[lessons.findIndex(({ _id }) => _id === lectureId) + 1]
