import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { courseApi } from '@aetherlearn/contracts/course'
import { videoJob } from '@aetherlearn/contracts/media'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { openQueue } from '@aetherlearn/service-kit/jobs'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, octets, uploadTiny, videoBytes, type Person } from './fixture.ts'

const stores = await ownStores()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-course-kill-'))
const mint = await createTokenMint()
const keys = await mint.startKeyServer()
const id = newId()
const token = await mint.tokenFor({ id, role: 'instructor' })
const videos = openQueue(stores.redisUrl, videoJob.queue)
let service: ChildProcess | undefined
let person = await start()
after(async () => {
  service?.kill('SIGKILL')
  await videos.close()
  await keys.stop()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})

/** The process itself; answers a person whose clients talk to it. */
async function start(settings: Record<string, string> = {}): Promise<Person> {
  const env = {
    ...settings,
    PATH: process.env['PATH'],
    PORT: '0',
    MONGO_URL: stores.mongoUrl,
    MONGO_DATABASE: stores.database,
    REDIS_STATE_URL: stores.redisUrl,
    REDIS_CACHE_URL: stores.redisUrl,
    IDENTITY_SERVICE_URL: keys.url,
    OBJECTS_FOLDER: folder,
    MEDIA_SECRET: 'a secret of the tests, 32 characters',
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  service = child
  const origin = await addressIn(child)
  const options = { origin, token: () => token }
  return { id, token, courses: createClient(courseApi, options), uploads: createClient(uploadApi, options) }
}

async function addressIn(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout)
  for await (const line of createInterface(child.stdout)) {
    const { msg, address } = JSON.parse(line) as { msg: string; address?: string }
    if (msg !== 'listening' || address === undefined) continue
    child.stdout.resume()
    return address
  }
  throw new Error('the service ended before it listened')
}

async function kill() {
  assert.ok(service)
  const gone = once(service, 'exit')
  service.kill('SIGKILL')
  await gone
}

const jobsOf = async (uploadId: string) => {
  const jobs = await videos.queue.getJobs()
  return jobs.filter(({ data }) => (data.payload as { uploadId: string }).uploadId === uploadId)
}

const jobComes = async (uploadId: string) => {
  const deadline = Date.now() + 10_000
  while ((await jobsOf(uploadId)).length === 0 && Date.now() < deadline) await pause(50)
  return jobsOf(uploadId)
}

test('killed at any moment of ten completes, the lecture goes to processing once, with one job', async () => {
  for (const ms of [0, 4, 10, 20, 40]) {
    const [lectureId = ''] = (await draftOf(person)).lectureIds
    const raw = new Uint8Array(videoBytes(1000))
    const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size: raw.length } })
    await person.uploads.putChunk({ params: { uploadId, index: 0 }, raw, headers: octets })
    const body = { uploadId, lectureId, totalChunks: 1 }
    const complete = () => person.uploads.completeUpload({ body })
    const first = Promise.allSettled(Array.from({ length: 10 }, complete))
    await pause(ms)
    await kill()
    await first
    person = await start()
    // MongoDB holds what a killed transaction had locked for some seconds; clients are told 503 and try again.
    await Promise.all(Array.from({ length: 10 }, () => retry(complete)))
    assert.equal((await person.courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
    assert.equal((await jobComes(uploadId)).length, 1, `killed after ${ms} ms`)
  }
})

test('killed after the upload was completed and before its job was in Redis, the job is there after the next start', async () => {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  await stores.redis.signal('SIGSTOP')
  const uploadId = await uploadTiny(person, lectureId)
  await kill()
  await stores.redis.signal('SIGCONT')
  assert.deepEqual(await jobsOf(uploadId), [])
  person = await start()
  assert.equal((await jobComes(uploadId)).length, 1)
})

test('a running service finds a lecture whose job was lost, and sends it again', async () => {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  const uploadId = await uploadTiny(person, lectureId)
  const [job] = await jobComes(uploadId)
  await job?.remove()
  await kill()
  person = await start({ RECONCILE_EVERY_MS: '100', RECONCILE_AFTER_MS: '1000' })
  assert.equal((await jobComes(uploadId)).length, 1)
})

test('a chunk counts after a kill exactly when it was acknowledged', async () => {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  const bytes = videoBytes(3 * 5 * 1024 * 1024)
  const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size: bytes.length } })
  const put = (index: number) => {
    const raw = new Uint8Array(bytes.subarray(index * 5 * 1024 * 1024, (index + 1) * 5 * 1024 * 1024))
    return person.uploads.putChunk({ params: { uploadId, index }, raw, headers: octets })
  }
  await put(1)
  const second = put(0).then(
    () => true,
    () => false,
  )
  await pause(10)
  await kill()
  const wasAcknowledged = await second
  person = await start()
  const { receivedChunks } = await person.uploads.getUpload({ params: { uploadId } })
  assert.ok(receivedChunks.includes(1))
  if (wasAcknowledged) assert.ok(receivedChunks.includes(0))
  for (const index of [0, 1, 2]) await put(index)
  await person.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 3 } })
})

test('a stop by SIGTERM ends the process cleanly', async () => {
  assert.ok(service)
  const gone = once(service, 'exit')
  service.kill('SIGTERM')
  assert.deepEqual(await gone, [0, null])
})
