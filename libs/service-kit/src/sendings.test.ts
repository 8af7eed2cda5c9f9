import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { videoJob } from '@aetherlearn/contracts/media'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { pino } from 'pino'
import { openQueue, openWorker } from './jobs.ts'
import { heardModel } from './listener.ts'
import { prepareModels, transaction } from './mongo.ts'
import { createOutbox, outboxModel } from './outbox.ts'
import { openSender, startRelay } from './relay.ts'
import { createSendings } from './sendings.ts'

// Its Redis is wiped.
const stores = await ownStores()
const mongo = await stores.connectMongo()
const redis = await stores.connectRedis()
const log = pino({ level: 'silent' })
const outbox = createOutbox(mongo)
const rows = outboxModel(mongo)
heardModel(mongo)
await prepareModels(mongo)
const sender = openSender({ connection: mongo, redisUrl: stores.redisUrl, log })
const videos = openQueue(stores.redisUrl, videoJob.queue)
const counter = `outbox:${stores.database}:sendings`
after(async () => {
  await sender.close()
  await videos.close()
  await stores.close()
})

const aVideo = () => ({
  lectureId: newId(),
  uploadId: newId(),
  rawVideoUrl: 'object:raw/1',
  instructorId: newId(),
  container: 'mp4' as const,
  sizeBytes: 1000,
})
/** Leaves it, and sees it sent. */
async function leaveVideo() {
  const video = aVideo()
  const id = video.uploadId
  await transaction(mongo, (session) => outbox.addJob(videoJob, video, session, { id }))
  await sender.sendDue()
  return id
}
const waiting = async () => (await videos.queue.getWaiting()).map(({ id = '' }) => id).sort()
const jobOf = (id: string) => `outbox-${id}`
const sentJob = async (id: string) => {
  const job = (await outbox.jobs([id])).get(id)
  assert.ok(job)
  return job
}

test('of 20 jobs and an event in a Redis that is wiped, all are there again, once', async () => {
  const ids: string[] = []
  // A few at once: who waits too long for a connection to MongoDB is refused one.
  while (ids.length < 20) ids.push(...(await Promise.all(Array.from({ length: 4 }, leaveVideo))))
  const fact = { courseId: newId(), userId: newId(), sequence: 1, at: new Date().toISOString() }
  await transaction(mongo, (session) => outbox.add(enrolmentCreated, fact, session))
  await sender.sendDue()
  assert.equal((await waiting()).length, 20)
  await redis.flushall()
  assert.deepEqual(await waiting(), [])
  await sender.sendDue()
  assert.deepEqual(await waiting(), ids.map(jobOf).sort())
  const events = openQueue(stores.redisUrl, 'events-progress-service')
  const heard = await events.queue.getWaiting()
  await events.close()
  assert.deepEqual(
    heard.map(({ data }) => data.payload),
    [fact],
  )
  assert.equal(await sender.sendDue(), 0)
})

test('of a Redis that lost its last second, what was sent in it is sent again, and nothing else', async () => {
  await sender.sendDue()
  const kept = await leaveVideo()
  const before = await sentJob(kept)
  const reached = await redis.get(counter)
  const lost = await leaveVideo()
  // As after a failover to a replica that lagged behind.
  await videos.queue.remove(jobOf(lost))
  await redis.set(counter, String(reached))
  await sender.sendDue()
  assert.ok((await waiting()).includes(jobOf(lost)))
  assert.deepEqual(await sentJob(kept), before)
})

test('a Redis wiped between sending and counting does not pass for one that has it all', async () => {
  const id = await leaveVideo()
  const sendings = createSendings(mongo, redis, log)
  const reached = await sendings.recallLost()
  await redis.flushall()
  await assert.rejects(sendings.count(reached), /wiped/)
  assert.deepEqual((await outbox.jobs([id])).get(id), undefined)
  assert.equal(await rows.countDocuments({ sentAt: { $ne: null } }), 0)
})

test('work that came to nothing is sent again under a new id, by the first of those who ask', async () => {
  const id = newId()
  await transaction(mongo, (session) =>
    outbox.addJob(videoJob, { ...aVideo(), uploadId: id }, session, { id }),
  )
  await sender.sendDue()
  const job = await sentJob(id)
  const worker = openWorker({ redisUrl: stores.redisUrl, queue: videoJob.queue }, async () => 'done')
  // It does those that were left before as well, and several may be done in one turn.
  const completed = new Set<string>()
  worker.worker.on('completed', (one) => completed.add(one.id ?? ''))
  const done = async (jobId: string) => {
    while (!completed.has(jobId)) await once(worker.worker, 'completed')
  }
  await done(job.jobId)
  const asked = await Promise.all([1, 2, 3].map(() => outbox.sendAgain(job)))
  assert.deepEqual(asked.sort(), [false, false, true])
  await sender.sendDue()
  await done(`${job.jobId}-1`)
  await worker.close()
  assert.equal((await sentJob(id)).jobId, `${job.jobId}-1`)
})

test('a relay that waits for a Redis which is away can be stopped, and loses nothing', async () => {
  const waitingRelay = startRelay({ connection: mongo, outbox, redisUrl: stores.redisUrl, log })
  await waitingRelay.sendDue()
  await stores.redis.signal('SIGKILL')
  const id = newId()
  await transaction(mongo, (session) =>
    outbox.addJob(videoJob, { ...aVideo(), uploadId: id }, session, { id }),
  )
  await waitingRelay.stop()
  await stores.redis.restart()
  assert.deepEqual((await outbox.jobs([id])).get(id), undefined)
  const next = startRelay({ connection: mongo, outbox, redisUrl: stores.redisUrl, log })
  await next.sendDue()
  assert.ok((await waiting()).includes(jobOf(id)))
  await next.stop()
})
