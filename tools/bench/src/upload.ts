import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { MIN_CHUNK_BYTES, uploadApi } from '@aetherlearn/contracts/upload'
import { demoPassword, instructorEmail } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { startBaseline } from './baseline.ts'
import { inLanes, send } from './chunks.ts'
import { measureInTurns, type Figure } from './figures.ts'
import type { BenchStack } from './stack.ts'

const MIB = 1024 ** 2
const setting = (name: string, byDefault: number) => Number(process.env[name] ?? byDefault)
/** Of the file that is sent in turns, and of the one whose `complete` is timed. */
const FILE_MIB = setting('BENCH_UPLOAD_MIB', 2048)
const ROUNDS = setting('BENCH_UPLOAD_ROUNDS', 3)
/** Of each of the uploads that run at once while memory is watched. */
const EACH_MIB = setting('BENCH_UPLOAD_EACH_MIB', 256)
const AT_ONCE = 20
/** As the SDK's uploader does. */
const LANES = 3
const PROMISED_COMPLETE_MS = 1000
const PROMISED_GROWTH_MIB = 64

/** Begins as an MP4 does, so that it may be chunk 0 too. */
const chunk = Buffer.alloc(MIN_CHUNK_BYTES, 0xa5)
chunk.write('\0\0\0\x20ftypisom', 0, 'latin1')
const chunksIn = (mib: number) => Math.floor((mib * MIB) / MIN_CHUNK_BYTES)
const octets = { 'content-type': 'application/octet-stream' }

/** Bytes through course-service onto the disk, against servers that do less. */
export async function uploadBench(stack: BenchStack): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-bench-upload-'))
  const { bavail, bsize } = await statfs(folder)
  const needed = 2 * Math.max(FILE_MIB, AT_ONCE * EACH_MIB)
  if ((bavail * bsize) / MIB < needed) throw new Error(`the disk has no room for ${needed} MiB`)
  const ours = await openOurs(stack)
  const baselines = await Promise.all(
    ['plain', 'synced', 'tus'].map((kind) =>
      startBaseline('./baseline-upload.ts', [kind, join(folder, kind)]),
    ),
  )
  const [plain, synced, tus] = baselines
  try {
    if (plain === undefined || synced === undefined || tus === undefined) throw new Error('no baselines')
    return [
      await throughput('upload', ours, () => sendBodies(plain.url)),
      await throughput('upload against fdatasync', ours, () => sendBodies(synced.url)),
      await throughput('upload against tus', ours, () => sendByTus(tus.url)),
      await timeOfComplete(ours),
      await growthOfMemory(stack, ours),
    ]
  } finally {
    for (const { stop } of baselines) await stop()
    await rm(folder, { recursive: true, force: true })
  }
}

type Ours = Awaited<ReturnType<typeof openOurs>>

function throughput(name: string, ours: Ours, baseline: () => Promise<number>): Promise<Figure> {
  const measured = () => ours.sendFile(FILE_MIB, LANES)
  return measureInTurns({ name, unit: 'MiB/s', rounds: ROUNDS, ours: measured, baseline })
}

async function openOurs({ urls }: BenchStack) {
  const origin = urls['course-service'] ?? ''
  const identity = createClient(identityApi, { origin: urls['identity-service'] ?? '' })
  const credentials = { email: instructorEmail, password: demoPassword }
  const { accessToken } = await identity.signIn({ body: credentials })
  const options = { origin, token: () => accessToken }
  const [courses, uploads] = [createClient(courseApi, options), createClient(uploadApi, options)]
  const course = await courses.createCourse({ body: { title: 'Uploads', category: 'Benchmarks' } })
  const params = { courseId: course._id }
  const { _id: sectionId } = await courses.addSection({ params, body: { sectionTitle: 'One' } })
  const headers = { ...octets, authorization: `Bearer ${accessToken}` }

  async function sendOpen(mib: number, lanes: number) {
    const place = { params: { sectionId }, body: { lectureTitle: 'Video' } }
    const { _id: lectureId } = await retry(() => courses.addLecture(place))
    const total = chunksIn(mib)
    const file = { lectureId, size: total * chunk.length }
    const { uploadId } = await retry(() => uploads.initializeUpload({ body: file }))
    const url = `${origin}/api/v1/course/upload/${uploadId}/chunk`
    const started = performance.now()
    await inLanes(lanes, total, (index) =>
      send({ url: `${url}/${index}`, method: 'PUT', headers, body: chunk }),
    )
    const mibPerSecond = rate(total, started)
    const complete = () => uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: total } })
    return {
      mibPerSecond,
      complete,
      giveUp: () => retry(() => uploads.abortUpload({ params: { uploadId } })),
    }
  }
  async function sendFile(mib: number, lanes: number) {
    const { mibPerSecond, giveUp } = await sendOpen(mib, lanes)
    await giveUp()
    return mibPerSecond
  }
  return { sendOpen, sendFile }
}

const rate = (chunks: number, started: number) =>
  (chunks * chunk.length) / MIB / ((performance.now() - started) / 1000)

async function sendBodies(url: string) {
  const total = chunksIn(FILE_MIB)
  const started = performance.now()
  await inLanes(LANES, total, () => send({ url, method: 'PUT', headers: octets, body: chunk }))
  const mibPerSecond = rate(total, started)
  await send({ url, method: 'DELETE', headers: {} })
  return mibPerSecond
}

/** An upload in tus is one after another, so each lane is an upload of its own; the bodies are the same. */
async function sendByTus(url: string) {
  const each = Math.ceil(chunksIn(FILE_MIB) / LANES)
  const version = { 'tus-resumable': '1.0.0' }
  const started = performance.now()
  await inLanes(LANES, LANES, async () => {
    const size = { 'upload-length': String(each * chunk.length) }
    const { location = '' } = await send({
      url: `${url}/tus`,
      method: 'POST',
      headers: { ...version, ...size },
    })
    for (let index = 0; index < each; index += 1) {
      const at = {
        'upload-offset': String(index * chunk.length),
        'content-type': 'application/offset+octet-stream',
      }
      await send({
        url: new URL(location, url).href,
        method: 'PATCH',
        headers: { ...version, ...at },
        body: chunk,
      })
    }
  })
  const mibPerSecond = rate(each * LANES, started)
  await send({ url, method: 'DELETE', headers: {} })
  return mibPerSecond
}

async function timeOfComplete(ours: Ours): Promise<Figure> {
  const { complete } = await ours.sendOpen(FILE_MIB, LANES)
  const started = performance.now()
  await complete()
  const ms = Number((performance.now() - started).toFixed(1))
  const ratio = Number((PROMISED_COMPLETE_MS / ms).toFixed(3))
  return {
    name: `upload complete of ${FILE_MIB} MiB`,
    ours: ms,
    baseline: PROMISED_COMPLETE_MS,
    ratio,
    unit: 'ms',
  }
}

/** How much larger course-service becomes while uploads run at once, all that came before included in its size. */
async function growthOfMemory({ urls }: BenchStack, ours: Ours): Promise<Figure> {
  const resident = async () => {
    const text = await (await fetch(`${urls['course-service']}/metrics`)).text()
    return Number(/^process_resident_memory_bytes\S* (\S+)/m.exec(text)?.[1]) / MIB
  }
  const before = await resident()
  let most = before
  let running = true
  const watch = async () => {
    while (running) most = Math.max(most, await resident())
  }
  const watching = watch()
  await inLanes(AT_ONCE, AT_ONCE, () => ours.sendFile(EACH_MIB, LANES))
  running = false
  await watching
  const growth = Number((most - before).toFixed(1))
  return {
    name: `upload memory, ${AT_ONCE} at once`,
    ours: growth,
    baseline: PROMISED_GROWTH_MIB,
    ratio: Number((PROMISED_GROWTH_MIB / Math.max(growth, 1)).toFixed(3)),
    unit: 'MiB',
  }
}
