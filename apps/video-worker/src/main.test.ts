import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { glob, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { videoJob } from '@aetherlearn/contracts/media'
import { openQueue } from '@aetherlearn/service-kit/jobs'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { patientRedis } from '@aetherlearn/service-kit/redis'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { makeClip, programsNaming } from './fixture.ts'

const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
const mongo = await stores.connectMongo()
const objects = join(folder, 'objects')
const disk = createDiskStore({ folder: objects })
const { queue, close: closeQueue } = openQueue(stores.redisUrl, videoJob.queue)
const clip = join(folder, 'clip.mp4')
// Long enough for a worker to be killed in the middle.
await makeClip(clip, { seconds: 20, size: '640x480' })

after(async () => {
  await closeQueue()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

const LOCK_MS = 3000
const workFolder = (name: string) => join(folder, `work-${name}`)

/** A real worker process that is ready for videos; its log lines can be waited for. */
async function startWorker(context: TestContext, name: string) {
  const main = new URL('./main.ts', import.meta.url).pathname
  const settings = {
    ...{ PORT: '0', MONGO_URL: stores.mongoUrl, MONGO_DATABASE: stores.database },
    ...{ REDIS_STATE_URL: stores.redisUrl, OBJECTS_FOLDER: objects, WORK_FOLDER: workFolder(name) },
    ...{ LOCK_DURATION_MS: `${LOCK_MS}`, STALLED_CHECK_MS: '300' },
  }
  const env = { ...process.env, ...settings, NODE_TEST_CONTEXT: undefined }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  context.after(() => child.kill('SIGKILL'))
  const lines: { msg: string; outcome?: string; address?: string }[] = []
  const said = (msg: string) => lines.find((line) => line.msg === msg)
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const ended = once(output, 'close')
  const nextLine = (wanted: string) =>
    Promise.race([
      once(output, 'line'),
      ended.then(() => Promise.reject(new Error(`the worker ended before it said "${wanted}"`))),
    ])
  const hears = async (msg: string) => {
    while (said(msg) === undefined) await nextLine(msg)
    return said(msg)
  }
  const address = (await hears('listening'))?.address
  const read = async (path: string) => (await fetch(`${address}${path}`)).text()
  return { read, kill: (signal: NodeJS.Signals) => child.kill(signal), hears, exited }
}

/** Uploads the clip, sends its job, and waits until some worker is in the middle of it. */
async function videoUnderWay(context: TestContext) {
  const ref = { lectureId: newId(), uploadId: newId(), instructorId: newId() }
  const key = `raw/${ref.uploadId}`
  await disk.put(key, createReadStream(clip))
  const sizeBytes = (await stat(clip)).size
  const payload = { ...ref, rawVideoUrl: `object:${key}`, container: 'mp4' as const, sizeBytes }
  const subscriber = patientRedis(stores.redisUrl)
  context.after(() => subscriber.disconnect())
  await subscriber.subscribe(NOTIFICATIONS)
  const progress = once(subscriber, 'message')
  const envelope = { id: newId(), name: videoJob.queue, payload, traceId: '0'.repeat(32) }
  const job = await queue.add(videoJob.queue, envelope, { jobId: `outbox-${envelope.id}` })
  await progress
  return { ...ref, jobId: job.id ?? '' }
}
type Video = Awaited<ReturnType<typeof videoUnderWay>>

async function assertReadyOnce({ lectureId, uploadId }: Video, attempts: number) {
  const media = await mongo.collection('media').findOne({ lectureId })
  assert.deepEqual([media?.['state'], media?.['attempts']], ['READY', attempts])
  const rows = await outboxModel(mongo).find({ 'payload.lectureId': lectureId }).sort({ _id: 1 }).lean()
  assert.deepEqual(
    rows.map((row) => row.name),
    ['media.playable', 'media.ready'],
  )
  const kept = await readdir(join(objects, 'objects/media', lectureId, uploadId))
  assert.deepEqual(kept, [media?.['runId']], 'no other attempt left output in the store')
  assert.ok(await disk.head(`${rows[1]?.payload.folder}/video.mp4`))
}

test('a worker killed in the middle leaves no ffmpeg; its video is made by the next one, once', async (context) => {
  const first = await startWorker(context, 'killed')
  const video = await videoUnderWay(context)
  first.kill('SIGKILL')
  await first.exited
  while ((await programsNaming(workFolder('killed'))).length > 0) await pause(10)
  const playlists: string[] = []
  for await (const name of glob('**/index.m3u8', { cwd: workFolder('killed') })) playlists.push(name)
  assert.deepEqual(playlists, [], 'ffmpeg went on after its worker was dead')
  const [left = ''] = await readdir(workFolder('killed'))
  assert.notEqual(left, '', 'the killed worker could not clean up')
  const second = await startWorker(context, 'killed')
  assert.ok(!(await readdir(workFolder('killed'))).includes(left), 'the next one has cleaned up for it')
  assert.equal((await second.hears('video done'))?.outcome, 'ready')
  await assertReadyOnce(video, 2)
  assert.deepEqual(await readdir(workFolder('killed')), [])
})

test('a frozen worker that wakes up publishes nothing and removes what it made', async (context) => {
  const frozen = await startWorker(context, 'frozen')
  const video = await videoUnderWay(context)
  frozen.kill('SIGSTOP')
  const other = await startWorker(context, 'other')
  assert.equal((await other.hears('video done'))?.outcome, 'ready')
  await assertReadyOnce(video, 2)
  frozen.kill('SIGCONT')
  assert.equal((await frozen.hears('video done'))?.outcome, 'superseded')
  await assertReadyOnce(video, 2)
  assert.deepEqual(await readdir(workFolder('frozen')), [])
})

test('asked to stop, a worker hands its video back at once, and no attempt is counted', async (context) => {
  const stopped = await startWorker(context, 'stopped')
  const video = await videoUnderWay(context)
  stopped.kill('SIGTERM')
  assert.deepEqual(await stopped.exited, [0, null])
  assert.deepEqual(await readdir(workFolder('stopped')), [])
  const job = await queue.getJob(video.jobId)
  assert.deepEqual([job?.attemptsMade, job?.stalledCounter, await job?.isActive()], [0, 0, false])
  const next = await startWorker(context, 'stopped')
  assert.equal((await next.hears('video done'))?.outcome, 'ready')
  await assertReadyOnce(video, 1)
  assert.match(await next.read('/health/ready'), /"status":"ready"/)
  assert.match(await next.read('/metrics'), /video_processing_seconds_count\{outcome="ready"\} 1/)
})
