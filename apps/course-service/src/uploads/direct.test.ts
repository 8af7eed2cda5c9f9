import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { ApiError } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, videoBytes, type Fixture } from '../fixture.ts'
import { assembleDirect } from './direct.ts'
import { sweepUploads } from './sweep.ts'

const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const objects = await server.openStore()
const [one, two] = [
  await openFixture(stores, mint, { objects }),
  await openFixture(stores, mint, { objects }),
]
const onDisk = await openFixture(stores, mint)
after(async () => {
  for (const fixture of [one, two, onDisk]) await fixture.close()
  await stores.close()
  await server.close()
})
const instructor = await one.person('instructor')
const elsewhere = await two.person('instructor', instructor.id)
const { uploads } = instructor
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const numbersOf = (bytes: Buffer) =>
  Array.from({ length: Math.ceil(bytes.length / MIN_CHUNK_BYTES) }, (_, index) => index + 1)

type Uploads = typeof uploads
type Signed = { partNumber: number; url: string; headers: Record<string, string> }

/** As a browser does: the headers that came with the URL, the bytes, and nothing else. */
async function sendPart({ partNumber, url, headers }: Signed, file: Buffer) {
  const answer = await fetch(url, { method: 'PUT', headers, body: chunkOf(file, partNumber - 1) })
  await answer.arrayBuffer()
  return { status: answer.status, partNumber, etag: answer.headers.get('etag') ?? '' }
}

const problemOf = (error: unknown) => (error instanceof ApiError ? error.code : error)

async function begun(file: Buffer, more: object = {}) {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const body = { lectureId, size: file.length, direct: true, ...more }
  const { uploadId, direct } = await uploads.initializeUpload({ body })
  assert.equal(direct, true)
  const params = { uploadId }
  const send = async (partNumbers = numbersOf(file), from: Uploads = uploads, bytes = file) => {
    const { parts } = await from.presignParts({ params, body: { partNumbers } })
    const sent = []
    for (const part of parts) sent.push(await sendPart(part, bytes))
    return sent.map(({ partNumber, etag }) => ({ partNumber, etag }))
  }
  const complete = (parts?: { partNumber: number; etag: string }[], from: Uploads = uploads) => {
    const totals = parts === undefined ? { totalChunks: numbersOf(file).length } : { parts }
    return from.completeUpload({ body: { uploadId, lectureId, ...totals } })
  }
  const status = (from: Uploads = uploads) => from.getUpload({ params })
  const stored = async () => sha256(await buffer(await objects.read(await keyOf(one, uploadId))))
  const lecture = async () => (await instructor.courses.getLecture({ params: { lectureId } })).status
  const jobs = () => one.left('video-queue', 'uploadId', uploadId)
  return { uploadId, lectureId, params, send, complete, status, stored, lecture, jobs }
}

async function keyOf(fixture: Fixture, uploadId: string) {
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  return upload?.parts.key ?? ''
}

test('parts sent straight to the store become exactly the file, and one job', async () => {
  const file = videoBytes(2 * MIN_CHUNK_BYTES + 77)
  const { send, complete, status, stored, lecture, jobs } = await begun(file)
  const parts = await send([2, 3])
  assert.deepEqual((await status()).receivedChunks, [1, 2])
  parts.push(...(await send([1])))
  await complete(parts)
  assert.deepEqual([(await status()).state, await lecture()], ['DONE', 'PROCESSING'])
  assert.deepEqual((await status()).receivedChunks, [0, 1, 2])
  assert.equal(await stored(), sha256(file))
  assert.deepEqual(
    (await jobs()).map((job) => [job['container'], job['sizeBytes']]),
    [['mp4', file.length]],
  )
})

test('complete names the parts that are missing, and those that the client knows otherwise', async () => {
  const file = videoBytes(2 * MIN_CHUNK_BYTES + 77)
  const { send, complete, status, stored } = await begun(file)
  const [first, last] = await send([1, 3])
  assert.ok(first && last)
  const named = async (work: Promise<unknown>) => {
    const { code, status, errors } = await refusal(work)
    assert.deepEqual([code, status], ['UPLOAD_INCOMPLETE', 409])
    return errors?.map(({ field, message }) => `${field} ${message}`)
  }
  assert.deepEqual(await named(complete([first, last])), ['chunks.1 is missing'])
  assert.deepEqual(await named(complete()), ['chunks.1 is missing'])
  const [second] = await send([2])
  assert.ok(second)
  assert.deepEqual(await named(complete([first, second])), ['chunks.2 is not named in parts'])
  const wrong = { ...second, etag: first.etag }
  assert.deepEqual(await named(complete([first, wrong, last])), ['chunks.1 has another tag in the store'])
  const beyond = { partNumber: 4, etag: first.etag }
  assert.deepEqual(await named(complete([first, second, last, beyond])), [
    'chunks.3 lies beyond the last chunk',
  ])
  assert.equal((await refusal(complete([first, second, last, last]))).errors?.[0]?.field, 'body.parts')
  assert.equal((await status()).state, 'OPEN')
  await complete([last, first, second])
  assert.equal(await stored(), sha256(file))
})

test('an upload begun at one instance goes on at another; twenty completes at both leave one job', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const { send, complete, status, stored, jobs } = await begun(file)
  const parts = [...(await send([1])), ...(await send([2], elsewhere.uploads))]
  assert.deepEqual((await status(elsewhere.uploads)).receivedChunks, [0, 1])
  const both = [uploads, elsewhere.uploads]
  const twenty = Array.from({ length: 20 }, (_, number) => retry(() => complete(parts, both[number % 2])))
  await Promise.all(twenty)
  await complete(parts)
  assert.equal(await stored(), sha256(file))
  assert.equal((await jobs()).length, 1)
})

test('parts that the store takes away as another complete makes the object are not missing', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const { uploadId, send, complete } = await begun(file)
  await complete(await send())
  const upload = await one.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  const direct = { ...objects.direct, listParts: async () => [] }
  const asked = { totalChunks: undefined, claimed: undefined }
  const made = await assembleDirect({ objects: { ...objects, direct } }, upload, asked)
  assert.equal(made.sizeBytes, file.length)
})

test('a complete that died behind the store’s own is finished by the next one', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const { uploadId, send, complete, status, stored, jobs } = await begun(file)
  const parts = await send()
  const upload = await one.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  await objects.completeParts(upload.parts, await objects.direct.listParts(upload.parts), file.length)
  assert.deepEqual((await status()).receivedChunks, [0, 1])
  await complete(parts, elsewhere.uploads)
  assert.deepEqual([await stored(), (await jobs()).length], [sha256(file), 1])
})

test('chunks through the service and parts straight to the store are one upload, the newest bytes count', async () => {
  const [file, other] = [videoBytes(2 * MIN_CHUNK_BYTES + 9), videoBytes(2 * MIN_CHUNK_BYTES + 9)]
  const { params, send, complete, status, stored } = await begun(file)
  const put = (index: number, bytes = file) =>
    uploads.putChunk({ params: { ...params, index }, raw: chunkOf(bytes, index), headers: octets })
  for (const index of [0, 1]) await put(index)
  await send([3])
  assert.deepEqual((await status()).receivedChunks, [0, 1, 2])
  await send([2], uploads, other)
  await send([1], uploads, other)
  const deadline = Date.now() + 10_000
  for (;;) {
    await send([1])
    // Whoever asked for its URL may send other bytes: what came before as a chunk is no reason to skip this one.
    await uploads.presignParts({ params, body: { partNumbers: [2] } })
    await put(1)
    // Within one second the server can't tell which of two came last: then they have to come again.
    const problem = await complete().then(
      () => undefined,
      (error: unknown) => problemOf(error),
    )
    if (problem === undefined) break
    assert.deepEqual([problem, Date.now() < deadline], ['UPLOAD_INCOMPLETE', true])
  }
  assert.equal(await stored(), sha256(file))
})

test('what is no video is removed from the store and refused, and the file may be sent anew', async () => {
  const text = Buffer.alloc(MIN_CHUNK_BYTES + 5, 'no video at all. ')
  const { uploadId, send, complete, status, lecture } = await begun(text)
  const key = await keyOf(one, uploadId)
  const problem = await refusal(complete(await send()))
  assert.deepEqual([problem.code, problem.status], ['UNSUPPORTED_MEDIA', 415])
  assert.equal(await objects.head(key), undefined)
  const { state, receivedChunks } = await status()
  assert.deepEqual([state, receivedChunks, await lecture()], ['OPEN', [], 'AWAITING_MEDIA'])
  const video = videoBytes(text.length)
  await complete(await send([1, 2], uploads, video))
  assert.equal(await lecture(), 'PROCESSING')
})

test('a file that differs from its announced checksum is removed, and may be sent anew', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const damaged = Buffer.from(file)
  damaged.writeUInt8(damaged.readUInt8(2_000_000) ^ 1, 2_000_000)
  const { uploadId, send, complete, stored } = await begun(file, { sha256: sha256(file) })
  const key = await keyOf(one, uploadId)
  const parts = await send([1, 2], uploads, damaged)
  assert.equal((await refusal(complete(parts))).code, 'CHECKSUM_MISMATCH')
  assert.equal(await objects.head(key), undefined)
  await complete(await send())
  assert.equal(await stored(), sha256(file))
})

test('a refused file whose removal was broken off is gone when its upload ends, well or not', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  for (const ending of ['completed', 'given up'] as const) {
    const { uploadId, params, send, complete } = await begun(file)
    await send()
    const upload = await one.stores.uploads.find(uploadId, instructor.id)
    assert.ok(upload)
    // As far as a process came that was killed before it removed the object.
    await objects.completeParts(upload.parts, await objects.direct.listParts(upload.parts), file.length)
    await one.stores.uploads.restart(upload, await objects.createParts(`raw/${uploadId}-anew`, file.length))
    assert.notEqual(await objects.head(upload.parts.key), undefined)
    if (ending === 'completed') await complete(await send())
    else await uploads.abortUpload({ params })
    assert.equal(await objects.head(upload.parts.key), undefined, ending)
  }
})

test('an upload outlives the instance that began it', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const stopped = await openFixture(stores, mint, { objects })
  const before = await stopped.person('instructor', instructor.id)
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const body = { lectureId, size: file.length, fileName: 'lesson.mp4', direct: true }
  const { uploadId } = await before.uploads.initializeUpload({ body })
  const params = { uploadId }
  const { parts } = await before.uploads.presignParts({ params, body: { partNumbers: [1, 2] } })
  await stopped.close()
  const sent = []
  for (const part of parts) sent.push(await sendPart(part, file))
  assert.equal((await uploads.initializeUpload({ body })).uploadId, uploadId)
  assert.deepEqual((await uploads.getUpload({ params })).receivedChunks, [0, 1])
  const named = sent.map(({ partNumber, etag }) => ({ partNumber, etag }))
  await uploads.completeUpload({ body: { uploadId, lectureId, parts: named } })
  assert.equal((await uploads.getUpload({ params })).state, 'DONE')
})

test('only its owner gets URLs for an upload, for parts that it has, and only while it is open', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const { params, send, complete } = await begun(file)
  const stranger = await one.person('instructor')
  const presign = (partNumbers: number[], from = uploads) =>
    refusal(from.presignParts({ params, body: { partNumbers } }))
  assert.equal((await presign([1], stranger.uploads)).code, 'UPLOAD_NOT_FOUND')
  for (const [partNumbers, field] of [
    [[1, 3], 'body.partNumbers.1'],
    [[0], 'body.partNumbers.0'],
    [[], 'body.partNumbers'],
    [[1, 1], 'body.partNumbers'],
    [Array.from({ length: 101 }, (_, index) => index + 1), 'body.partNumbers'],
  ] as const) {
    const { status, errors } = await presign([...partNumbers])
    assert.deepEqual([status, errors?.[0]?.field], [400, field])
  }
  await complete(await send())
  assert.deepEqual((await presign([1])).code, 'UPLOAD_NOT_OPEN')
})

test('without its size an upload has no parts to sign, and a store on disk takes none', async () => {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const unsized = await refusal(uploads.initializeUpload({ body: { lectureId, direct: true } }))
  assert.deepEqual([unsized.status, unsized.errors?.[0]?.field], [400, 'body.size'])
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId } })
  const body = { partNumbers: [1] }
  const open = await refusal(uploads.presignParts({ params: { uploadId }, body }))
  assert.deepEqual([open.status, open.code], [409, 'DIRECT_NOT_AVAILABLE'])
  const small = await onDisk.person('instructor', instructor.id)
  const file = { lectureId, size: 1000, fileName: 'on-disk.mp4', direct: true }
  const started = await small.uploads.initializeUpload({ body: file })
  assert.equal(started.direct, false)
  const params = { uploadId: started.uploadId }
  assert.equal((await refusal(small.uploads.presignParts({ params, body }))).code, 'DIRECT_NOT_AVAILABLE')
})

test('a week later a direct upload goes on; once it has expired nothing of it is left and its URLs are dead', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 5)
  const { uploadId, params, send } = await begun(file)
  await send([1])
  const { parts } = await uploads.presignParts({ params, body: { partNumbers: [2] } })
  const { hasParts } = one.stores.uploads
  const days = (count: number) => new Date(Date.now() + count * 24 * 3600 * 1000)
  await objects.sweepParts(days(6), hasParts)
  await sweepUploads({ ...one.stores, objects }, days(6))
  for (const part of parts) assert.equal((await sendPart(part, file)).status, 200)
  const key = await keyOf(one, uploadId)
  await sweepUploads({ ...one.stores, objects }, days(8))
  for (const part of parts) assert.equal((await sendPart(part, file)).status, 404)
  assert.equal((await refusal(uploads.getUpload({ params }))).code, 'UPLOAD_NOT_FOUND')
  assert.equal(await objects.head(key), undefined)
  assert.equal(await objects.sweepParts(days(1), async () => false), 0)
})
