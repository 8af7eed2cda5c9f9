import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { resumeSecond } from '@aetherlearn/sdk/watch-time'
import { clock } from '../../components/format.ts'
import { lessonToResume, lessonsOf } from '../player/lessons.ts'

export type Resume = { lectureId: string; words: string }
type Known = Pick<CourseProgress, 'watchTimes' | 'completedLectures' | 'lastWatchedLecture'>

/** The lecture and the second at which a student goes on with a course, as the player will find them. */
export function resumeOf(course: Pick<PublishedCourse, 'sections'>, progress: Known): Resume | undefined {
  const lessons = lessonsOf(course)
  const lesson = lessonToResume(lessons, progress)
  if (lesson === undefined) return undefined
  const { _id: lectureId, lectureTitle, durationSeconds } = lesson
  if (lessons.every(({ _id }) => progress.completedLectures.includes(_id))) {
    return { lectureId, words: `Watch “${lectureTitle}” again` }
  }
  const second = resumeSecond(progress.watchTimes[lectureId], durationSeconds)
  if (second >= 1) return { lectureId, words: `Resume “${lectureTitle}” at ${clock(second)}` }
  const fresh = progress.completedLectures.length === 0 && progress.lastWatchedLecture === null
  return { lectureId, words: fresh ? `Start with “${lectureTitle}”` : `Go on with “${lectureTitle}”` }
}
