import { setTimeout as pause } from 'node:timers/promises'
import { openClassroom, type Classroom, type Student } from './classroom.ts'
import { againstPromise, type Figure } from './figures.ts'
import { applyLoad } from './load.ts'

const DIRTY = 10_000
/** Those who go on watching during the flush. */
const WATCHING = 500
const RATE = 2000
const FLUSH_EVERY_MS = 20_000
/** Longer than the pause between two flushes, so that a whole one falls into it. */
const LOAD_SECONDS = 30
const LOOK_EVERY_MS = 20
const PROMISED_SECONDS = 5
const PROMISED_P99_MS = 20
const DIRTY_COUNT = `
local count = 0
for bucket = 0, 255 do count = count + redis.call('ZCARD', 'dirty:{' .. bucket .. '}') end
return count`

/** How long the service takes to bring 10,000 students to MongoDB, and what saves at 2,000 a second feel of it. */
export async function* progressFlushBench(): AsyncGenerator<Figure> {
  const size = { students: DIRTY + WATCHING, lectures: 1 }
  const room = await openClassroom('progress-service', size, { FLUSH_INTERVAL_MS: `${FLUSH_EVERY_MS}` })
  try {
    const redis = await room.service.stores.connectRedis()
    const dirty = async () => Number(await redis.eval(DIRTY_COUNT, 0))
    // A flush that comes meanwhile takes some away again.
    while ((await dirty()) < DIRTY)
      await save(room, room.students.slice(0, DIRTY), { seconds: 0, once: true })
    const watching = save(room, room.students.slice(DIRTY), { seconds: LOAD_SECONDS, rate: RATE })
    const [began, ended] = await timesOfFlush(dirty)
    const { p99Between } = await watching
    yield againstPromise('progress-flush of 10,000 students', (ended - began) / 1000, PROMISED_SECONDS, 's')
    const p99 = p99Between(began, ended)
    yield againstPromise(`progress-flush p99 of saves at ${RATE}/s`, p99, PROMISED_P99_MS, 'ms')
  } finally {
    await room.close()
  }
}

/** From the last look at which all were dirty to the first at which only those who go on are. */
async function timesOfFlush(dirty: () => Promise<number>): Promise<[number, number]> {
  let began = Date.now()
  for (;;) {
    const lookedAt = Date.now()
    const count = await dirty()
    if (count >= DIRTY) began = lookedAt
    if (count <= WATCHING) return [began, Date.now()]
    await pause(LOOK_EVERY_MS)
  }
}

function save(room: Classroom, students: Student[], how: { seconds: number; rate?: number; once?: boolean }) {
  const { courseId, lectureIds } = room
  return applyLoad({
    url: `${room.service.address}/api/v1/progress/save`,
    method: 'POST',
    headers: students.map(({ authorization }) => ({ authorization, 'content-type': 'application/json' })),
    body: JSON.stringify({ courseId, lectureId: lectureIds[0], watchTime: 12.5 }),
    connections: 64,
    ...how,
  })
}
