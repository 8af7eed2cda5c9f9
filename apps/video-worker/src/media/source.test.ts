import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import type { ByteRange, ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { faultProxy, type Fault } from '@aetherlearn/testing/fault-proxy'
import { newId } from '@aetherlearn/testing/ids'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { ownStoreOnly } from '../fixture.ts'
import { VideoFault } from '../transcode/failure.ts'
import { fetchSource } from './source.ts'
import type { VideoJob } from './video-job.ts'

const MIB = 1024 * 1024
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
const server = await testObjectServer()
const store = await server.openStore()
const disk = createDiskStore({ folder: join(folder, 'objects') })
after(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const local = join(folder, 'source')
/** Begins as an MP4 does. */
const videoLike = (size: number) =>
  Buffer.concat([Buffer.from('\0\0\0\x20ftypisom', 'latin1'), randomBytes(size - 12)])

async function stored(file: Buffer, objects: ObjectStore = disk): Promise<VideoJob> {
  const id = newId()
  await objects.put(`raw/${id}`, file)
  return { lectureId: id, uploadId: id, rawVideoUrl: `object:raw/${id}`, instructorId: newId() }
}

const fetched = (
  job: VideoJob,
  { objects = disk, file = local, source = ownStoreOnly, signal = new AbortController().signal } = {},
) => fetchSource({ objects, source }, job, file, signal)
const failed = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it came'),
    (error: unknown) => {
      assert.ok(error instanceof Error)
      return error
    },
  )

/** The disk store, of which each reading goes through `change`; counts the bytes that were handed out. */
function reading(change: (bytes: Readable, range: ByteRange | undefined, time: number) => Readable) {
  const seen = { reads: 0 }
  const read: ObjectStore['read'] = async (key, range) =>
    change(await disk.read(key, range), range, seen.reads++)
  return { objects: { ...disk, read }, seen }
}

test('over a store that refuses and cuts, exactly the file arrives, and next to no byte leaves it twice', async () => {
  const file = videoLike(24 * MIB)
  const job = { ...(await stored(file, store)), sizeBytes: file.length, sha256: sha256(file) }
  const cutAt = [0, 5 * MIB + 123, 1, 9 * MIB, 3 * MIB]
  let gets = 0
  const proxy = await faultProxy(server.endpoint, ({ method }): Fault => {
    if (method !== 'GET') return undefined
    gets += 1
    if (gets % 2 === 1) return 'refused'
    const sentBytes = cutAt.shift()
    return sentBytes === undefined ? undefined : { sentBytes }
  })
  const objects = await server.openStore(proxy.endpoint)
  assert.deepEqual(await fetched(job, { objects }), { container: 'mp4', sizeBytes: file.length })
  proxy.close()
  assert.equal(sha256(await readFile(local)), sha256(file))
  const { cut, refused, sentBytes } = proxy.seen
  assert.deepEqual([cut, refused >= 5], [5, true], JSON.stringify(proxy.seen))
  // What a reader had not looked at when its connection broke is lost to it.
  assert.ok(sentBytes - file.length <= cut * 0.25 * MIB, `${sentBytes - file.length} bytes left twice`)
})

async function* noneOf(bytes: Readable) {
  bytes.destroy()
  yield* []
}
async function* firstOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    yield piece
    return
  }
}

test('what ends early without a word goes on where it ended', async () => {
  const file = videoLike(300_000)
  const starts: number[] = []
  const { objects } = reading((bytes, range, time) => {
    starts.push(range?.start ?? -1)
    return time === 2 ? bytes : Readable.from(firstOf(bytes))
  })
  await fetched({ ...(await stored(file)), sizeBytes: file.length }, { objects })
  assert.deepEqual(await readFile(local), file)
  assert.deepEqual(starts, [0, 65_536, 131_072])
})

test('a store that gives nothing new is left alone after five tries, and the file is not blamed', async () => {
  const { objects, seen } = reading((bytes) => Readable.from(noneOf(bytes)))
  const error = await failed(fetched(await stored(videoLike(1000)), { objects }))
  assert.ok(!(error instanceof VideoFault))
  assert.deepEqual([error.message, seen.reads], ['The source broke off after 0 of 1000 bytes', 5])
})

test('bytes that do not match their checksum are fetched once more, and never blamed on the file', async () => {
  const file = videoLike(200_000)
  const job = { ...(await stored(file)), sizeBytes: file.length, sha256: sha256(file) }
  const flipped = (bytes: Readable) =>
    Readable.from(bytes.map((piece: Buffer) => Buffer.from(piece.map((byte) => byte ^ 1))))
  const once = reading((bytes, _, time) => (time === 0 ? flipped(bytes) : bytes))
  await fetched(job, once)
  assert.deepEqual([sha256(await readFile(local)), once.seen.reads], [job.sha256, 2])
  const always = reading(flipped)
  const error = await failed(fetched(job, always))
  assert.ok(!(error instanceof VideoFault))
  assert.match(error.message, /another checksum/)
  assert.equal(always.seen.reads, 2)
})

test('a source of another size, or that is not there, is not read, and is worth another attempt', async () => {
  const { objects, seen } = reading((bytes) => bytes)
  const job = await stored(videoLike(1000))
  const absent = { ...job, rawVideoUrl: `object:raw/${newId()}` }
  for (const wrong of [{ ...job, sizeBytes: 1001 }, absent]) {
    assert.ok(!((await failed(fetched(wrong, { objects }))) instanceof VideoFault))
  }
  assert.equal(seen.reads, 0)
})

test('a full disk is told as such, at once, and not as a fault of the file', async () => {
  const { objects, seen } = reading((bytes) => bytes)
  const error = await failed(fetched(await stored(videoLike(100_000)), { objects, file: '/dev/full' }))
  assert.ok(!(error instanceof VideoFault))
  assert.match(error.message, /disk of the work folder is full/)
  assert.equal(seen.reads, 1)
})

test('a source that is eight times larger takes no more memory', { timeout: 60_000 }, async () => {
  const piece = videoLike(64 * 1024)
  const job = await stored(piece)
  const fetchBytes = async (sizeBytes: number) => {
    const endless = function* () {
      for (let sent = 0; sent < sizeBytes; sent += piece.length) yield Buffer.from(piece)
    }
    const objects = {
      ...disk,
      head: async () => ({ sizeBytes, etag: 'a', modifiedAt: new Date() }),
      read: async () => Readable.from(endless()),
    }
    await fetched({ ...job, sizeBytes }, { objects, file: '/dev/null' })
    return process.resourceUsage().maxRSS / 1024
  }
  const small = await fetchBytes(96 * MIB)
  const large = await fetchBytes(768 * MIB)
  assert.ok(large - small < 48, `${small} MiB, then ${large} MiB`)
})

test('a worker that is stopped leaves off in the middle', async () => {
  const stop = new AbortController()
  const { objects, seen } = reading((bytes) => {
    bytes.once('data', () => stop.abort())
    return bytes
  })
  await failed(fetched(await stored(videoLike(4 * MIB)), { objects, signal: stop.signal }))
  assert.deepEqual([stop.signal.aborted, seen.reads], [true, 1])
})

test('of a job that says neither container nor size, the bytes say both', async () => {
  const webm = Buffer.concat([Buffer.from('\x1a\x45\xdf\xa3\x9f\x42\x86webm', 'latin1'), randomBytes(5000)])
  assert.deepEqual(await fetched(await stored(webm)), { container: 'webm', sizeBytes: webm.length })
  const text = await failed(fetched(await stored(Buffer.from('#EXTM3U\nfile:///etc/passwd\n'))))
  assert.equal(text instanceof VideoFault && text.code, 'UNREADABLE')
  const empty = await failed(fetched(await stored(Buffer.alloc(0))))
  assert.equal(empty instanceof VideoFault && empty.code, 'UNREADABLE')
  const source = { ...ownStoreOnly, maxBytes: 999 }
  const large = await failed(fetched(await stored(videoLike(1000)), { source }))
  assert.equal(large instanceof VideoFault && large.code, 'SOURCE_TOO_LARGE')
})
