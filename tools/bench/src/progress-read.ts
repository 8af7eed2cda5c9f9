import { openClassroom, type Classroom, type Student } from './classroom.ts'
import { lessIsBetter, type Figure } from './figures.ts'
import { applyLoad, type LoadResult } from './load.ts'
import { wellReadStudents } from './well-read.ts'

const STUDENTS = 10_000
const LECTURES = 20
const CONNECTIONS = 64
const SAVES_PER_SECOND = 2000
const READS_PER_SECOND = 1000
const MANY_READS_PER_SECOND = 100
const SECONDS = 5
const ROUNDS = 3
const PROMISED_P99_MS = 20
const WELL_READ = 2

/** What students read, while others save where it says so. */
export async function* progressReadBench(): AsyncGenerator<Figure> {
  const room = await openClassroom('progress-service', { students: STUDENTS, lectures: LECTURES })
  try {
    yield await underSaves(room)
    const short = await wellReadStudents(room, { students: WELL_READ, lectures: 20 })
    const long = await wellReadStudents(room, { students: WELL_READ, lectures: 2000 })
    const courseProgress = { name: 'course-progress of 200 courses', path: '/api/v1/stats/course-progress' }
    const heatmap = { name: 'heatmap of 365 days', path: '/api/v1/progress/heatmap/data' }
    for (const page of [courseProgress, heatmap]) yield* shortAndLong(room, page, { short, long })
  } finally {
    await room.close()
  }
}

const load = ({ service }: Classroom, path: string, students: Student[], rate: number): Promise<LoadResult> =>
  applyLoad({
    ...{ url: `${service.address}${path}`, connections: CONNECTIONS, seconds: SECONDS, rate },
    headers: students.map(({ authorization }) => ({ authorization })),
  })

async function underSaves(room: Classroom): Promise<Figure> {
  await storeProgress(room)
  const { service, courseId, lectureIds, students } = room
  const save = (how: { seconds: number; rate?: number; once?: boolean }) =>
    applyLoad({
      ...{ url: `${service.address}/api/v1/progress/save`, method: 'POST', connections: CONNECTIONS, ...how },
      headers: students.map(({ authorization }) => ({ authorization, 'content-type': 'application/json' })),
      body: JSON.stringify({ courseId, lectureId: lectureIds[0], watchTime: 12.5 }),
    })
  await save({ seconds: 0, once: true })
  const p99: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const saving = save({ seconds: SECONDS, rate: SAVES_PER_SECOND })
    p99.push((await load(room, `/api/v1/progress/${courseId}`, students, READS_PER_SECOND)).p99Ms)
    await saving
  }
  const name = `progress-read p99 at ${READS_PER_SECOND}/s beside ${SAVES_PER_SECOND} saves/s`
  return lessIsBetter(name, p99, [PROMISED_P99_MS], 'ms')
}

/** As after many a flush: each student has positions in all lectures, and half of them completed. */
async function storeProgress({ mongo, objectId, courseId, lectureIds, students }: Classroom) {
  const at = Date.now() - 60_000
  const ofEach = <T>(value: T) => Object.fromEntries(lectureIds.map((lectureId) => [lectureId, value]))
  const row = {
    ...{ courseId: objectId(courseId), watchTimes: ofEach(300), stamps: ofEach(at) },
    ...{ stamp: at, lastWatchedLecture: objectId(lectureIds[0] ?? '') },
    completedLectures: lectureIds.slice(0, LECTURES / 2).map(objectId),
  }
  const rows = students.map(({ userId }) => ({ ...row, userId: objectId(userId) }))
  await mongo.collection('progress').insertMany(rows)
}

type Page = { name: string; path: string }
type Readers = { short: Student[]; long: Student[] }

/** Students of long courses against the promise, and against students of short ones. */
async function* shortAndLong(
  room: Classroom,
  { name, path }: Page,
  readers: Readers,
): AsyncGenerator<Figure> {
  const long: LoadResult[] = []
  const short: LoadResult[] = []
  // The first read counts what nobody has counted yet.
  for (const { authorization } of [...readers.long, ...readers.short])
    await (await fetch(`${room.service.address}${path}`, { headers: { authorization } })).arrayBuffer()
  for (let round = 0; round < ROUNDS; round += 1) {
    long.push(await load(room, path, readers.long, MANY_READS_PER_SECOND))
    short.push(await load(room, path, readers.short, MANY_READS_PER_SECOND))
  }
  const p99 = (results: LoadResult[]) => results.map(({ p99Ms }) => p99Ms)
  const p50 = (results: LoadResult[]) => results.map(({ p50Ms }) => p50Ms)
  const ofLong = `progress-read ${name}, 2,000 lectures each`
  yield lessIsBetter(`${ofLong}, p99 at ${MANY_READS_PER_SECOND}/s`, p99(long), [PROMISED_P99_MS], 'ms')
  yield lessIsBetter(`${ofLong}, p50 against 20 lectures each`, p50(long), p50(short), 'ms')
}
