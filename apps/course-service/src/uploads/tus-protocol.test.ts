import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { tusApi } from '@aetherlearn/contracts/tus'
import { MAX_CHUNK_BYTES, MAX_UPLOAD_BYTES, MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, videoBytes } from '../fixture.ts'
import { metadataOf, tusCalls } from './tus-calls.fixture.ts'

const [stores, mint] = [await testStores(), await createTokenMint()]
const here = await openFixture(stores, mint)
const elsewhere = await openFixture(stores, mint, { objects: here.objects })
after(async () => {
  await elsewhere.close()
  await here.close()
  await stores.close()
})
const instructor = await here.person('instructor')
const calls = tusCalls(here.origin, instructor.token)
const callsElsewhere = tusCalls(elsewhere.origin, instructor.token)
const newLecture = async () => (await draftOf(instructor)).lectureIds[0] ?? ''
const file = videoBytes(MIN_CHUNK_BYTES + 500_000)
const part = (from: number, to = file.length) => new Uint8Array(file.subarray(from, to))
async function begin(size = file.length) {
  const lectureId = await newLecture()
  const { uploadId } = await calls.begin(lectureId, size)
  return { lectureId, uploadId }
}
async function answerOf(request: ClientRequest) {
  const [response]: IncomingMessage[] = await once(request, 'response')
  assert.ok(response)
  const offset = response.headers['upload-offset']
  return { status: response.statusCode, offset, ...((await json(response)) as { code?: string }) }
}

test('OPTIONS tells what is supported, to anybody', async () => {
  const { status, headers } = await calls.call('OPTIONS', tusApi.describeTus.url)
  const told = ['tus-resumable', 'tus-version', 'tus-extension', 'tus-max-size', 'tus-checksum-algorithm']
  assert.equal(status, 204)
  assert.deepEqual(
    told.map((name) => headers.get(name)),
    [
      '1.0.0',
      '1.0.0',
      'creation,creation-with-upload,termination,checksum,expiration',
      String(MAX_UPLOAD_BYTES),
      'sha1,sha256',
    ],
  )
})

test('another version of the protocol is 412 and nothing is done', async () => {
  const { uploadId } = await begin()
  for (const version of ['0.2.2', '', '2.0.0']) {
    const more = { 'tus-resumable': version }
    const answer = await calls.patch(uploadId, 0, part(0, 1000), more)
    assert.deepEqual([answer.status, answer.code], [412, 'TUS_VERSION'])
    assert.equal(answer.headers.get('tus-version'), '1.0.0')
    assert.equal(answer.headers.get('tus-resumable'), '1.0.0')
  }
  assert.equal((await calls.head(uploadId)).offset, 0)
})

test('a new upload has an address below the route, an end, and its metadata is given back', async () => {
  const lectureId = await newLecture()
  const metadata = `${metadataOf({ lectureId, filename: 'Mängen.mp4' })},is_draft`
  const answer = await calls.begin(lectureId, 1000, { 'upload-metadata': metadata })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('location'), calls.pathOf(answer.uploadId))
  const inDays = (Date.parse(answer.headers.get('upload-expires') ?? '') - Date.now()) / 86_400_000
  assert.ok(inDays > 6.9 && inDays < 7.1, `${inDays}`)
  const { status, offset, headers, text } = await calls.head(answer.uploadId)
  assert.deepEqual([status, offset, text], [200, 0, ''])
  assert.equal(headers.get('upload-length'), '1000')
  assert.equal(headers.get('upload-metadata'), metadata)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('upload-expires'), answer.headers.get('upload-expires'))
})

test('a creation without a good length, lecture or metadata is refused and says why', async () => {
  const lectureId = await newLecture()
  const fieldOf = async (more: Record<string, string>, size: number | string = 1000) => {
    const { status, text } = await calls.begin(lectureId, Number(size), {
      'upload-length': String(size),
      ...more,
    })
    return [status, (JSON.parse(text) as { errors?: { field: string }[] }).errors?.[0]?.field]
  }
  for (const size of ['0', '-1', '1.5', '1e3', 'x', '']) {
    assert.deepEqual(await fieldOf({}, size), [400, 'headers.upload-length'], size)
  }
  const { status, code } = await calls.begin(lectureId, MAX_UPLOAD_BYTES + 1)
  assert.deepEqual([status, code], [413, 'TOO_LARGE'])
  const metadata = 'headers.upload-metadata'
  for (const bad of ['lectureId %%%', 'a b c', 'a YQ==,a YQ==', 'a '.repeat(3000), ',']) {
    assert.deepEqual(await fieldOf({ 'upload-metadata': bad }), [400, metadata], bad.slice(0, 20))
  }
  for (const pairs of [{ filename: 'x' }, { lectureId: '../x' }]) {
    const header = { 'upload-metadata': metadataOf(pairs) }
    assert.deepEqual(await fieldOf(header), [400, `${metadata}.lectureId`])
  }
  assert.deepEqual(await fieldOf({ 'upload-concat': 'partial' }), [400, 'headers.upload-concat'])
  assert.deepEqual(await fieldOf({ 'upload-defer-length': '1' }), [400, 'headers.upload-defer-length'])
  const other = tusCalls(here.origin, (await here.person('instructor')).token)
  assert.equal((await other.begin(lectureId, 1000)).code, 'LECTURE_NOT_FOUND')
})

test('bytes may come one by one, and an offset that is not the true one is 409 and tells it', async () => {
  const { uploadId } = await begin()
  for (const at of [0, 1, 2]) assert.equal((await calls.patch(uploadId, at, part(at, at + 1))).offset, at + 1)
  for (const wrong of [0, 2, 4, MIN_CHUNK_BYTES]) {
    const { status, code, offset } = await calls.patch(uploadId, wrong, part(0, 10))
    assert.deepEqual([status, code, offset], [409, 'OFFSET_CONFLICT', 3])
  }
  const rest = await callsElsewhere.patch(uploadId, 3, part(3))
  assert.deepEqual([rest.status, rest.offset], [204, file.length])
  assert.equal(rest.headers.get('upload-expires'), null)
})

test('bytes that match their checksum count, others are 460 and the offset stays', async () => {
  const { uploadId } = await begin()
  const sumOf = (algorithm: string, bytes: Uint8Array) => ({
    'upload-checksum': `${algorithm} ${createHash(algorithm).update(bytes).digest('base64')}`,
  })
  const piece = part(0, 3_000_000)
  const flipped = piece.slice()
  flipped[1_234_567] = (flipped[1_234_567] ?? 0) ^ 1
  for (const algorithm of ['sha1', 'sha256']) {
    const { status, code, offset } = await calls.patch(uploadId, 0, flipped, sumOf(algorithm, piece))
    assert.deepEqual([status, code, offset], [460, 'TUS_CHECKSUM_MISMATCH', 0])
  }
  for (const header of ['md5 1B2M2Y8AsgTpgAmY7PhCfg==', 'sha1', 'sha1 x', 'SHA1 AAAA', 'sha256 AAAA']) {
    assert.equal((await calls.patch(uploadId, 0, piece, { 'upload-checksum': header })).status, 400, header)
  }
  assert.equal((await calls.head(uploadId)).offset, 0)
  assert.equal((await calls.patch(uploadId, 0, piece, sumOf('sha1', piece))).offset, piece.length)
  const rest = part(piece.length)
  assert.equal((await calls.patch(uploadId, piece.length, rest, sumOf('sha256', rest))).offset, file.length)
})

test('more bytes than the file has, or than a checksum may cover, are 413', async () => {
  const { uploadId } = await begin(1000)
  assert.equal((await calls.patch(uploadId, 0, part(0, 1001))).code, 'TOO_LARGE')
  const patch = calls.openPatch(uploadId, 0, { 'transfer-encoding': 'chunked' })
  const answer = answerOf(patch)
  patch.end(part(0, 1001))
  assert.deepEqual([(await answer).status, (await answer).code], [413, 'TOO_LARGE'])
  const large = (await begin(MAX_UPLOAD_BYTES)).uploadId
  const announced = {
    'content-length': String(MAX_CHUNK_BYTES + 1),
    'upload-checksum': `sha1 ${createHash('sha1').digest('base64')}`,
  }
  const checked = calls.openPatch(large, 0, announced)
  const refused = answerOf(checked)
  checked.flushHeaders()
  assert.equal((await refused).code, 'TOO_LARGE')
  checked.destroy()
})

test('what is no video is 415 by its first bytes, with most of it still on its way, and does not count', async () => {
  const { uploadId } = await begin()
  const patch = calls.openPatch(uploadId, 0, { 'content-length': String(file.length) })
  const answer = answerOf(patch)
  patch.write(Buffer.alloc(100_000, '#EXTM3U\n'))
  assert.deepEqual([(await answer).status, (await answer).code], [415, 'UNSUPPORTED_MEDIA'])
  patch.destroy()
  assert.equal((await calls.head(uploadId)).offset, 0)
  for (const type of ['application/octet-stream', 'application/json', 'video/mp4']) {
    const { status } = await calls.patch(uploadId, 0, part(0, 100), { 'content-type': type })
    assert.equal(status, 415, type)
  }
  // One byte at a time nothing can be told of it before it is a chunk.
  const text = new Uint8Array(Buffer.alloc(file.length, 'x'))
  await calls.patch(uploadId, 0, text.slice(0, 1))
  assert.equal((await calls.patch(uploadId, 1, text.slice(1))).status, 415)
})

test('an upload is its owner’s alone', async () => {
  const { uploadId } = await begin()
  await calls.patch(uploadId, 0, part(0, 1000))
  for (const [role, expected] of [
    ['instructor', 404],
    ['student', 403],
  ] as const) {
    const theirs = tusCalls(here.origin, (await here.person(role)).token)
    assert.equal((await theirs.head(uploadId)).status, expected)
    assert.equal((await theirs.patch(uploadId, 1000, part(1000))).status, expected)
    assert.equal((await theirs.terminate(uploadId)).status, expected)
  }
  assert.equal((await calls.head(uploadId)).offset, 1000)
})

test('an upload goes on by another door at any point', async () => {
  const lectureId = await newLecture()
  const { uploads } = instructor
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId, size: file.length } })
  const params = { uploadId }
  await uploads.putChunk({ params: { uploadId, index: 0 }, raw: chunkOf(file, 0), headers: octets })
  assert.equal((await calls.head(uploadId)).offset, MIN_CHUNK_BYTES)
  const byTus = await calls.patch(uploadId, MIN_CHUNK_BYTES, part(MIN_CHUNK_BYTES, MIN_CHUNK_BYTES + 1000))
  assert.equal(byTus.offset, MIN_CHUNK_BYTES + 1000)
  // The tail has no meaning for the door of chunks.
  await uploads.putChunk({ params: { uploadId, index: 1 }, raw: chunkOf(file, 1), headers: octets })
  assert.deepEqual((await uploads.getUpload({ params })).receivedChunks, [0, 1])
  await uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 2 } })
  assert.equal((await calls.head(uploadId)).offset, file.length)
})

test('an upload that is whole is completed by whoever asks, as its last answer may be lost', async () => {
  const { lectureId, uploadId } = await begin()
  for (const index of [1, 0]) {
    const chunk = { params: { uploadId, index }, raw: chunkOf(file, index), headers: octets }
    await instructor.uploads.putChunk(chunk)
  }
  assert.equal((await instructor.courses.getLecture({ params: { lectureId } })).status, 'AWAITING_MEDIA')
  assert.equal((await calls.head(uploadId)).offset, file.length)
  assert.equal((await instructor.courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
  assert.equal((await calls.patch(uploadId, file.length, new Uint8Array(0))).status, 204)
  assert.equal((await here.left('video-queue', 'uploadId', uploadId)).length, 1)
  const { status, code } = await calls.terminate(uploadId)
  assert.deepEqual([status, code], [409, 'UPLOAD_NOT_OPEN'])
})

test('an upload that has expired is gone', async () => {
  const { uploadId } = await begin()
  await calls.patch(uploadId, 0, part(0, 1000))
  await here.mongo.models['Upload']?.updateOne({ _id: uploadId }, { $set: { expiresAt: new Date(0) } })
  const gone = [await calls.head(uploadId), await calls.patch(uploadId, 1000, part(1000))]
  assert.deepEqual(
    gone.map(({ status }) => status),
    [404, 404],
  )
})
