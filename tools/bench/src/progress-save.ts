import { startBaseline, type Baseline } from './baseline.ts'
import { openClassroom, type Classroom } from './classroom.ts'
import { againstPromise, lessIsBetter, measureInTurns, type Figure } from './figures.ts'
import { applyLoad, type Load, type LoadResult } from './load.ts'

const STUDENTS = 10_000
const CONNECTIONS = 64
const SECONDS = 3
/** 10,000 students who save every 5 s. */
const TARGET_RATE = 2000
const P99_ROUNDS = 3
const P99_SECONDS = 4
const PROMISED_BYTES = 1500
const LECTURES_EACH = 3

/** Saves, token and input checked, against a bare route with one equivalent Redis call, and against writes to MongoDB. */
export async function* progressSaveBench(): AsyncGenerator<Figure> {
  const room = await openClassroom({ students: STUDENTS, lectures: LECTURES_EACH })
  const baselines: Baseline[] = []
  const start = async (file: string, args: string[] = []) => {
    const { redisUrl, mongoUrl } = room.service.stores
    const env = { REDIS_STATE_URL: redisUrl, MONGO_URL: mongoUrl }
    const baseline = await startBaseline(file, args, env)
    baselines.push(baseline)
    return baseline
  }
  try {
    const ours = savesOf(room)
    yield await bytesPerStudent(room)
    const bare = bareSavesOf(room, await start('./baseline-redis-call.ts'))
    yield* throughput(ours, bare)
    yield await p99(ours, bare)
    const piped = bareSavesOf(room, await start('./baseline-redis-call.ts', ['auto-pipelining']))
    yield await against('progress-save against auto-pipelining', ours, piped)
    const naive = bareSavesOf(room, await start('./baseline-mongo-save.ts'))
    yield await against('progress-save against MongoDB', ours, naive)
  } finally {
    for (const { stop } of baselines) await stop()
    await room.close()
  }
}

type Saves = {
  load(how: Pick<Load, 'seconds'> & Partial<Load>): Promise<LoadResult>
  /** Of the server's process, so far. */
  cpuSeconds(): Promise<number>
}
const json = { 'content-type': 'application/json' }

async function cpuSecondsOf(origin: string) {
  const text = await (await fetch(`${origin}/metrics`)).text()
  return Number(/^process_cpu_seconds_total\S* (\S+)/m.exec(text)?.[1])
}

const bodyOf = ({ courseId, lectureIds: [lectureId] }: Classroom) =>
  JSON.stringify({ courseId, lectureId, watchTime: 12.5 })

function savesOf(room: Classroom): Saves {
  const origin = room.service.address
  const headers = room.students.map(({ authorization }) => ({ ...json, authorization }))
  const load = { url: `${origin}/api/v1/progress/save`, headers, body: bodyOf(room) }
  return {
    load: (how) => applyLoad({ ...load, method: 'POST', connections: CONNECTIONS, ...how }),
    cpuSeconds: () => cpuSecondsOf(origin),
  }
}

function bareSavesOf(room: Classroom, { url }: Baseline): Saves {
  const headers = room.students.map(({ userId }) => ({ ...json, student: userId }))
  const load = { url: `${url}/save`, headers, body: bodyOf(room) }
  return {
    load: (how) => applyLoad({ ...load, method: 'POST', connections: CONNECTIONS, ...how }),
    cpuSeconds: () => cpuSecondsOf(url),
  }
}

/** All students watch some lectures, with what they watched told as well; it is the first that they do. */
async function bytesPerStudent(room: Classroom): Promise<Figure> {
  const redis = await room.service.stores.connectRedis()
  const used = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  const before = await used()
  for (const lectureId of room.lectureIds) {
    const report = {
      courseId: room.courseId,
      lectureId,
      watchTime: 5,
      ranges: [[0, 5]],
      sessionId: 'bench-0001',
    }
    await savesOf(room).load({ seconds: 0, once: true, body: JSON.stringify(report) })
  }
  const bytes = ((await used()) - before) / STUDENTS
  return againstPromise('progress-save memory per active student', bytes, PROMISED_BYTES, 'B')
}

/** As fast as it goes, and what a request costs of the server's own time, which depends less on what else runs. */
async function* throughput(ours: Saves, bare: Saves): AsyncGenerator<Figure> {
  const [mine, theirs] = [counted(ours), counted(bare)]
  yield await measureInTurns({
    ...{ name: 'progress-save', unit: 'requests/s', rounds: 5 },
    ...{ ours: mine.rate, baseline: theirs.rate },
  })
  yield lessIsBetter('progress-save CPU', mine.microseconds, theirs.microseconds, 'us/request')
}

/** Loads that note what each request cost. */
function counted(saves: Saves) {
  const microseconds: number[] = []
  const rate = async () => {
    const before = await saves.cpuSeconds()
    const { requests, requestsPerSecond } = await saves.load({ seconds: SECONDS })
    microseconds.push((((await saves.cpuSeconds()) - before) * 1e6) / requests)
    return requestsPerSecond
  }
  return { microseconds, rate }
}

async function p99(ours: Saves, bare: Saves): Promise<Figure> {
  const [mine, theirs]: [number[], number[]] = [[], []]
  const at = { seconds: P99_SECONDS, rate: TARGET_RATE }
  for (let round = 0; round < P99_ROUNDS; round += 1) {
    mine.push((await ours.load(at)).p99Ms)
    theirs.push((await bare.load(at)).p99Ms)
  }
  return lessIsBetter(`progress-save p99 at ${TARGET_RATE}/s`, mine, theirs, 'ms')
}

function against(name: string, ours: Saves, baseline: Saves): Promise<Figure> {
  const rate = async (saves: Saves) => (await saves.load({ seconds: SECONDS })).requestsPerSecond
  const turns = { ours: () => rate(ours), baseline: () => rate(baseline) }
  return measureInTurns({ name, unit: 'requests/s', rounds: 2, ...turns })
}
