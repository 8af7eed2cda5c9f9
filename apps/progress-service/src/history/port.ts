import type { HistoryDay } from '@aetherlearn/contracts/progress/learner'
import type { Day } from '../activity/days.ts'

/**
 * One fact of a student's history. `watched` is a minute that was told as it passed; `late` are the minutes of a day
 * that were told afterwards, where the larger version replaces the smaller.
 */
export type Entry = {
  userId: string
  /** Of one student the same for the same fact, however often it is told. */
  id: string
  kind: 'watched' | 'late' | 'completed'
  /** Ms since 1970. */
  at: number
  /** The student's day, as it was in the zone of that moment. */
  date: Day
  minutes: number
  version: number
  /** '' where the fact belongs to no course or lecture. */
  courseId: string
  lectureId: string
}

/** Where the last page ended. */
export type After = Pick<Entry, 'at' | 'id'>

/** What a student did on one day in one course; '' where it belongs to none. */
export type CourseDay = {
  date: Day
  courseId: string
  /** Told as they passed, and afterwards. */
  minutes: number
  lateMinutes: number
  completions: number
}

/** Where history is kept for good. What it is told twice counts once. */
export type History = {
  append(entries: readonly Entry[]): Promise<void>
  /** The days on which anything happened, oldest first, both ends included. */
  days(userId: string, from: Day, to: Day): Promise<HistoryDay[]>
  /** Of these days only, in the order of days and courses. */
  courseDays(userId: string, days: readonly Day[]): Promise<CourseDay[]>
  /** Entries in the order of their moments, from behind `after` on. */
  list(userId: string, limit: number, after?: After): Promise<Entry[]>
  erase(userId: string): Promise<void>
}

/** Where something was learned. */
export type LecturePlace = Pick<Entry, 'courseId' | 'lectureId'>
const NOWHERE: LecturePlace = { courseId: '', lectureId: '' }

export const watchedMinute = (userId: string, at: number, date: Day, place = NOWHERE): Entry => ({
  userId,
  id: `m:${Math.floor(at / 60_000)}`,
  kind: 'watched',
  at,
  date,
  minutes: 1,
  version: 0,
  courseId: place.courseId,
  lectureId: place.lectureId,
})

export const lateMinutes = (
  userId: string,
  date: Day,
  minutes: number,
  version: number,
  /** Where all of them were in one. */
  courseId = '',
): Entry => ({
  userId,
  id: `l:${date}`,
  kind: 'late',
  at: Date.parse(date),
  date,
  minutes,
  version,
  courseId,
  lectureId: '',
})

type Completed = { userId: string; courseId: string; lectureId: string }
export const completedLecture = (lecture: Completed, at: number, date: Day): Entry => ({
  ...lecture,
  id: `c:${lecture.lectureId}`,
  kind: 'completed',
  at,
  date,
  minutes: 0,
  version: 0,
})
