import { Redis } from 'ioredis'
import { startBaseline, type Baseline } from './baseline.ts'
import { openClassroom, type Classroom } from './classroom.ts'
import { againstPromise, lessIsBetter, type Figure } from './figures.ts'
import { against, p99At, postsTo, throughput, type Posts } from './posts.ts'

const STUDENTS = 10_000
const LECTURES = 10
/** 10,000 students whose players report every 5 s. */
const TARGET_RATE = 2000
/** 12,304 bytes, which Redis' allocator rounds up, and its key. */
const PROMISED_BYTES_PER_SKETCH = 14_500
/** One day, the course and its lectures. */
const SKETCHES = 1 + 1 + LECTURES
/** Its counts, and which stored sketch each of those contains. */
const PROMISED_BYTES_OF_COUNTS = 2000
const SESSION = 'bench-0001'
const KEYS_AT_ONCE = 500

/** Reports of players, token and input checked, against a bare route that sends the same Redis commands pipelined. */
export async function* telemetryBench(): AsyncGenerator<Figure> {
  const size = { students: STUDENTS, lectures: LECTURES }
  // No flush comes into it.
  const room = await openClassroom('analytics-service', size, { FLUSH_INTERVAL_MS: '86400000' })
  const baselines: Baseline[] = []
  const start = async (...args: string[]) => {
    const env = { REDIS_STATE_URL: room.service.stores.redisUrl }
    const baseline = await startBaseline('./baseline-telemetry.ts', args, env)
    baselines.push(baseline)
    return bareReportsOf(room, baseline)
  }
  try {
    yield* memory(room)
    const ours = reportsOf(room)
    const bare = await start()
    yield await commandsOfOne(room, ours, bare)
    yield* throughput('telemetry', ours, bare)
    yield await p99At('telemetry', TARGET_RATE, ours, bare)
    const piped = await start('auto-pipelining')
    yield await against('telemetry against auto-pipelining', ours, piped)
    const scripted = await start('scripts')
    yield await against('telemetry against two bare scripts', ours, scripted)
    const played = { segments: [[0, 5]] as [number, number][] }
    yield await against('telemetry with segments', reportsOf(room, played), bare)
  } finally {
    for (const { stop } of baselines) await stop()
    await room.close()
  }
}

type More = { segments?: [number, number][]; lectureId?: string; students?: Classroom['students'] }

const bodyOf = (room: Classroom, { segments, lectureId = room.lectureIds[0] }: More = {}) =>
  JSON.stringify({
    ...{ courseId: room.courseId, lectureId, watchTimeDelta: 5, sessionId: SESSION },
    ...(segments && { segments }),
  })

function reportsOf(room: Classroom, more: More = {}): Posts {
  const headers = (more.students ?? room.students).map(({ authorization }) => ({ authorization }))
  const path = '/api/v1/analytics/telemetry'
  return postsTo({ origin: room.service.address, path, headers, body: bodyOf(room, more) })
}

function bareReportsOf(room: Classroom, { url }: Baseline): Posts {
  const headers = room.students.map(({ userId }) => ({ student: userId }))
  return postsTo({ origin: url, path: '/telemetry', headers, body: bodyOf(room) })
}

/** How many commands Redis carries out for a report: the ratio says whether the two are given the same work. */
async function commandsOfOne(room: Classroom, ours: Posts, bare: Posts): Promise<Figure> {
  const redis = await room.service.stores.connectRedis()
  const carriedOut = async () =>
    [...(await redis.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)]
      .filter(([, name]) => name !== 'info' && name !== 'evalsha' && name !== 'eval')
      .reduce((sum, [, , calls]) => sum + Number(calls), 0)
  const each = async (posts: Posts) => {
    // Once before: what a first report does besides comes only once.
    await posts.load({ seconds: 0, once: true })
    const before = await carriedOut()
    const { requests } = await posts.load({ seconds: 0, once: true })
    return ((await carriedOut()) - before) / requests
  }
  return lessIsBetter('telemetry commands of a report', [await each(ours)], [await each(bare)], 'commands')
}

/** What Redis keeps of the course for good as more students come, and of them until the next flush. */
async function* memory(room: Classroom): AsyncGenerator<Figure> {
  // A client that is patient: there are many keys.
  const redis = new Redis(room.service.stores.redisUrl)
  const sizeOf = async (kind: (key: string) => boolean) => {
    const keys = (await redis.keys('an:*')).filter(kind)
    let bytes = 0
    for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
      const some = keys.slice(from, from + KEYS_AT_ONCE)
      const sizes = await Promise.all(some.map((key) => redis.memory('USAGE', key, 'SAMPLES', 0)))
      for (const size of sizes) bytes += Number(size)
    }
    return bytes
  }
  // Gone after a day, or with the next flush.
  const isOfStudents = (key: string) => /:playback:|:people$|:students$/.test(key)
  const watchAll = async (students: Classroom['students']) => {
    for (const lectureId of room.lectureIds)
      await reportsOf(room, { lectureId, students }).load({ seconds: 0, once: true })
  }
  await watchAll(room.students.slice(0, STUDENTS / 2))
  const half = await sizeOf((key) => !isOfStudents(key))
  await watchAll(room.students)
  const all = await sizeOf((key) => !isOfStudents(key))
  yield lessIsBetter('telemetry memory per course, 10,000 students against 5,000', [all], [half], 'B')
  const promised = SKETCHES * PROMISED_BYTES_PER_SKETCH + PROMISED_BYTES_OF_COUNTS
  yield againstPromise('telemetry memory per course of 10 lectures on one day', all, promised, 'B')
  const playbacks = (await sizeOf(isOfStudents)) / (STUDENTS * LECTURES)
  yield againstPromise('telemetry memory per playback of the last 24 h', playbacks, 1000, 'B')
  redis.disconnect()
}
