import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { ApiError } from '@aetherlearn/sdk/client'
import { uploadVideo, type UploadOptions } from '@aetherlearn/sdk/uploader'
import { faultProxy } from '@aetherlearn/testing/fault-proxy'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, videoBytes } from '../fixture.ts'

const server = await testObjectServer()
const stores = await testStores()
const flaky = await flakyProxy(server.endpoint)
const store = await server.openStore()
const objects = await server.openStore(flaky.endpoint)
const fixture = await openFixture(stores, await createTokenMint(), { objects })
after(async () => {
  await fixture.close()
  flaky.close()
  await stores.close()
  await server.close()
})

/**
 * An S3 server on a bad day: of ten requests three are refused with SlowDown, and of one the connection is cut, in turn
 * when it is done but not yet answered, amid it, and before it has arrived.
 */
async function flakyProxy(target: string) {
  const ways = ['unanswered', 'cut', 'unheard'] as const
  let requests = 0
  let cuts = 0
  const proxy = await faultProxy(target, () => {
    const place = requests++ % 10
    if (place === 5) return ways[cuts++ % 3]
    return [1, 4, 7].includes(place) ? 'refused' : undefined
  })
  /** The next request is that one of the ten, and the next cut that one of the three. */
  const begin = (place: number, way: number) => {
    requests = place
    cuts = way
  }
  return { ...proxy, begin }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const wait = () => new Promise<void>((resolve) => setImmediate(resolve))

/** As a client does that tries again and again; throws what did not pass. */
async function upload(file: Buffer) {
  const instructor = await fixture.person('instructor')
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const source = {
    size: file.length,
    slice: (start: number, end: number) => new Uint8Array(file.subarray(start, end)),
  }
  const refusals = new Set<unknown>()
  const told = <T>(call: Promise<T>) =>
    call.catch((error: unknown) => {
      refusals.add(error instanceof ApiError ? error.code : error)
      throw error
    })
  const { initializeUpload, getUpload, putChunk, completeUpload } = instructor.uploads
  const uploads: UploadOptions['uploads'] = {
    getUpload,
    initializeUpload: (call) => told(initializeUpload(call)),
    putChunk: (call) => told(putChunk(call)),
    completeUpload: (call) => told(completeUpload(call)),
  }
  const again = { attempts: 50, wait }
  const { uploadId } = await uploadVideo({ uploads, lectureId, source, fileName: 'a.mp4', ...again })
  const row = await fixture.stores.uploads.find(uploadId, instructor.id)
  const { status } = await instructor.courses.getLecture({ params: { lectureId } })
  const jobs = await fixture.left('video-queue', 'uploadId', uploadId)
  const stored = hash(await buffer(await store.read(row?.parts.key ?? '')))
  return { stored, status, jobs: jobs.length, refusals: [...refusals] }
}

/** An answer that was cut may have begun an upload that nobody knows of. */
async function assertNothingOpen() {
  const later = new Date(Date.now() + 60_000)
  await store.sweepParts(later, fixture.stores.uploads.hasParts)
  assert.equal(await store.sweepParts(later, async () => false), 0)
}

test('over a store that refuses and cuts, exactly the file arrives and nothing is left over', async () => {
  const file = videoBytes(12 * MIN_CHUNK_BYTES - 1000)
  const { stored, status, jobs, refusals } = await upload(file)
  assert.deepEqual([stored, status, jobs], [hash(file), 'PROCESSING', 1])
  assert.deepEqual(refusals, ['UNAVAILABLE'], 'each failure is told as one that passes')
  const { passed, refused, cut } = flaky.seen
  assert.ok(refused >= 5 && cut >= 2 && passed >= 12, JSON.stringify(flaky.seen))
  await assertNothingOpen()
})

test('whichever request is refused or cut, and however, the upload ends well', async () => {
  // The sixth request is the one that is cut: here the first, its repetition, the second, or the third.
  for (const place of [5, 4, 3, 2]) {
    for (let way = 0; way < 3; way += 1) {
      flaky.begin(place, way)
      const file = videoBytes(1000)
      const { stored, status, jobs, refusals } = await upload(file)
      const told = `${place}, ${way}: ${refusals.join()}`
      assert.deepEqual([stored, status, jobs], [hash(file), 'PROCESSING', 1], told)
      assert.ok(
        refusals.every((code) => code === 'UNAVAILABLE'),
        told,
      )
    }
  }
  await assertNothingOpen()
})
