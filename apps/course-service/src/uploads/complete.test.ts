import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, uploadTiny, videoBytes } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')

const { uploads } = instructor
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function sent(file: Buffer, indexes: number[], more: object = { size: file.length }) {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId, ...more } })
  const put = (index: number, raw = chunkOf(file, index)) =>
    uploads.putChunk({ params: { uploadId, index }, raw, headers: octets })
  for (const index of indexes) await put(index)
  const complete = (totalChunks = Math.ceil(file.length / MIN_CHUNK_BYTES)) =>
    uploads.completeUpload({ body: { uploadId, lectureId, totalChunks } })
  const lecture = () => instructor.courses.getLecture({ params: { lectureId } })
  const state = async () => (await uploads.getUpload({ params: { uploadId } })).state
  const jobs = () => fixture.left('video-queue', 'uploadId', uploadId)
  return { uploadId, lectureId, put, complete, lecture, state, jobs }
}
const stored = (uploadId: string) => readFile(join(fixture.folder, 'objects/raw', uploadId))

test('a shuffled, doubled upload with a gap names the gap, and then becomes exactly the file', async () => {
  const file = videoBytes(3 * MIN_CHUNK_BYTES + 77)
  const { uploadId, lectureId, put, complete, lecture, state, jobs } = await sent(file, [3, 1, 0, 1, 3])
  const problem = await refusal(complete())
  assert.deepEqual([problem.code, problem.status], ['UPLOAD_INCOMPLETE', 409])
  assert.deepEqual(
    problem.errors?.map(({ field }) => field),
    ['chunks.2'],
  )
  assert.deepEqual([await state(), (await lecture()).status], ['OPEN', 'AWAITING_MEDIA'])
  await put(2)
  await complete()
  assert.deepEqual([await state(), (await lecture()).status], ['DONE', 'PROCESSING'])
  assert.equal(sha256(await stored(uploadId)), sha256(file))
  const job = { lectureId, uploadId, rawVideoUrl: `object:raw/${uploadId}`, instructorId: instructor.id }
  assert.deepEqual(await jobs(), [{ ...job, container: 'mp4', sizeBytes: file.length }])
})

test('ten completes at once, and one more later, answer the same and leave one job', async () => {
  const { complete, jobs, lecture } = await sent(videoBytes(MIN_CHUNK_BYTES + 5), [0, 1])
  const answers = await Promise.all(Array.from({ length: 10 }, () => retry(() => complete())))
  answers.push(await complete())
  assert.equal(new Set(answers.map(({ message }) => message)).size, 1)
  assert.equal((await jobs()).length, 1)
  assert.equal((await lecture()).status, 'PROCESSING')
})

test('a complete that dies between the object and the database is finished by the next', async () => {
  const { uploadId, complete, jobs } = await sent(videoBytes(1000), [0])
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  await fixture.objects.completeParts(upload.parts, await fixture.stores.uploads.chunks(upload), 1000)
  await complete()
  assert.equal((await jobs()).length, 1)
})

test('a completed upload takes no more chunks', async () => {
  const { put, complete } = await sent(videoBytes(1000), [0])
  await complete()
  assert.equal((await refusal(put(0))).code, 'UPLOAD_NOT_OPEN')
})

test('an upload of unknown size is as long as its chunks; the seed’s plain calls work', async () => {
  const file = videoBytes(2 * MIN_CHUNK_BYTES + 3)
  const { uploadId, complete, jobs } = await sent(file, [2, 0, 1], {})
  assert.equal((await refusal(complete(2))).errors?.[0]?.field, 'chunks.2')
  assert.equal((await refusal(complete(4))).errors?.[0]?.field, 'chunks.3')
  await complete(3)
  assert.equal(sha256(await stored(uploadId)), sha256(file))
  assert.equal((await jobs())[0]?.sizeBytes, file.length)
})

test('what is no video is refused with its reason, and the lecture stays as it was', async () => {
  const playlist = Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:9\nfile:///etc/passwd\n'.padEnd(1000, '\n'))
  const { put, state, lecture, jobs } = await sent(playlist, [])
  const problem = await refusal(put(0))
  assert.deepEqual([problem.code, problem.status], ['UNSUPPORTED_MEDIA', 415])
  assert.match(problem.detail ?? '', /MP4, MOV, MKV or WebM/)
  const short = await sent(Buffer.from('hello'), [0])
  assert.equal((await refusal(short.complete())).code, 'UNSUPPORTED_MEDIA')
  assert.deepEqual([await state(), (await lecture()).status, await jobs()], ['OPEN', 'AWAITING_MEDIA', []])
  assert.equal((await short.lecture()).status, 'AWAITING_MEDIA')
})

test('a whole file that does not match its checksum starts anew, and then goes through', async () => {
  const file = videoBytes(MIN_CHUNK_BYTES + 100)
  const size = file.length
  const damaged = Buffer.from(file)
  damaged[MIN_CHUNK_BYTES + 7] = (damaged[MIN_CHUNK_BYTES + 7] ?? 0) ^ 1
  const { uploadId, put, complete, jobs, lecture } = await sent(damaged, [0, 1], {
    size,
    sha256: sha256(file),
  })
  const problems = await Promise.all([refusal(complete()), refusal(complete())])
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['CHECKSUM_MISMATCH', 'CHECKSUM_MISMATCH'],
  )
  assert.deepEqual((await uploads.getUpload({ params: { uploadId } })).receivedChunks, [])
  assert.equal((await lecture()).status, 'AWAITING_MEDIA')
  for (const index of [0, 1]) await put(index, chunkOf(file, index))
  await complete()
  const [job] = await jobs()
  assert.equal(sha256(await stored(job.rawVideoUrl.replace('object:raw/', ''))), sha256(file))
  assert.equal(job.sha256, sha256(file))
})

test('the job says the checksum of a file that came as one chunk, which nobody had to compute for it', async () => {
  const file = videoBytes(1000)
  const { complete, jobs } = await sent(file, [0])
  await complete()
  assert.equal((await jobs())[0]?.sha256, sha256(file))
})

test('complete refuses another lecture, another count and unknown fields, each by name', async () => {
  const { uploadId, lectureId, complete } = await sent(videoBytes(1000), [0])
  const other = (await draftOf(instructor)).lectureIds[0] ?? ''
  const wrong = uploads.completeUpload({ body: { uploadId, lectureId: other, totalChunks: 1 } })
  assert.equal((await refusal(wrong)).errors?.[0]?.field, 'body.lectureId')
  assert.equal((await refusal(complete(2))).errors?.[0]?.field, 'body.totalChunks')
  const body = { uploadId, lectureId, totalChunks: 1, status: 'READY' }
  assert.equal((await refusal(uploads.completeUpload({ body }))).errors?.[0]?.field, 'body.status')
})

test('a second video for a lecture takes the place of the first', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const first = await uploadTiny(instructor, lectureId)
  const second = await uploadTiny(instructor, lectureId)
  assert.notEqual(first, second)
  const lecture = await fixture.stores.courses.findLecture(lectureId)
  assert.deepEqual([String(lecture?.uploadId), lecture?.status], [second, 'PROCESSING'])
})
