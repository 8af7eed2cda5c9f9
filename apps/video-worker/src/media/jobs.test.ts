import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { lectureProgress, videoJob } from '@aetherlearn/contracts/media'
import { openQueue, queuePrefix } from '@aetherlearn/service-kit/jobs'
import { NOTIFICATIONS, createLive } from '@aetherlearn/service-kit/live'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { patientRedis } from '@aetherlearn/service-kit/redis'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { QueueEvents } from 'bullmq'
import { pino } from 'pino'
import { makeClip, ownStoreOnly, programs, quickest } from '../fixture.ts'
import { startVideoWorker } from './jobs.ts'
import { MAX_ATTEMPTS } from './deps.ts'
import type { Outcome } from './process-video.ts'
import { createProgress } from './progress.ts'
import { createTaskStore } from './task-store.ts'
import { createMediaStore } from './store.ts'
import { openWorkFolder } from './work-folder.ts'

// Own stores: the queue has one name everywhere, and tests of other apps fill it too.
const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
const mongo = await stores.connectMongo()
const outbox = createOutbox(mongo)
const media = createMediaStore(mongo, outbox)
const tasks = createTaskStore(mongo)
await stores.prepare(mongo)
const disk = createDiskStore({ folder: join(folder, 'objects') })
const { queue, close: closeQueue } = openQueue(stores.redisUrl, videoJob.queue)
const events = new QueueEvents(videoJob.queue, {
  connection: { url: stores.redisUrl },
  prefix: queuePrefix(videoJob.queue),
})
await events.waitUntilReady()
const clip = join(folder, 'clip.mp4')
await makeClip(clip, { seconds: 2, size: '320x240' })

after(async () => {
  await events.close()
  await closeQueue()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

async function startWorker(context: TestContext, objects: ObjectStore = disk) {
  const work = join(folder, 'work')
  const outcomes: Outcome[] = []
  const redis = await stores.connectRedis()
  const workFolder = await openWorkFolder(work)
  const worker = startVideoWorker({
    ...{
      media,
      tasks,
      objects,
      source: ownStoreOnly,
      workFolder,
      settings: quickest,
      format: 'fmp4',
      concurrency: 1,
    },
    programs,
    ...{ redisUrl: stores.redisUrl, live: createLive(redis), progress: createProgress(redis) },
    ...{ log: pino({ level: 'silent' }), lockDurationMs: 2000, stalledCheckMs: 500, retryDelayMs: 1 },
    onOutcome: (outcome) => outcomes.push(outcome),
    onStage: () => {},
  })
  context.after(() => worker.stop())
  context.after(workFolder.close)
  return { outcomes, workLeft: () => readdir(work) }
}

async function upload(file: string) {
  const ref = { lectureId: newId(), uploadId: newId(), instructorId: newId() }
  const key = `raw/${ref.uploadId}`
  await disk.put(key, createReadStream(file))
  return {
    ...ref,
    rawVideoUrl: `object:${key}`,
    container: 'mp4' as const,
    sizeBytes: (await stat(file)).size,
  }
}
type Video = Awaited<ReturnType<typeof upload>>

async function send(video: Video) {
  const envelope = { id: newId(), name: videoJob.queue, payload: video, traceId: 'a'.repeat(32) }
  return queue.add(videoJob.queue, envelope, { jobId: `outbox-${envelope.id}` })
}
const outcomeOf = async (job: Awaited<ReturnType<typeof send>>) => job.waitUntilFinished(events, 60_000)

const eventsAbout = ({ lectureId }: Video) =>
  outboxModel(mongo).find({ 'payload.lectureId': lectureId }).lean()
const mediaOf = ({ lectureId }: Video) => mongo.collection('media').findOne({ lectureId })
const attemptsInStore = ({ lectureId, uploadId }: Video) =>
  readdir(join(folder, 'objects/objects/media', lectureId, uploadId)).catch(() => [])

test('a video becomes ready once, its files are in the store, and nothing is left on the disk', async (context) => {
  const { workLeft } = await startWorker(context)
  const video = await upload(clip)
  assert.equal(await outcomeOf(await send(video)), 'ready')
  const [event, ...others] = await eventsAbout(video)
  assert.deepEqual(others, [])
  assert.equal(event?.name, 'media.ready')
  assert.equal(event?.traceId, 'a'.repeat(32))
  for (const name of ['video', 'poster', 'storyboard']) {
    assert.ok(await disk.head(`${event?.payload.folder}/${event?.payload[name]}`), name)
  }
  assert.ok(await disk.head(`${event?.payload.folder}/240p/index.m3u8`))
  assert.deepEqual(await workLeft(), [])
  assert.equal((await mediaOf(video))?.['state'], 'READY')
})

test('the same video sent again changes nothing, and what became of it is told again', async (context) => {
  await startWorker(context)
  const video = await upload(clip)
  assert.equal(await outcomeOf(await send(video)), 'ready')
  const before = await attemptsInStore(video)
  assert.equal(await outcomeOf(await send(video)), 'superseded')
  const [first, again, ...others] = await eventsAbout(video)
  assert.deepEqual([again?.name, again?.payload, others], ['media.ready', first?.payload, []])
  assert.deepEqual(await attemptsInStore(video), before)
})

test('a file that is no video fails at its first try, with advice for its instructor', async (context) => {
  const { workLeft } = await startWorker(context)
  const text = join(folder, 'text.mp4')
  await writeFile(text, 'not a video\n')
  const video = await upload(text)
  assert.equal(await outcomeOf(await send(video)), 'failed')
  const [event, ...others] = await eventsAbout(video)
  assert.deepEqual(others, [])
  assert.equal(event?.name, 'media.failed')
  assert.equal(event?.payload.failure.code, 'UNREADABLE')
  assert.match(event?.payload.failure.advice, /upload/)
  assert.equal((await mediaOf(video))?.['attempts'], 1)
  assert.deepEqual(await attemptsInStore(video), [])
  assert.deepEqual(await workLeft(), [])
})

test('an object store that fails for a while costs tries, not the video', async (context) => {
  let failures = 11
  const flaky = {
    ...disk,
    read: async (key: string) => {
      if (failures-- > 0) throw new Error('503 SlowDown')
      return disk.read(key)
    },
  }
  await startWorker(context, flaky)
  const video = await upload(clip)
  assert.equal(await outcomeOf(await send(video)), 'ready')
  assert.equal((await mediaOf(video))?.['attempts'], 3)
  assert.equal((await eventsAbout(video)).length, 1)
})

test('a source that never arrives whole ends as failed after five tries', async (context) => {
  const { workLeft } = await startWorker(context)
  const video = { ...(await upload(clip)), sizeBytes: 1_000_000_000 }
  assert.equal(await outcomeOf(await send(video)), 'failed')
  const [event] = await eventsAbout(video)
  assert.equal(event?.payload.failure.code, 'ATTEMPTS_USED_UP')
  assert.equal((await mediaOf(video))?.['attempts'], MAX_ATTEMPTS + 1)
  assert.deepEqual(await workLeft(), [])
})

test('files that could not all be stored leave none of them behind', async (context) => {
  let puts = 0
  const full = {
    ...disk,
    put: async (...args: Parameters<ObjectStore['put']>) => {
      puts += 1
      if (puts === 4) throw new Error('no room')
      return disk.put(...args)
    },
  }
  await startWorker(context, full)
  const video = await upload(clip)
  assert.equal(await outcomeOf(await send(video)), 'ready')
  assert.equal((await attemptsInStore(video)).length, 1)
})

test('a job of the wrong form is put aside, and the next one is done', async (context) => {
  await startWorker(context)
  const good = await upload(clip)
  const bad = await send({ ...good, uploadId: '../../etc' })
  await assert.rejects(outcomeOf(bad), /wrong form/)
  assert.equal(await outcomeOf(await send(good)), 'ready')
})

test('the instructor hears the progress up to 100, never falling', async (context) => {
  await startWorker(context)
  const video = await upload(clip)
  const subscriber = patientRedis(stores.redisUrl)
  context.after(() => subscriber.disconnect())
  await subscriber.subscribe(NOTIFICATIONS)
  const percents: number[] = []
  const ended = Promise.withResolvers<void>()
  subscriber.on('message', (_channel, text) => {
    const { userId, type, payload } = JSON.parse(text)
    if (userId !== video.instructorId) return
    assert.deepEqual([type, payload.lectureId], [lectureProgress.name, video.lectureId])
    percents.push(payload.percent)
    if (payload.percent === 100) ended.resolve()
  })
  const job = await send(video)
  assert.equal(await outcomeOf(job), 'ready')
  await ended.promise
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  )
  assert.equal((await queue.getJob(job.id ?? ''))?.progress, 100)
})
