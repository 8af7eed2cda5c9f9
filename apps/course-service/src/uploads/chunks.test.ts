import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, videoBytes } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')

const other = await fixture.person('instructor')
const { uploads } = instructor

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const file = videoBytes(2 * MIN_CHUNK_BYTES + 1000)
async function begin(body: object = { size: file.length, fileName: 'sets.mp4' }) {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const started = await uploads.initializeUpload({ body: { lectureId, ...body } })
  const put = (index: number, raw: Uint8Array<ArrayBuffer> = chunkOf(file, index), headers = {}) =>
    uploads.putChunk({
      params: { uploadId: started.uploadId, index },
      raw,
      headers: { ...octets, ...headers },
    })
  const received = async () =>
    (await uploads.getUpload({ params: { uploadId: started.uploadId } })).receivedChunks
  return { lectureId, ...started, put, received }
}

test('initialize answers the id and the plan: 5 MiB chunks unless asked otherwise', async () => {
  const { uploadId, chunkSize, totalChunks } = await begin()
  assert.match(uploadId, /^[0-9a-f]{24}$/)
  assert.deepEqual([chunkSize, totalChunks], [MIN_CHUNK_BYTES, 3])
  const larger = await begin({ size: file.length, chunkSize: 8 * 1024 * 1024 })
  assert.deepEqual([larger.chunkSize, larger.totalChunks], [8 * 1024 * 1024, 2])
  const unknown = await begin({})
  assert.deepEqual([unknown.chunkSize, unknown.totalChunks], [MIN_CHUNK_BYTES, undefined])
})

test('the same person, lecture and file get the same upload back, also when asked for at once; others do not', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const begin = (body = {}) =>
    uploads.initializeUpload({ body: { lectureId, size: 9000, fileName: 'a.mp4', ...body } })
  const ids = await Promise.all(Array.from({ length: 5 }, async () => (await begin()).uploadId))
  assert.equal(new Set(ids).size, 1)
  assert.equal((await begin()).uploadId, ids[0])
  assert.notEqual((await begin({ size: 9001 })).uploadId, ids[0])
  assert.notEqual((await begin({ fileName: 'b.mp4' })).uploadId, ids[0])
  assert.notEqual((await begin({ sha256: 'a'.repeat(64) })).uploadId, ids[0])
})

test('initialize refuses unknown fields, wrong types and sizes, each by name', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const fields = async (body: object) => {
    const url = '/api/v1/course/upload/initialize'
    const answer = await rawCall(fixture.app, {
      method: 'POST',
      url,
      token: instructor.token,
      body: { lectureId, ...body },
    })
    assert.equal(answer.statusCode, 400)
    return answer.json().errors.map((error: { field: string }) => error.field)
  }
  for (const field of ['path', 'stagingKey', 'key', 'state', 'ownerId', '_id', 'parts']) {
    assert.deepEqual(await fields({ [field]: 'x' }), [`body.${field}`])
  }
  assert.deepEqual(await fields({ size: '5' }), ['body.size'])
  assert.deepEqual(await fields({ size: 0 }), ['body.size'])
  assert.deepEqual(await fields({ size: 5 * 1024 ** 3 + 1 }), ['body.size'])
  assert.deepEqual(await fields({ chunkSize: 5_000_000 }), ['body.chunkSize'])
  assert.deepEqual(await fields({ fileName: 'x'.repeat(300) }), ['body.fileName'])
  assert.deepEqual(await fields({ lectureId: { $ne: null } }), ['body.lectureId'])
})

test('a hostile file name changes nothing about where the bytes go', async () => {
  for (const fileName of [
    '../../etc/passwd',
    'a\0b.mp4',
    'x.mp4.php',
    'playlist.m3u8',
    '\u202egpm.exe',
    '<img src=x>',
  ]) {
    const { uploadId } = await begin({ size: 1000, fileName })
    const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
    assert.equal(upload?.parts.key, `raw/${uploadId}`)
  }
})

test('chunks in any order, each sent twice, are each there once', async () => {
  const { put, received } = await begin()
  for (const index of [2, 0, 0, 2]) assert.equal((await put(index)).message, 'chunk received')
  assert.deepEqual(await received(), [0, 2])
  await put(1)
  assert.deepEqual(await received(), [0, 1, 2])
})

test('other bytes for a chunk that is there are a conflict, and the first ones stay', async () => {
  const { put, received, uploadId } = await begin()
  await put(1)
  const before = await fixture.stores.uploads.find(uploadId, instructor.id)
  assert.equal((await refusal(put(1, new Uint8Array(randomBytes(MIN_CHUNK_BYTES))))).code, 'CHUNK_CONFLICT')
  assert.deepEqual(await received(), [1])
  assert.ok(before)
  const stored = await fixture.stores.uploads.chunk(before, 1)
  assert.equal(stored?.sha256, sha256(chunkOf(file, 1)))
})

test('one flipped bit in a chunk with a checksum is refused, and the chunk is not counted', async () => {
  const { put, received } = await begin()
  const header = { 'x-checksum-sha256': sha256(chunkOf(file, 1)) }
  const flipped = chunkOf(file, 1)
  flipped[12_345] = (flipped[12_345] ?? 0) ^ 1
  const problem = await refusal(put(1, flipped, header))
  assert.deepEqual([problem.code, problem.status], ['CHECKSUM_MISMATCH', 400])
  assert.deepEqual(await received(), [])
  await put(1, chunkOf(file, 1), header)
  assert.equal((await refusal(put(1, flipped, header))).code, 'CHECKSUM_MISMATCH')
  assert.deepEqual(await received(), [1])
  const nonsense = await refusal(put(0, chunkOf(file, 0), { 'x-checksum-sha256': 'md5' }))
  assert.equal(nonsense.errors?.[0]?.field, 'headers.x-checksum-sha256')
})

test('a chunk too long, too short, out of range, empty or of another content type is refused, and none is counted', async () => {
  const { put, received, uploadId } = await begin()
  const field = async (call: Promise<unknown>) => (await refusal(call)).errors?.[0]?.field
  assert.equal(await field(put(0, chunkOf(file, 0).slice(1))), 'chunks.0')
  assert.equal(await field(put(2, new Uint8Array(1001))), 'chunks.2')
  assert.equal(await field(put(2, new Uint8Array(0))), 'chunks.2')
  assert.equal(await field(put(3)), 'params.index')
  const url = (index: string) => `/api/v1/course/upload/${uploadId}/chunk/${index}`
  const raw = (index: string, type: string, body: unknown = Buffer.alloc(10)) =>
    rawCall(fixture.app, {
      method: 'PUT',
      url: url(index),
      token: instructor.token,
      headers: { 'content-type': type },
      body,
    })
  for (const index of ['-1', '1.5', 'x', '10000', '0x1', '%20']) {
    const answer = await raw(index, 'application/octet-stream')
    assert.equal(answer.json().errors[0].field, 'params.index', index)
  }
  assert.equal((await raw('0', 'video/mp4')).statusCode, 415)
  assert.equal((await raw('0', 'application/json', '{}')).statusCode, 415)
  assert.deepEqual(await received(), [])
})

test('an upload id is no capability: others neither see the upload nor write to it', async () => {
  const { put, uploadId, lectureId } = await begin()
  await put(0)
  const params = { uploadId }
  const student = await fixture.person('student')
  const theirs = other.uploads
  assert.equal((await refusal(theirs.getUpload({ params }))).code, 'UPLOAD_NOT_FOUND')
  const chunk = { params: { uploadId, index: 1 }, raw: chunkOf(file, 1), headers: octets }
  assert.equal((await refusal(theirs.putChunk(chunk))).code, 'UPLOAD_NOT_FOUND')
  const complete = { body: { uploadId, lectureId, totalChunks: 3 } }
  assert.equal((await refusal(theirs.completeUpload(complete))).code, 'UPLOAD_NOT_FOUND')
  assert.equal(
    (await refusal(theirs.initializeUpload({ body: { lectureId, size: 9 } }))).code,
    'LECTURE_NOT_FOUND',
  )
  assert.equal((await refusal(student.uploads.getUpload({ params }))).code, 'FORBIDDEN')
  assert.equal((await refusal(uploads.getUpload({ params: { uploadId: newId() } }))).code, 'UPLOAD_NOT_FOUND')
  assert.deepEqual((await uploads.getUpload({ params })).receivedChunks, [0])
})

test('an upload left for too long is not given back, and its bytes are let go', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const begin = () => uploads.initializeUpload({ body: { lectureId, size: 1000, fileName: 'a.mp4' } })
  const { uploadId } = await begin()
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  await fixture.mongo.models['Upload']?.updateOne({ _id: uploadId }, { $set: { expiresAt: new Date(0) } })
  assert.notEqual((await begin()).uploadId, uploadId)
  const part = { index: 0, offset: 0, sizeBytes: 1 }
  const { Readable } = await import('node:stream')
  await assert.rejects(fixture.objects.putPart(upload.parts, part, Readable.from([Buffer.alloc(1)])), {
    code: 'UPLOAD_NOT_OPEN',
  })
})
