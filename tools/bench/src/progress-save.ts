import { startBaseline, type Baseline } from './baseline.ts'
import { openClassroom, type Classroom } from './classroom.ts'
import { againstPromise, type Figure } from './figures.ts'
import { against, p99At, postsTo, throughput, type Posts } from './posts.ts'

const STUDENTS = 10_000
/** 10,000 students who save every 5 s. */
const TARGET_RATE = 2000
const PROMISED_BYTES = 1500
const LECTURES_EACH = 3

/** Saves, token and input checked, against a bare route with one equivalent Redis call, and against writes to MongoDB. */
export async function* progressSaveBench(): AsyncGenerator<Figure> {
  const room = await openClassroom('progress-service', { students: STUDENTS, lectures: LECTURES_EACH })
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
    yield* throughput('progress-save', ours, bare)
    yield await p99At('progress-save', TARGET_RATE, ours, bare)
    const piped = bareSavesOf(room, await start('./baseline-redis-call.ts', ['auto-pipelining']))
    yield await against('progress-save against auto-pipelining', ours, piped)
    const naive = bareSavesOf(room, await start('./baseline-mongo-save.ts'))
    yield await against('progress-save against MongoDB', ours, naive)
  } finally {
    for (const { stop } of baselines) await stop()
    await room.close()
  }
}

const bodyOf = ({ courseId, lectureIds: [lectureId] }: Classroom) =>
  JSON.stringify({ courseId, lectureId, watchTime: 12.5 })

function savesOf(room: Classroom): Posts {
  const headers = room.students.map(({ authorization }) => ({ authorization }))
  return postsTo({
    origin: room.service.address,
    path: '/api/v1/progress/save',
    headers,
    body: bodyOf(room),
  })
}

function bareSavesOf(room: Classroom, { url }: Baseline): Posts {
  const headers = room.students.map(({ userId }) => ({ student: userId }))
  return postsTo({ origin: url, path: '/save', headers, body: bodyOf(room) })
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
