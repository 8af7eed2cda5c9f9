import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@aetherlearn/testing/ids'
import { openClassroom, type Classroom, type Student } from './classroom.ts'
import { againstPromise, type Figure } from './figures.ts'
import { applyLoad } from './load.ts'

const COURSES = 1000
const LECTURES = 3
/** In each course, none in two; every one of them watches one lecture. */
const STUDENTS_EACH = 10
/** Those who go on watching, in a course of their own, during the second flush. */
const WATCHING = 500
const RATE = 2000
const FLUSH_EVERY_MS = 25_000
/** Longer than the pause between two flushes, so that a whole one falls into it. */
const LOAD_SECONDS = 35
const LOOK_EVERY_MS = 20
const PROMISED_SECONDS = 5
const PROMISED_P99_MS = 20
const DIRTY_COUNT = `
local count = 0
for bucket = 0, 255 do count = count + redis.call('SCARD', 'an:{' .. bucket .. '}:dirty') end
return count`

type Course = { courseId: string; lectureIds: string[] }
type Report = Student & { courseId: string; lectureId: string }

/** How long the service takes to bring 1,000 courses to MongoDB, at rest and while others watch. */
export async function* courseFlushFigures(): AsyncGenerator<Figure> {
  const size = { students: COURSES * STUDENTS_EACH + WATCHING, lectures: 1 }
  const room = await openClassroom('analytics-service', size, { FLUSH_INTERVAL_MS: `${FLUSH_EVERY_MS}` })
  try {
    const redis = await room.service.stores.connectRedis()
    const dirty = async () => Number(await redis.eval(DIRTY_COUNT, 0))
    const courses = await publishMany(room)
    const watchAll = async () => {
      // A flush that comes meanwhile takes some away again.
      while ((await dirty()) < COURSES)
        await report(room, reportsOf(room, courses), { seconds: 0, once: true })
    }
    await watchAll()
    const [began, ended] = await timesOfFlush(dirty, 0)
    yield againstPromise(`flush of ${COURSES} courses`, (ended - began) / 1000, PROMISED_SECONDS, 's')

    await watchAll()
    const ownCourse = room.students
      .slice(-WATCHING)
      .map((student) => ({ ...student, courseId: room.courseId, lectureId: room.lectureIds[0] ?? '' }))
    const watching = report(room, ownCourse, { seconds: LOAD_SECONDS, rate: RATE })
    const [from, to] = await timesOfFlush(dirty, 1)
    const { p99Between } = await watching
    const name = `flush of ${COURSES} courses beside ${RATE} reports/s`
    yield againstPromise(name, (to - from) / 1000, PROMISED_SECONDS, 's')
    yield againstPromise(
      `telemetry p99 at ${RATE}/s during that flush`,
      p99Between(from, to),
      PROMISED_P99_MS,
      'ms',
    )
  } finally {
    await room.close()
  }
}

/** As if they had been published some time ago. */
async function publishMany({ mongo, objectId }: Classroom): Promise<Course[]> {
  const courses = Array.from({ length: COURSES }, () => ({
    courseId: newId(),
    lectureIds: Array.from({ length: LECTURES }, newId),
  }))
  const rows = courses.map(({ courseId, lectureIds }) => ({
    ...{ _id: objectId(courseId), creatorId: objectId(newId()), version: 1 },
    lectures: lectureIds.map((lectureId) => ({
      ...{ lectureId: objectId(lectureId), lectureTitle: 'Sets', durationSeconds: 600 },
    })),
  }))
  // A row's id is its own here: mongoose's connection types it as that of its documents.
  await mongo.collection<{ _id: object }>('courseMeta').insertMany(rows)
  return courses
}

/** From the last look at which all were dirty to the first at which only those are that are watched all the time. */
async function timesOfFlush(dirty: () => Promise<number>, watched: number): Promise<[number, number]> {
  let began = Date.now()
  for (;;) {
    const lookedAt = Date.now()
    const count = await dirty()
    if (count >= COURSES) began = lookedAt
    if (count <= watched) return [began, Date.now()]
    await pause(LOOK_EVERY_MS)
  }
}

const reportsOf = ({ students }: Classroom, courses: Course[]): Report[] =>
  courses.flatMap(({ courseId, lectureIds }, course) =>
    Array.from({ length: STUDENTS_EACH }, (_, n) => {
      const student = students[course * STUDENTS_EACH + n]
      if (student === undefined) throw new Error('there are no students')
      return { ...student, courseId, lectureId: lectureIds[n % LECTURES] ?? '' }
    }),
  )

function report(
  { service }: Classroom,
  reports: Report[],
  how: { seconds: number; rate?: number; once?: boolean },
) {
  return applyLoad({
    ...{ url: `${service.address}/api/v1/analytics/telemetry`, method: 'POST', connections: 64, ...how },
    headers: reports.map(({ authorization }) => ({ authorization, 'content-type': 'application/json' })),
    body: reports.map(({ courseId, lectureId }) =>
      JSON.stringify({
        ...{ courseId, lectureId, watchTimeDelta: 5, sessionId: 'bench-0001' },
        segments: [[0, 5]],
      }),
    ),
  })
}
