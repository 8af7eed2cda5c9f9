import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { videoJob } from '@aetherlearn/contracts/media'
import { queuePrefix } from '@aetherlearn/service-kit/jobs'
import { createLive } from '@aetherlearn/service-kit/live'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { Queue, QueueEvents } from 'bullmq'
import { pino } from 'pino'
import { makeClip, ownStoreOnly, programs, quickest } from '../fixture.ts'
import { startVideoWorker } from './jobs.ts'
import { createProgress } from './progress.ts'
import { createMediaStore } from './store.ts'
import { createTaskStore } from './task-store.ts'
import { openWorkFolder } from './work-folder.ts'

const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
const mongo = await stores.connectMongo()
const media = createMediaStore(mongo, createOutbox(mongo))
const tasks = createTaskStore(mongo)
await stores.prepare(mongo)
const disk = createDiskStore({ folder: join(folder, 'objects') })
/** As anybody's: without a word on tries, pauses or envelopes. */
const where = { connection: { url: stores.redisUrl }, prefix: queuePrefix(videoJob.queue) }
const queue = new Queue(videoJob.queue, where)
const events = new QueueEvents(videoJob.queue, where)
await events.waitUntilReady()
const clip = join(folder, 'clip.webm')
await makeClip(clip, {
  ...{ seconds: 1, size: '320x240', audio: false },
  options: ['-c:v', 'libvpx', '-deadline', 'realtime'],
})

after(async () => {
  await events.close()
  await queue.close()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

async function startWorker(context: TestContext, objects: ObjectStore = disk) {
  const redis = await stores.connectRedis()
  const workFolder = await openWorkFolder(join(folder, 'work'))
  const worker = startVideoWorker({
    ...{ media, tasks, objects, source: ownStoreOnly, workFolder, programs, settings: quickest },
    ...{ format: 'fmp4', concurrency: 1, redisUrl: stores.redisUrl, live: createLive(redis) },
    ...{ progress: createProgress(redis), log: pino({ level: 'silent' }) },
    ...{ lockDurationMs: 2000, stalledCheckMs: 500, retryDelayMs: 1, onOutcome: () => {}, onStage: () => {} },
  })
  context.after(() => worker.stop())
  context.after(workFolder.close)
}

async function jobOf(rawVideoUrl?: string) {
  const job = { lectureId: newId(), instructorId: newId() }
  const key = `raw/${job.lectureId}`
  if (rawVideoUrl === undefined) await disk.put(key, createReadStream(clip))
  return { ...job, rawVideoUrl: rawVideoUrl ?? `object:${key}` }
}
const outcomeOf = async (payload: object) =>
  (await queue.add('transcode', payload)).waitUntilFinished(events, 60_000)
const eventOf = async (lectureId: string) => {
  const rows = await outboxModel(mongo).find({ 'payload.lectureId': lectureId }).lean()
  return rows.filter(({ name }) => name !== 'media.playable')
}

test('the bare job of the source document becomes a video, known by the id of its lecture', async (context) => {
  await startWorker(context)
  const job = await jobOf()
  assert.equal(await outcomeOf(job), 'ready')
  const [event, ...others] = await eventOf(job.lectureId)
  assert.deepEqual([event?.name, event?.payload.uploadId, others], ['media.ready', job.lectureId, []])
  assert.match(event?.traceId ?? '', /^[0-9a-f]{32}$/)
  assert.ok(await disk.head(`${event?.payload.folder}/${event?.payload.video}`))
  assert.equal(await outcomeOf(job), 'superseded', 'the same job again changes nothing')
})

test('a producer that asked for one try has as many as the others', async (context) => {
  let failures = 7
  const read: ObjectStore['read'] = async (...args) => {
    if (failures-- > 0) throw new Error('503 SlowDown')
    return disk.read(...args)
  }
  await startWorker(context, { ...disk, read })
  const job = await jobOf()
  assert.equal(await outcomeOf(job), 'ready')
  const row = await mongo.collection('media').findOne({ lectureId: job.lectureId })
  assert.equal(row?.['attempts'], 2)
})

test('a source on a host that is none of ours fails at once, with advice', async (context) => {
  await startWorker(context)
  const job = await jobOf('http://169.254.169.254/latest/meta-data')
  assert.equal(await outcomeOf(job), 'failed')
  const [event] = await eventOf(job.lectureId)
  assert.deepEqual([event?.name, event?.payload.failure.code], ['media.failed', 'SOURCE_REFUSED'])
  assert.match(event?.payload.failure.advice, /Upload the video file/)
})

test('what is no job is put aside', async (context) => {
  await startWorker(context)
  await assert.rejects(outcomeOf({ ...(await jobOf()), lectureId: '../../etc' }), /wrong form/)
  await assert.rejects(outcomeOf({ ...(await jobOf()), sha256: 'x' }), /wrong form/)
})
