import assert from 'node:assert/strict'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MIN_CHUNK_BYTES, uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, videoBytes } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
/** Two instances: each has its own connections and knows of the other through MongoDB and the folder alone. */
const first = await openFixture(stores, mint)
const second = await openFixture(stores, mint, { folder: first.folder })
after(async () => {
  await second.close()
  await first.close()
  await stores.close()
})
const instructor = await first.person('instructor')
const clientAt = (origin: string) => createClient(uploadApi, { origin, token: () => instructor.token })
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function begin(file: Buffer) {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const body = { lectureId, size: file.length }
  const { uploadId } = await instructor.uploads.initializeUpload({ body })
  const upload = await first.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  const place = { partsId: upload.parts.partsId, index: 0 }
  const complete = () => instructor.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } })
  const stored = () => readFile(join(first.folder, 'objects/raw', uploadId))
  return { uploadId, upload, place, complete, stored }
}
type Begun = Awaited<ReturnType<typeof begin>>
const writerOf = async ({ place }: Begun) => {
  const row = await first.mongo.models['UploadChunk']?.findOne(place).lean<{ writer?: { id: string } }>()
  return row?.writer?.id
}

/** A PUT to the first instance that stops in the middle of its body, after the instance began to write it. */
async function stalledPut(begun: Begun, bytes: Buffer) {
  const put = request(`${first.origin}/api/v1/course/upload/${begun.uploadId}/chunk/0`, {
    method: 'PUT',
    headers: { ...octets, authorization: `Bearer ${instructor.token}`, 'content-length': bytes.length },
  })
  const ended = once(put, 'response').then(
    () => 'answered',
    () => 'cut off',
  )
  put.on('error', () => {})
  put.write(bytes.subarray(0, bytes.length / 2))
  while ((await writerOf(begun)) === undefined) await pause(5)
  return { put, ended }
}
/** What a PUT takes on this machine by itself, whatever else it does: nobody else wants that chunk. */
async function undisturbedMs(origin: string, bytes: Buffer) {
  const begun = await begin(bytes)
  const started = performance.now()
  await send(origin, begun, bytes)
  return performance.now() - started
}
const send = (origin: string, { uploadId }: Begun, bytes: Buffer) =>
  clientAt(origin).putChunk({ params: { uploadId, index: 0 }, raw: new Uint8Array(bytes), headers: octets })

test('a newer connection on another instance takes a chunk over from a stalled one in two seconds, and its bytes count', async () => {
  const [older, newer] = [videoBytes(200_000), videoBytes(200_000)]
  const begun = await begin(newer)
  const { put, ended } = await stalledPut(begun, older)
  const started = performance.now()
  await send(second.origin, begun, newer)
  assert.ok(performance.now() - started < 2000, `${performance.now() - started} ms`)
  // The stalled one moves again: too late.
  put.end(older.subarray(older.length / 2))
  assert.equal(await ended, 'cut off')
  await begun.complete()
  assert.equal(sha256(await begun.stored()), sha256(newer))
})

test('the chunk of an instance that died is free within two seconds', async () => {
  const file = videoBytes(200_000)
  const begun = await begin(file)
  const before = await undisturbedMs(second.origin, file)
  assert.equal(await first.stores.uploads.claim({ ...begun.place, writerId: randomUUID() }), 'mine')
  const started = performance.now()
  await send(second.origin, begun, file)
  const tookMs = performance.now() - started
  const waitedMs = tookMs - Math.max(before, await undisturbedMs(second.origin, file))
  assert.ok(waitedMs < 2000, `${waitedMs} of ${tookMs} ms`)
})

test('a slow writer that nobody disturbs keeps its chunk for longer than a lease', async () => {
  const file = videoBytes(200_000)
  const begun = await begin(file)
  const { put, ended } = await stalledPut(begun, file)
  const writer = await writerOf(begun)
  await pause(2000)
  assert.equal(await writerOf(begun), writer)
  put.end(file.subarray(file.length / 2))
  assert.equal(await ended, 'answered')
  const [chunk] = await first.stores.uploads.chunks(begun.upload)
  assert.equal(chunk?.sha256, sha256(file))
})

test('of twenty connections for one chunk on two instances one is stored whole, and the others leave no trace', async () => {
  const files = Array.from({ length: 20 }, () => videoBytes(MIN_CHUNK_BYTES))
  const begun = await begin(files[0] ?? randomBytes(0))
  const outcomes = await Promise.allSettled(
    files.map((file, place) => send((place % 2 === 0 ? first : second).origin, begun, file)),
  )
  const winners = files.filter((_, place) => outcomes[place]?.status === 'fulfilled')
  assert.equal(winners.length, 1)
  await begun.complete()
  assert.deepEqual(
    (await first.stores.uploads.chunks(begun.upload)).map(({ index }) => index),
    [0],
  )
  assert.equal(sha256(await begun.stored()), sha256(chunkOf(winners[0] ?? randomBytes(0), 0)))
})
