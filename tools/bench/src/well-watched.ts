import type { Classroom } from './classroom.ts'

const DAYS = 365
const DAY_MS = 24 * 3600 * 1000
/** As many as make a sketch as large as it gets. */
const WATCHED = 10_000

const dayBefore = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)

/** As after a year in which something was watched on each day, in each of the lectures, and after Redis was restarted. */
export async function watchForAYear({ mongo, objectId, service, courseId, lectureIds }: Classroom) {
  const course = { courseId: objectId(courseId) }
  const ofEach = <T>(value: T) => Object.fromEntries(lectureIds.map((lectureId) => [lectureId, value]))
  const days = Array.from({ length: DAYS }, (_, n) => dayBefore(n + 1))
  const perDay = { views: 40, playbacks: 2 * lectureIds.length, watchTimeMs: 90_000 * lectureIds.length }
  await mongo.collection('courseAnalytics').insertOne({
    ...{ ...course, totalViews: 40 * DAYS, totalWatchTimeMs: perDay.watchTimeMs * DAYS },
    ...{ uniqueActiveUsers: WATCHED, storedAt: new Date() },
    lectureStats: ofEach({ views: 2 * DAYS, totalWatchTimeMs: 90_000 * DAYS }),
  })
  await mongo
    .collection('courseDays')
    .insertMany(days.map((day) => ({ ...course, day, ...perDay, uniqueStudents: 700 })))
  const lectures = ofEach({ views: 2, watchTimeMs: 90_000 })
  await mongo.collection('lectureDays').insertMany(days.map((day) => ({ ...course, day, lectures })))

  const redis = await service.stores.connectRedis()
  await redis.pfadd('many', ...Array.from({ length: WATCHED }, (_, n) => `student-${n}`))
  const kept = { version: 'stored', sketch: await redis.getBuffer('many'), ...course }
  await redis.del('many')
  const rows = [
    { _id: courseId, ...kept },
    ...lectureIds.map((id) => ({ _id: `${courseId}:${id}`, lectureId: objectId(id), ...kept })),
    ...days.map((day) => ({ _id: `${courseId}@${day}`, day, ...kept })),
  ]
  // A row's id is its own here: mongoose's connection types it as that of its documents.
  await mongo.collection<{ _id: string }>('sketches').insertMany(rows)
}
