import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import type { ClientRequest } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, videoBytes } from '../fixture.ts'
import { ownTemporaryFolder, tusCalls, until } from './tus-calls.fixture.ts'

const temporary = await ownTemporaryFolder()
process.env['TMPDIR'] = temporary.folder
const [stores, mint] = [await testStores(), await createTokenMint()]
const here = await openFixture(stores, mint)
const elsewhere = await openFixture(stores, mint, { objects: here.objects })
after(async () => {
  await elsewhere.close()
  await here.close()
  await stores.close()
  await rm(temporary.folder, { recursive: true, force: true })
})
const instructor = await here.person('instructor')
const calls = tusCalls(here.origin, instructor.token)
const callsElsewhere = tusCalls(elsewhere.origin, instructor.token)
const file = videoBytes(MIN_CHUNK_BYTES + 500_000)
const part = (from: number, to = file.length) => new Uint8Array(file.subarray(from, to))
async function begin() {
  const { lectureIds } = await draftOf(instructor)
  return calls.begin(lectureIds[0] ?? '', file.length)
}
/** What the whole file takes on this machine where nobody is in its way, its completion included. */
async function undisturbedMs(there: typeof calls) {
  const { uploadId } = await begin()
  const startedAt = performance.now()
  await there.patch(uploadId, 0, part(0))
  return performance.now() - startedAt
}
const write = (request: ClientRequest, bytes: Uint8Array) =>
  new Promise((resolve) => request.write(bytes, resolve))
const isSpooled = (bytes: number) => until(async () => (await temporary.spooled()) === bytes)

for (const [where, newer] of [
  ['the same instance', calls],
  ['another instance', callsElsewhere],
] as const) {
  test(`a newer PATCH at ${where} takes an upload over from a stalled one within two seconds`, async () => {
    const usual = await undisturbedMs(newer)
    const { uploadId } = await begin()
    const stalled = calls.openPatch(uploadId, 0, { 'content-length': String(file.length) })
    const ended = once(stalled, 'error')
    await write(stalled, part(0, 100_000))
    await isSpooled(100_000)
    const startedAt = performance.now()
    const { status, offset } = await newer.patch(uploadId, 0, part(0))
    const tookMs = performance.now() - startedAt
    const waitedMs = tookMs - Math.max(usual, await undisturbedMs(newer))
    assert.ok(waitedMs < 2000, `${waitedMs} of ${tookMs} ms`)
    assert.deepEqual([status, offset], [204, file.length])
    await ended
  })

  test(`who asks ${where} for the offset of a stalled upload is told all that has come`, async () => {
    const { uploadId } = await begin()
    const stalled = calls.openPatch(uploadId, 0, { 'content-length': String(file.length) })
    const ended = once(stalled, 'error')
    await write(stalled, part(0, 123_456))
    await isSpooled(123_456)
    assert.equal((await newer.head(uploadId)).offset, 123_456)
    await ended
    assert.equal((await newer.patch(uploadId, 123_456, part(123_456))).offset, file.length)
  })
}

test('a newer PATCH from the start is told how far a stalled one has come in whole chunks, and goes on there', async () => {
  const { uploadId } = await begin()
  const stalled = calls.openPatch(uploadId, 0, { 'content-length': String(file.length) })
  const ended = once(stalled, 'error')
  await write(stalled, part(0, MIN_CHUNK_BYTES + 100))
  await isSpooled(100)
  const newer = await callsElsewhere.patch(uploadId, 0, part(0))
  assert.deepEqual([newer.status, newer.offset], [409, MIN_CHUNK_BYTES])
  const { status, offset } = await callsElsewhere.patch(uploadId, MIN_CHUNK_BYTES, part(MIN_CHUNK_BYTES))
  assert.deepEqual([status, offset], [204, file.length])
  await ended
})

test('of ten requests for one place at most one counts, and whoever goes on from there ends with whole bytes', async () => {
  const { uploadId } = await begin()
  const both = [calls, callsElsewhere]
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, async (_, index) => both[index % 2]?.patch(uploadId, 0, part(0))),
  )
  const statuses = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value?.status : 'ended'))
  // The one that wrote may have been ended by the newest between two chunks: then its answer is lost, not its chunks.
  assert.ok(statuses.filter((status) => status === 204).length <= 1, statuses.join())
  assert.ok(
    statuses.every((status) => status === 204 || status === 409 || status === 'ended'),
    statuses.join(),
  )
  const { offset } = await calls.head(uploadId)
  assert.ok(offset === file.length || offset === MIN_CHUNK_BYTES, `${offset} after ${statuses.join()}`)
  if (offset < file.length) assert.equal((await calls.patch(uploadId, offset, part(offset))).status, 204)
  const upload = await here.stores.uploads.find(uploadId, instructor.id)
  const stored = await buffer(await here.objects.read(upload?.parts.key ?? ''))
  assert.ok(stored.equals(file), 'the bytes are those of the file')
  assert.equal((await here.left('video-queue', 'uploadId', uploadId)).length, 1)
})

test('a connection that is cut before the checksum was checked leaves nothing', async () => {
  const { uploadId } = await begin()
  const checksum = { 'upload-checksum': `sha1 ${createHash('sha1').update(file).digest('base64')}` }
  const patch = calls.openPatch(uploadId, 0, { ...checksum, 'content-length': String(file.length) })
  const failed = once(patch, 'error')
  await write(patch, part(0, MIN_CHUNK_BYTES + 100))
  await isSpooled(MIN_CHUNK_BYTES + 100)
  patch.destroy(new Error('cable pulled'))
  await failed
  assert.equal((await callsElsewhere.head(uploadId)).offset, 0)
})

test('a service that stops keeps what has come, and another instance goes on', async () => {
  const stopping = await openFixture(stores, mint, { objects: here.objects })
  const { uploadId } = await begin()
  const patch = tusCalls(stopping.origin, instructor.token).openPatch(uploadId, 0, {
    'content-length': String(file.length),
  })
  const ended = once(patch, 'error')
  await write(patch, part(0, 400_000))
  await isSpooled(400_000)
  await stopping.close()
  await ended
  const startedAt = performance.now()
  assert.equal((await calls.head(uploadId)).offset, 400_000)
  assert.ok(performance.now() - startedAt < 1000, 'nobody is waited for')
})

test('no temporary file outlives its request', async () => {
  const { uploadId } = await begin()
  await calls.patch(uploadId, 0, part(0, 1000))
  await calls.patch(uploadId, 1000, new Uint8Array(randomBytes(10)), { 'upload-checksum': 'sha1 AAAA' })
  await isSpooled(0)
})
