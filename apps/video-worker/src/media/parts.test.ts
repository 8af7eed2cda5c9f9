import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { videoJob } from '@aetherlearn/contracts/media'
import { openQueue, queuePrefix } from '@aetherlearn/service-kit/jobs'
import { createLive } from '@aetherlearn/service-kit/live'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { ownStores } from '@aetherlearn/testing/stores'
import { QueueEvents } from 'bullmq'
import { pino } from 'pino'
import { makeClip, ownStoreOnly, programs, quickest } from '../fixture.ts'
import type { SegmentFormat } from '../transcode/plan.ts'
import type { VideoDeps } from './deps.ts'
import { fetchObject } from './files.ts'
import { startVideoWorker } from './jobs.ts'
import { createProgress } from './progress.ts'
import { createMediaStore } from './store.ts'
import { createTaskStore } from './task-store.ts'
import { openWorkFolder } from './work-folder.ts'

const run = promisify(execFile)
// Own stores: the queues have one name everywhere, and tests of other apps fill them too.
const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-parts-test-'))
const mongo = await stores.connectMongo()
const media = createMediaStore(mongo, createOutbox(mongo))
const tasks = createTaskStore(mongo)
await stores.prepare(mongo)
const redis = await stores.connectRedis()
const disk = createDiskStore({ folder: join(folder, 'objects') })
const { queue, close: closeQueue } = openQueue(stores.redisUrl, videoJob.queue)
const connection = { url: stores.redisUrl }
const events = new QueueEvents(videoJob.queue, { connection, prefix: queuePrefix(videoJob.queue) })
await events.waitUntilReady()
/** Two parts of 20 s, the least there is, at 10 frames a second; key frames where no part begins. */
const SECONDS = 41
const clip = join(folder, 'clip.mp4')
await makeClip(clip, {
  ...{ seconds: SECONDS, size: '640x480' },
  options: ['-x264-params', 'keyint=37:bframes=3:open-gop=1', '-preset', 'superfast'],
})

after(async () => {
  await events.close()
  await closeQueue()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

type Settings = Partial<Pick<VideoDeps, 'objects' | 'format' | 'settings' | 'partSeconds'>>

/** A worker, and the ids of the claims of the tasks that it took up. */
async function startWorker(context: TestContext, name: string, settings: Settings = {}) {
  const workFolder = await openWorkFolder(join(folder, `work-${name}`))
  const claimed: string[] = []
  const worker = startVideoWorker({
    ...{ media, objects: disk, workFolder, programs, source: ownStoreOnly, settings: quickest },
    ...{ format: 'fmp4', partSeconds: 20, concurrency: 1, log: pino({ level: 'silent' }) },
    ...{ redisUrl: stores.redisUrl, live: createLive(redis), progress: createProgress(redis) },
    ...{ lockDurationMs: 3000, stalledCheckMs: 300, retryDelayMs: 1, onOutcome: () => {}, onStage: () => {} },
    tasks: {
      ...tasks,
      claim: async (...task) => {
        const claim = await tasks.claim(...task)
        if (claim !== undefined) claimed.push(claim.name)
        return claim
      },
    },
    ...settings,
  })
  context.after(() => worker.stop())
  context.after(workFolder.close)
  return { claimed, workLeft: () => readdir(join(folder, `work-${name}`)) }
}

async function send(objects: ObjectStore = disk, file = clip) {
  const ref = { lectureId: newId(), uploadId: newId(), instructorId: newId() }
  const key = `raw/${ref.uploadId}`
  await objects.put(key, createReadStream(file))
  const sizeBytes = (await stat(file)).size
  const payload = { ...ref, rawVideoUrl: `object:${key}`, container: 'mp4', sizeBytes }
  const envelope = { id: newId(), name: videoJob.queue, payload, traceId: 'a'.repeat(32) }
  const job = await queue.add(videoJob.queue, envelope, { jobId: `outbox-${envelope.id}` })
  return { ...ref, job }
}
type Sent = Awaited<ReturnType<typeof send>>
const outcomeOf = ({ job }: Sent) => job.waitUntilFinished(events, 60_000)
const eventsAbout = ({ lectureId }: Sent) =>
  outboxModel(mongo).find({ 'payload.lectureId': lectureId }).sort({ _id: 1 }).lean()

/** The least likeness (PSNR, dB) of a frame to the source's frame of the same number, and how many frames there are. */
async function likeness(file: string) {
  const filter = '[1:v]settb=1/10,setpts=N[b];[0:v]settb=1/10,setpts=N[a];[a][b]psnr=stats_file=-:shortest=1'
  const inputs = ['-i', clip, '-i', file, '-lavfi', filter]
  const { stdout } = await run('ffmpeg', ['-v', 'error', ...inputs, '-f', 'null', '-'], { maxBuffer: 1e7 })
  const values = [...stdout.matchAll(/psnr_avg:([\d.]+|inf)/g)].map(([, dB]) =>
    Number(dB?.replace('inf', '99')),
  )
  return { frames: values.length, least: Math.min(...values) }
}

/** What is left of the clip's tone (440 Hz) far above it, in dB: a gap or a jump in it is heard there. */
async function clicks(file: string) {
  const filter =
    'highpass=f=3000:p=2,highpass=f=3000:p=2,atrim=start=0.5:end=40.5,astats=measure_perchannel=none'
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-i', file, '-af', filter, '-f', 'null', '-'])
  return Number(/Peak level dB: (-?[\d.]+)/.exec(stderr)?.[1])
}

async function secondsOf(file: string, stream: 'v' | 'a') {
  const show = ['-select_streams', stream, '-show_entries', 'stream=duration', '-of', 'csv=p=0']
  return Number((await run('ffprobe', ['-v', 'error', ...show, file])).stdout)
}

async function playlistLengths(objects: ObjectStore, playlist: string) {
  const file = join(folder, 'playlist.m3u8')
  await fetchObject(objects, playlist, file, new AbortController().signal)
  const text = await readFile(file, 'utf8')
  const files = [...text.matchAll(/^\.\.\/(.+)$/gm)].map(([, name = '']) => name)
  const seconds = [...text.matchAll(/#EXTINF:([\d.]+)/g)].reduce((sum, [, length]) => sum + Number(length), 0)
  return { files, seconds }
}

for (const [format, store] of [
  ['fmp4', 'disk'],
  ['ts', 's3'],
] as const satisfies [SegmentFormat, string][]) {
  test(`two workers make one video as ${format} on ${store}: each frame once, the sound without a seam`, async (context) => {
    const server = store === 's3' ? await testObjectServer() : undefined
    context.after(() => server?.close())
    const objects = (await server?.openStore()) ?? disk
    const workers = [
      await startWorker(context, 'a', { format, objects }),
      await startWorker(context, 'b', { format, objects }),
    ]
    const video = await send(objects)
    assert.equal(await outcomeOf(video), 'ready')

    const done = workers.map(({ claimed }) => claimed)
    const all = ['first-0000', 'first-0001', 'rest-0000', 'rest-0001', 'sound']
    assert.deepEqual(done.flat().toSorted(), all, 'no task was done twice')
    assert.ok(
      done.every((names) => names.length > 0),
      'both did some',
    )
    const said = await eventsAbout(video)
    assert.deepEqual(
      said.map(({ name }) => name),
      ['media.playable', 'media.ready'],
    )
    const { folder: made, renditions } = said[1]?.payload ?? {}
    const mp4 = join(folder, `${format}.mp4`)
    await fetchObject(objects, `${made}/video.mp4`, mp4, new AbortController().signal)
    const { frames, least } = await likeness(mp4)
    assert.equal(frames, SECONDS * 10)
    assert.ok(least > 25, `a frame is ${least} dB like the source's`)
    assert.ok(Math.abs((await secondsOf(mp4, 'v')) - SECONDS) < 0.11)
    assert.ok(Math.abs((await secondsOf(mp4, 'a')) - SECONDS) < 0.11)
    const loudest = await clicks(mp4)
    assert.ok(loudest < -60, `a click of ${loudest} dB`)
    assert.deepEqual(
      renditions.map(({ name }: { name: string }) => name),
      ['480p', '360p'],
    )
    for (const name of ['480p', '360p', 'sound']) {
      const { files, seconds } = await playlistLengths(objects, `${made}/${name}/index.m3u8`)
      assert.ok(Math.abs(seconds - SECONDS) < 0.11, `${name} lasts ${seconds} s`)
      for (const file of files) assert.ok(await objects.head(`${made}/${file}`), file)
    }
    for (const worker of workers) assert.deepEqual(await worker.workLeft(), [])
    assert.equal(
      await objects.head(`parts/${video.lectureId}/${video.uploadId}/${made.split('/').at(-1)}/0.mkv`),
      undefined,
    )
    assert.equal(await mongo.collection('tasks').countDocuments({ lectureId: video.lectureId }), 0)
    assert.equal((await queue.getJob(video.job.id ?? ''))?.progress, 100)
  })
}
