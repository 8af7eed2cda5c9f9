import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { after, test } from 'node:test'
import { enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { apps } from '@aetherlearn/contracts/system'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { Schema } from 'mongoose'
import { pino } from 'pino'
import { eventQueue, openQueue } from './jobs.ts'
import { on, startListener } from './listener.ts'
import { prepareModels, transaction, type Session } from './mongo.ts'
import { createOutbox, jobIdOf, outboxModel } from './outbox.ts'
import { startRelay } from './relay.ts'

// Queues are named by app, so this test needs a Redis that no other test listens on.
const stores = await ownStores()
const mongo = await stores.connectMongo()
const log = pino({ level: 'silent' })
const outbox = createOutbox(mongo)
const Fact = mongo.model('Fact', new Schema({ courseId: String, userId: String, heard: Number }))
const heard = new EventEmitter<{ event: [string] }>()

const count = async ({ userId }: { userId: string }, session: Session) => {
  await Fact.updateOne({ userId }, { $inc: { heard: 1 } }, { upsert: true, session })
  return async () => void heard.emit('event', userId)
}
const ignore = async () => {}
const handlers = apps['progress-service'].hears.map((event) =>
  event.name === enrolmentCreated.name ? on(enrolmentCreated, count) : on(event, ignore),
)
const listener = startListener(
  { app: 'progress-service', connection: mongo, redisUrl: stores.redisUrl, log },
  handlers,
)
await prepareModels(mongo)
const relay = startRelay({ connection: mongo, outbox, redisUrl: stores.redisUrl, log })
after(async () => {
  await relay.stop()
  await listener.stop()
  await stores.close()
})

const fact = (userId: string) => ({ courseId: newId(), userId, sequence: 1, at: new Date().toISOString() })
const heardOf = (userId: string) => once(heard, 'event').then(([id]) => assert.equal(id, userId))
const rows = outboxModel(mongo)

test('an event left in a transaction reaches its listener, and its row is marked as sent', async () => {
  const userId = newId()
  const arrived = heardOf(userId)
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact(userId), session))
  await arrived
  assert.equal((await Fact.findOne({ userId }))?.heard, 1)
  // Marked after it was sent, so perhaps after it was heard.
  while ((await relay.sendDue()) > 0);
  assert.equal(await rows.countDocuments({ sentAt: null }), 0)
})

test('what was heard of somebody is not kept in the queue', { timeout: 10_000 }, async () => {
  const userId = newId()
  const arrived = heardOf(userId)
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact(userId), session))
  await arrived
  const row = await rows.findOne({ 'payload.userId': userId }).lean().orFail()
  const open = openQueue(stores.redisUrl, eventQueue('progress-service'))
  // The note that it was heard comes first.
  while ((await open.queue.getJob(jobIdOf(row)))?.data.payload !== null);
  await open.close()
})

test('a transaction that is rolled back leaves no event', async () => {
  const userId = newId()
  const broken = transaction(mongo, async (session) => {
    await outbox.add(enrolmentCreated, fact(userId), session)
    throw new Error('changed my mind')
  })
  await assert.rejects(broken, /changed my mind/)
  assert.equal(await rows.countDocuments({ 'payload.userId': userId }), 0)
})

test('an event relayed twice, even after its job was forgotten, has one effect', async () => {
  const userId = newId()
  const first = heardOf(userId)
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact(userId), session))
  await first
  const redis = await stores.connectRedis()
  // As after a wiped Redis: BullMQ no longer knows the job id.
  await redis.flushall()
  const marker = newId()
  await rows.updateMany({ 'payload.userId': userId }, { $set: { sentAt: null } })
  await relay.sendDue()
  const later = heardOf(marker)
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact(marker), session))
  await later
  assert.equal((await Fact.findOne({ userId }))?.heard, 1)
})

test('events left while Redis is away are relayed when it is back', async () => {
  const userId = newId()
  const arrived = heardOf(userId)
  await stores.redis.signal('SIGSTOP')
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact(userId), session))
  assert.equal(await rows.countDocuments({ sentAt: null, 'payload.userId': userId }), 1)
  await stores.redis.signal('SIGCONT')
  await arrived
})

test('a listener whose handlers do not match the map does not start', () => {
  const options = { app: 'progress-service', connection: mongo, redisUrl: stores.redisUrl, log } as const
  assert.throws(() => startListener(options, []), /the map says it hears/)
})
