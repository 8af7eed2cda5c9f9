import type { Redis } from 'ioredis'
import { WHOLE } from '../flush/sketches.ts'
import { BATCH_ID, courseKeys, fields } from '../keys.ts'
import type { LiveCounts, Part, Uniques } from './rules.ts'

export type LiveReader = {
  /** What Redis has of a course, all at one moment and in one round trip. */
  read(courseId: string, lectureIds: string[]): Promise<LiveCounts>
  /** The students alone, again. */
  uniques(courseId: string, lectureIds: string[]): Promise<Uniques>
}

export function createLiveReader(redis: Redis): LiveReader {
  const fieldsOf = (courseId: string, lectureIds: string[]) => [
    BATCH_ID,
    fields.courseViews(courseId),
    fields.courseTime(courseId),
    ...lectureIds.flatMap((id) => [fields.lectureViews(courseId, id), fields.lectureTime(courseId, id)]),
  ]

  return {
    async read(courseId, lectureIds) {
      const keys = courseKeys(courseId)
      const names = fieldsOf(courseId, lectureIds)
      // A transaction: a batch claimed between two reads would be seen as live and as pending.
      const steps = redis
        .multi()
        .hmget(keys.live, ...names)
        .hmget(keys.pending, ...names)
        .hexists(keys.merged, WHOLE)
        .pfcount(keys.users())
      for (const lectureId of lectureIds) steps.pfcount(keys.users(lectureId))
      const answers = (await steps.exec()) ?? []
      const values = answers.map(([error, value]) => {
        if (error) throw error
        return value
      })
      const [live, pending, whole, course, ...lectures] = values
      return {
        parts: [live, pending].flatMap((found) => partOf(found, lectureIds)),
        whole: whole === 1,
        uniques: uniquesOf(Number(course), lectures.map(Number), lectureIds),
      }
    },

    async uniques(courseId, lectureIds) {
      const keys = courseKeys(courseId)
      const [course = 0, ...lectures] = await Promise.all([
        redis.pfcount(keys.users()),
        ...lectureIds.map((lectureId) => redis.pfcount(keys.users(lectureId))),
      ])
      return uniquesOf(course, lectures, lectureIds)
    },
  }
}

const uniquesOf = (course: number, lectures: number[], lectureIds: string[]): Uniques => ({
  course,
  lectures: new Map(lectureIds.map((lectureId, i) => [lectureId, lectures[i] ?? 0])),
})

/** A batch as far as this course goes; nothing where there is no batch. */
function partOf(found: unknown, lectureIds: string[]): Part[] {
  const [id, views, watchTimeMs, ...rest]: unknown[] = Array.isArray(found) ? found : []
  if (typeof id !== 'string') return []
  const lectures = lectureIds.map(
    (lectureId, i) =>
      [lectureId, { views: Number(rest[2 * i]), watchTimeMs: Number(rest[2 * i + 1]) }] as const,
  )
  return [{ id, views: Number(views), watchTimeMs: Number(watchTimeMs), lectures: new Map(lectures) }]
}
