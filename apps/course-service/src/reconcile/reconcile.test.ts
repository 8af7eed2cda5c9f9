import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { mediaReady, videoJob } from '@aetherlearn/contracts/media'
import { openQueue, openWorker } from '@aetherlearn/service-kit/jobs'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { pino } from 'pino'
import { draftOf, openFixture, uploadTiny } from '../fixture.ts'
import { openVideoQueue } from './jobs.ts'
import { createReconciler } from './reconcile.ts'

// Its Redis is wiped and killed.
const stores = await ownStores()
const fixture = await openFixture(stores, await createTokenMint())
const instructor = await fixture.person('instructor')
const redis = await stores.connectRedis()
const log = pino({ level: 'silent' })
const outbox = createOutbox(fixture.mongo)
const rows = outboxModel(fixture.mongo)
const relay = startRelay({ connection: fixture.mongo, outbox, redisUrl: stores.redisUrl, log })
const videos = openQueue(stores.redisUrl, videoJob.queue)
const queue = openVideoQueue(stores.redisUrl)
const { waiting } = fixture.stores
const deps = { waiting, outbox, queue, objects: fixture.objects, log, afterMs: 120_000 }
const instance = (atOnce = 500) => createReconciler({ ...deps, atOnce })
after(async () => {
  await relay.stop()
  await queue.close()
  await videos.close()
  await fixture.close()
  await stores.close()
})

/** What waits is every instance's business, so each test begins without. */
afterEach(async () => {
  await fixture.stores.models.Lectures.deleteMany({})
  await videos.queue.obliterate({ force: true })
})

const minutesOn = (minutes: number) => new Date(Date.now() + minutes * 60_000)
type Video = { lectureId: string; uploadId: string; instructorId: string }
const videoOf = ({ data }: { data: { payload: unknown } }) => data.payload as Video
const jobsOf = async (uploadId: string) => {
  await relay.sendDue()
  return (await videos.queue.getJobs()).filter((job) => videoOf(job).uploadId === uploadId)
}
const statusOf = async (lectureId: string) =>
  (await instructor.courses.getLecture({ params: { lectureId } })).status

/** A lecture in PROCESSING whose job is in the queue. */
async function aWaitingLecture() {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const uploadId = await uploadTiny(instructor, lectureId)
  const [job] = await jobsOf(uploadId)
  assert.ok(job)
  return { lectureId, uploadId, job }
}

const tell = ({ lectureId, uploadId, instructorId }: Video) => {
  const folder = `media/${lectureId}/${uploadId}/1`
  const names = { hls: 'a', video: 'b', poster: 'c', storyboard: 'd' }
  const size = { durationSeconds: 9, width: 2, height: 2 }
  return fixture.hear(mediaReady, { lectureId, uploadId, instructorId, folder, ...names, ...size })
}
/** Stands for video-worker: takes everything up, until `count` videos were told of. */
async function workUntil(count: number, work: (video: Video) => Promise<unknown>) {
  const enough = Promise.withResolvers<void>()
  let done = 0
  const { worker, close } = openWorker({ redisUrl: stores.redisUrl, queue: videoJob.queue }, async (job) => {
    await work(videoOf(job))
  })
  worker.on('completed', () => (done += 1) === count && enough.resolve())
  await enough.promise
  await close()
}

test('of 20 videos that wait in a Redis which is wiped, all become READY', async () => {
  const { lectureIds } = await draftOf(
    instructor,
    Array.from({ length: 20 }, (_, n) => `Lecture ${n}`),
  )
  for (const lectureId of lectureIds) await uploadTiny(instructor, lectureId)
  await relay.sendDue()
  assert.equal(await videos.queue.getWaitingCount(), 20)
  await redis.flushall()
  await workUntil(20, tell)
  const states = await Promise.all(lectureIds.map(statusOf))
  assert.deepEqual(new Set(states), new Set(['READY']))
})

test('a job that Redis lost without a trace is sent again after a while, once, by whoever finds it first', async () => {
  const { uploadId, job } = await aWaitingLecture()
  await job.remove()
  assert.equal(await instance()(minutesOn(1)), 0)
  const sent = await Promise.all([1, 2, 3, 4].map(() => instance()(minutesOn(3))))
  assert.equal(
    sent.reduce((sum, count) => sum + count),
    1,
  )
  assert.equal((await jobsOf(uploadId)).length, 1)
  assert.equal(await instance()(minutesOn(4)), 0)
})

test('a job that waits, for its turn or for another try, is never doubled, however long it waits', async () => {
  const { uploadId } = await aWaitingLecture()
  const delayed = await aWaitingLecture()
  await delayed.job.remove()
  await videos.queue.add(videoJob.queue, delayed.job.data, { jobId: delayed.job.id ?? '', delay: 3600_000 })
  const prioritized = await aWaitingLecture()
  await prioritized.job.changePriority({ priority: 5 })
  assert.equal(await instance()(minutesOn(3 * 24 * 60)), 0)
  for (const id of [uploadId, delayed.uploadId, prioritized.uploadId])
    assert.equal((await jobsOf(id)).length, 1)
})

test('a video that is being worked on is left alone, and done again where the news of its end was lost', async () => {
  const { lectureId } = await aWaitingLecture()
  let sentMeanwhile: number | undefined
  await workUntil(1, async () => {
    sentMeanwhile = await instance()(minutesOn(60))
  })
  assert.equal(sentMeanwhile, 0)
  assert.equal(await statusOf(lectureId), 'PROCESSING')
  assert.equal(await instance()(minutesOn(1)), 0)
  assert.equal(await instance()(minutesOn(3)), 1)
  await workUntil(1, tell)
  assert.equal(await statusOf(lectureId), 'READY')
  assert.equal(await instance()(minutesOn(60)), 0)
})

test('a lecture that got another video meanwhile is left alone, and only the new one is looked after', async () => {
  const { lectureId, uploadId, job } = await aWaitingLecture()
  const newer = await uploadTiny(instructor, lectureId)
  const [newerJob] = await jobsOf(newer)
  await job.remove()
  await newerJob?.remove()
  assert.equal(await instance()(minutesOn(3)), 1)
  assert.equal((await jobsOf(uploadId)).length, 0)
  assert.equal((await jobsOf(newer)).length, 1)
})

test('a job is sent again as it was, also when the outbox has forgotten it', async () => {
  const { uploadId, job } = await aWaitingLecture()
  await job.remove()
  await rows.deleteOne({ _id: uploadId })
  const sent = await Promise.all([1, 2, 3].map(() => instance()()))
  assert.deepEqual(sent.sort(), [0, 0, 1])
  const [again] = await jobsOf(uploadId)
  assert.deepEqual(again?.data.payload, job.data.payload)
})

test('a few videos are looked at in a round, and in the end all of them', async () => {
  const all = []
  for (let n = 0; n < 5; n += 1) all.push(await aWaitingLecture())
  await videos.queue.obliterate({ force: true })
  const round = instance(2)
  const sent = [await round(minutesOn(3)), await round(minutesOn(3)), await round(minutesOn(3))]
  assert.deepEqual(sent, [2, 2, 1])
  for (const { uploadId } of all) assert.equal((await jobsOf(uploadId)).length, 1)
})

test('an upload that is completed while Redis is down waits for it, and the job is there when it is back', async () => {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  await stores.redis.signal('SIGKILL')
  const uploadId = await uploadTiny(instructor, lectureId)
  assert.equal(await statusOf(lectureId), 'PROCESSING')
  assert.notEqual(await outbox.oldestDue(), undefined)
  await stores.redis.restart()
  assert.equal((await jobsOf(uploadId)).length, 1)
  assert.equal(await outbox.oldestDue(), undefined)
})

test('how long the oldest lecture waits is known', async () => {
  assert.equal(await waiting.oldestSince(), undefined)
  const before = Date.now()
  await aWaitingLecture()
  const since = await waiting.oldestSince()
  await aWaitingLecture()
  assert.deepEqual(await waiting.oldestSince(), since)
  assert.ok(since !== undefined && since.getTime() >= before && since.getTime() <= Date.now())
})
