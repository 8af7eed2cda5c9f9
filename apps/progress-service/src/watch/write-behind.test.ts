import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { Types } from 'mongoose'
import { createPositionBuffer } from './buffer.ts'
import { createFlusher } from './flusher.ts'
import { createProgressStore, progressModel } from './store.ts'

const KEYS = 300
const WRITERS = 40
const FLUSHERS = 3
const ROUND_MS = 30
const SAVES_EACH = 25

const stores = await testStores()
const mongo = await stores.connectMongo()
const Progress = progressModel(mongo)
await stores.prepare(mongo)
const shared = await stores.connectRedis()
after(() => stores.close())

type Place = { userId: string; courseId: string; lectureId: string }
/** A write-behind as one process sees it; each process has connections of its own. */
type WriteBehind = {
  save(place: Place & { watchTime: number }): Promise<unknown>
  flushOnce(): Promise<unknown>
  close(): void
}

async function ours(name: string): Promise<WriteBehind> {
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:${name}:` })
  await redis.connect()
  const buffer = createPositionBuffer(redis, 4)
  const store = createProgressStore(Progress)
  const { flushOnce } = createFlusher({ buffer, store, log: { warn: () => {} } })
  return { save: buffer.save, flushOnce, close: () => redis.disconnect() }
}

/** Source document 001, flow A, to the letter: SMEMBERS, read, bulkWrite, SREM. */
async function seeds(name: string): Promise<WriteBehind> {
  const redis = shared.duplicate({ keyPrefix: `${stores.database}:${name}:` })
  await redis.connect()
  return {
    close: () => redis.disconnect(),
    async save({ userId, courseId, lectureId, watchTime }) {
      const member = `${userId}:${courseId}`
      await redis.hset(`progress:${member}`, lectureId, watchTime)
      await redis.sadd('dirty_keys', member)
    },
    async flushOnce() {
      const members = await redis.smembers('dirty_keys')
      if (members.length === 0) return
      const hashes = await Promise.all(members.map((member) => redis.hgetall(`progress:${member}`)))
      const operations = members.map((member, i) => {
        const [userId, courseId] = member.split(':')
        const seconds = Object.entries(hashes[i] ?? {})
        const set = Object.fromEntries(seconds.map(([id, second]) => [`watchTimes.${id}`, Number(second)]))
        const filter = { userId: new Types.ObjectId(userId), courseId: new Types.ObjectId(courseId) }
        return { updateOne: { filter, update: { $set: set }, upsert: true } }
      })
      await Progress.bulkWrite(operations, { ordered: false }).catch(() => undefined)
      await redis.srem('dirty_keys', ...members)
    },
  }
}

/** Students come, save some times and leave, while flushers run; answers for how many the last save is not stored. */
async function race(open: (name: string) => Promise<WriteBehind>): Promise<{ wrong: number; saves: number }> {
  const name = newId()
  const processes = await Promise.all(Array.from({ length: FLUSHERS }, () => open(name)))
  const places = Array.from({ length: KEYS }, () => ({
    userId: newId(),
    courseId: newId(),
    lectureId: newId(),
  }))
  const acknowledged = new Map<Place, number>()
  let saves = 0
  let running = true
  const waiting = places.slice()
  const writer = async (_: unknown, i: number) => {
    const process = processes[i % FLUSHERS]
    for (let place = waiting.pop(); place !== undefined && process; place = waiting.pop()) {
      for (let watchTime = 1; watchTime <= SAVES_EACH; watchTime += 1) {
        await process.save({ ...place, watchTime })
        acknowledged.set(place, watchTime)
        saves += 1
        await pause(Math.random() * 8)
      }
    }
  }
  const flusher = async (process: WriteBehind) => {
    while (running) {
      await process.flushOnce()
      await pause(ROUND_MS)
    }
  }
  const flushing = processes.map(flusher)
  await Promise.all(Array.from({ length: WRITERS }, writer))
  running = false
  await Promise.all(flushing)
  await processes[0]?.flushOnce()
  for (const process of processes) process.close()
  const rows = await Progress.find({ userId: { $in: places.map((place) => place.userId) } }).lean()
  const stored = new Map(rows.map((row) => [row.userId.toHexString(), row.watchTimes]))
  const wrong = places.filter((p) => stored.get(p.userId)?.[p.lectureId] !== acknowledged.get(p)).length
  return { wrong, saves }
}

test('300 students, 40 writers, 3 flushers: every last save reaches MongoDB', async (t) => {
  const { wrong, saves } = await race(ours)
  t.diagnostic(`${saves} saves, ${wrong} of ${KEYS} students wrong`)
  assert.equal(saves, KEYS * SAVES_EACH)
  assert.equal(wrong, 0)
})

test('mutant: the flow of the source document loses last saves in the same race', async (t) => {
  const { wrong } = await race(seeds)
  t.diagnostic(`${wrong} of ${KEYS} students wrong`)
  assert.ok(wrong > 0)
})
