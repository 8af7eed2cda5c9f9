import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { chmod, glob, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { videoJob } from '@aetherlearn/contracts/media'
import { openQueue } from '@aetherlearn/service-kit/jobs'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { makeClip, programsNaming } from './fixture.ts'

const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-crash-test-'))
const mongo = await stores.connectMongo()
const objects = join(folder, 'objects')
const disk = createDiskStore({ folder: objects })
const { queue, close: closeQueue } = openQueue(stores.redisUrl, videoJob.queue)
const small = { size: '160x90', audio: false }
const [whole, long, text] = [join(folder, 'whole.mp4'), join(folder, 'long.mp4'), join(folder, 'text.mp4')]
await makeClip(whole, { seconds: 4, ...small })
// Two parts of 20 s.
await makeClip(long, { seconds: 41, ...small })
await writeFile(text, 'not a video\n')

/** No other process on this machine says it. */
const hangSeconds = `300.${process.pid}`

/** What encodes the whole of a short video, or the second part of a long one, goes on until it is killed; or fails. */
async function ffmpegThat(name: 'hangs' | 'fails', when: string[]) {
  const file = join(folder, name, 'ffmpeg')
  await mkdir(join(folder, name), { recursive: true })
  const instead = name === 'hangs' ? `exec sleep ${hangSeconds}` : 'exit 1'
  const cases = when.map((words) => `*${words}*`).join('|')
  await writeFile(file, `#!/bin/bash\ncase "$*" in ${cases}) ${instead};; esac\nexec /usr/bin/ffmpeg "$@"\n`)
  await chmod(file, 0o755)
  return file
}
const hangs = await ffmpegThat('hangs', ['start_pts=200', 'start_pts=0,setpts'])
const fails = await ffmpegThat('fails', ['start_pts=200'])

after(async () => {
  await closeQueue()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

const work = join(folder, 'work')

/** A real worker process; its log lines can be waited for. */
async function startWorker(context: TestContext, settings: Record<string, string> = {}) {
  const env = {
    ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'test' },
    ...{ PORT: '0', MONGO_URL: stores.mongoUrl, MONGO_DATABASE: stores.database },
    ...{ REDIS_STATE_URL: stores.redisUrl, OBJECTS_FOLDER: objects, WORK_FOLDER: work },
    ...{ LOCK_DURATION_MS: '1000', STALLED_CHECK_MS: '100', RETRY_DELAY_MS: '1' },
    ...{ PART_SECONDS: '20', X264_PRESET: 'ultrafast', VIDEO_ENCODER: 'x264', ...settings },
  }
  const main = new URL('./main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  context.after(() => child.kill('SIGKILL'))
  const lines: { msg: string; outcome?: string; task?: string; lectureId?: string }[] = []
  const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)))
  const ended = once(output, 'close')
  const nextLine = (wanted: string) =>
    Promise.race([
      once(output, 'line'),
      ended.then(() => Promise.reject(new Error(`the worker ended before it said "${wanted}"`))),
    ])
  const hears = async (msg: string, about?: Sent) => {
    for (;;) {
      const line = lines.find((said) => said.msg === msg && (!about || said.lectureId === about.lectureId))
      if (line !== undefined) return line
      await nextLine(msg)
    }
  }
  await hears('listening')
  const kill = (signal: NodeJS.Signals) => child.kill(signal)
  const tasksTaken = () => lines.flatMap(({ msg, task }) => (msg === 'part taken up' ? [task] : []))
  return {
    pid: child.pid,
    kill,
    hears,
    exited,
    tasksTaken,
    said: (msg: string) => lines.some((line) => line.msg === msg),
  }
}

async function send(file: string) {
  const ref = { lectureId: newId(), uploadId: newId(), instructorId: newId() }
  const key = `raw/${ref.uploadId}`
  await disk.put(key, createReadStream(file))
  const sizeBytes = (await stat(file)).size
  const payload = { ...ref, rawVideoUrl: `object:${key}`, container: 'mp4', sizeBytes }
  const envelope = { id: newId(), name: videoJob.queue, payload, traceId: '0'.repeat(32) }
  const again = () => queue.add(videoJob.queue, envelope, { jobId: `outbox-${envelope.id}` })
  await again()
  return { ...ref, again }
}
type Sent = Awaited<ReturnType<typeof send>>

const mediaOf = ({ lectureId }: Sent) => mongo.collection('media').findOne({ lectureId })
const eventsAbout = ({ lectureId }: Sent) =>
  outboxModel(mongo).find({ 'payload.lectureId': lectureId }).lean()
const workLeft = () => readdir(work)

/** How often each part was taken up. */
const claimsOf = async ({ lectureId }: Sent) => {
  const found = await mongo.collection('tasks').find({ lectureId }).sort({ name: 1 }).toArray()
  return found.map((task) => task['claimIds'].length)
}

/** Runs a worker until it is in the middle of what hangs, and kills it; as many times. */
async function killInTheMiddle(context: TestContext, times: number) {
  for (let killed = 0; killed < times; killed += 1) {
    const worker = await startWorker(context, { FFMPEG: hangs })
    await untilItHangs()
    worker.kill('SIGKILL')
    await worker.exited
    while ((await hanging()).length > 0) await pause(20)
  }
}

async function untilItHangs() {
  while ((await hanging()).length === 0) await pause(20)
}
/** Within its walls already, so that all that is around it is there. */
const hanging = () => programsNaming(hangSeconds)

async function assertReadyOnce(video: Sent) {
  const media = await mediaOf(video)
  assert.equal(media?.['state'], 'READY')
  const rows = await eventsAbout(video)
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['media.ready'],
  )
  const made: string = rows[0]?.payload.folder
  const text = await readFile(join(objects, 'objects', made, '90p/index.m3u8'), 'utf8')
  const listed = new Set([...text.matchAll(/\.\.\/([^"\n]+)/g)].map(([, name]) => name))
  const claims = new Set([...listed].map((name) => name?.split('/')[0]))
  const stored = await readdir(join(objects, 'objects', made))
  assert.deepEqual(
    stored.toSorted(),
    [...claims, '90p', 'poster.jpg', 'storyboard.jpg', 'storyboard.vtt', 'video.mp4'].toSorted(),
    'what others made is gone',
  )
  const runs = await readdir(join(objects, 'objects/media', video.lectureId, video.uploadId))
  assert.deepEqual(runs, [media?.['runId']])
  await assertNothingLeft(video)
}

async function assertNothingLeft({ lectureId }: Sent) {
  const packets: string[] = []
  for await (const name of glob(`objects/parts/${lectureId}/**/*.mk*`, { cwd: objects })) packets.push(name)
  assert.deepEqual(packets, [])
  assert.equal(await mongo.collection('tasks').countDocuments({ lectureId }), 0)
  assert.deepEqual(await workLeft(), [])
}

async function assertAttemptsUsedUp(video: Sent) {
  const rows = await eventsAbout(video)
  assert.deepEqual(
    rows.map(({ name, payload }) => [name, payload.failure?.code]),
    [['media.failed', 'ATTEMPTS_USED_UP']],
  )
  const left = await readdir(join(objects, 'objects/media', video.lectureId, video.uploadId)).catch(() => [])
  assert.deepEqual(left, [])
  await assertNothingLeft(video)
}

for (const [what, clip, attempts] of [
  ['a video', whole, 4],
  ['a part of a video', long, 1],
] as const) {
  test(`three workers killed in the middle of ${what}: it is ready, once`, async (context) => {
    const video = await send(clip)
    await killInTheMiddle(context, 3)
    const claims = await claimsOf(video)
    assert.deepEqual(claims, clip === whole ? [] : [1, 3], 'the other part was made once')
    const last = await startWorker(context)
    assert.equal((await last.hears('video done', video)).outcome, 'ready')
    await assertReadyOnce(video)
    assert.equal((await mediaOf(video))?.['attempts'], attempts)
  })
}

test('a worker killed at every try of a part: its video is failed, and nothing is left of it', async (context) => {
  const video = await send(long)
  await killInTheMiddle(context, 5)
  const last = await startWorker(context, { FFMPEG: hangs })
  await last.hears('video done', video)
  await assertAttemptsUsedUp(video)
})

test('a frozen maker of a part that wakes up after the video is ready removes what it made', async (context) => {
  const frozen = await startWorker(context, { FFMPEG: hangs })
  const video = await send(long)
  await untilItHangs()
  frozen.kill('SIGSTOP')
  const other = await startWorker(context)
  assert.equal((await other.hears('video done', video)).outcome, 'ready')
  frozen.kill('SIGCONT')
  while (!frozen.tasksTaken().includes('all-0001')) await pause(20)
  while ((await workLeft()).length > 0) await pause(20)
  frozen.kill('SIGTERM')
  assert.deepEqual(await frozen.exited, [0, null])
  await assertReadyOnce(video)
})

test('asked to stop in the middle of a part, a worker hands it back and no attempt is counted', async (context) => {
  const stopped = await startWorker(context, { FFMPEG: hangs })
  const video = await send(long)
  await untilItHangs()
  stopped.kill('SIGTERM')
  assert.deepEqual(await stopped.exited, [0, null])
  assert.deepEqual(await workLeft(), [])
  const task = await mongo.collection('tasks').findOne({ lectureId: video.lectureId, name: 'all-0001' })
  assert.equal(task?.['attempts'], 0)
  const next = await startWorker(context)
  assert.equal((await next.hears('video done', video)).outcome, 'ready')
  await assertReadyOnce(video)
})

test('a Redis that lost everything costs no part that is made', async (context) => {
  const first = await startWorker(context, { FFMPEG: hangs })
  const video = await send(long)
  await untilItHangs()
  while (
    (await mongo.collection('tasks').countDocuments({ lectureId: video.lectureId, state: 'DONE' })) === 0
  )
    await pause(20)
  first.kill('SIGKILL')
  await first.exited
  await (await stores.connectRedis()).flushall()
  await video.again()
  const next = await startWorker(context)
  assert.equal((await next.hears('video done', video)).outcome, 'ready')
  assert.deepEqual(next.tasksTaken(), ['all-0001'])
  await assertReadyOnce(video)
})

test('a part that cannot be made fails the video; twenty such jobs leave no file', async (context) => {
  const worker = await startWorker(context, { FFMPEG: fails })
  const video = await send(long)
  await worker.hears('video done', video)
  const [event, ...others] = await eventsAbout(video)
  assert.deepEqual([event?.payload.failure.code, others], ['UNREADABLE', []])
  await assertNothingLeft(video)
  const texts = await Promise.all(Array.from({ length: 20 }, () => send(text)))
  for (const one of texts) while ((await mediaOf(one))?.['state'] !== 'FAILED') await pause(20)
  while ((await workLeft()).length > 0) await pause(20)
})

test('without a graphics card a worker that is told to use it warns, and makes the video all the same', async (context) => {
  const worker = await startWorker(context, { VIDEO_ENCODER: 'nvenc' })
  assert.ok(worker.said('the graphics card does not encode, and is tried again for each video'))
  const video = await send(whole)
  assert.equal((await worker.hears('video done', video)).outcome, 'ready')
  assert.ok(worker.said('encoding without the graphics card'))
  await assertReadyOnce(video)
})
