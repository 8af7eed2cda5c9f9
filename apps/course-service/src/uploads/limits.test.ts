import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, openFixture, uploadTiny, videoBytes, type Person } from '../fixture.ts'
import { sweepUploads } from './sweep.ts'

const stores = await testStores()
const limits = { quotaBytes: 1024 ** 3, maxOpenUploads: 20 }
const fixture = await openFixture(stores, await createTokenMint(), { limits })
after(async () => {
  await fixture.close()
  await stores.close()
})
const GIB_HALF = 512 * 1024 ** 2
const { usage } = fixture.stores
const sweep = (now: Date) => sweepUploads({ ...fixture.stores, objects: fixture.objects }, now)
const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600 * 1000)

async function newInstructor() {
  const instructor = await fixture.person('instructor')
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const begin = (body: object = {}) => instructor.uploads.initializeUpload({ body: { lectureId, ...body } })
  const used = () => instructor.uploads.getUsage()
  return { instructor, lectureId, begin, used }
}
const put = ({ uploads }: Person, uploadId: string, index: number, raw: Uint8Array<ArrayBuffer>) =>
  uploads.putChunk({ params: { uploadId, index }, raw, headers: octets })
const stagedParts = async () => (await readdir(join(fixture.folder, 'staging'))).length

test('of twenty uploads begun at once exactly the two that fit are taken; the others are told what is used', async () => {
  const { begin, used } = await newInstructor()
  const staged = await stagedParts()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, number) => begin({ size: GIB_HALF, fileName: `${number}.mp4` })),
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(refused.length, 18)
  for (const { reason } of refused) {
    assert.deepEqual([reason.status, reason.code], [429, 'QUOTA_EXCEEDED'])
    assert.match(reason.problem.detail, /1073741824 of 1073741824 bytes and 2 of 20 open uploads/)
  }
  assert.deepEqual(await used(), { ...limits, usedBytes: 2 * GIB_HALF, openUploads: 2 })
  assert.equal(await stagedParts(), staged + 2)
})

test('more uploads than may be open are refused, also when they tell no size', async () => {
  const { begin, used } = await newInstructor()
  const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => begin()))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 20)
  assert.deepEqual(await used(), { ...limits, usedBytes: 0, openUploads: 20 })
})

test('an upload that is given up frees its bytes and its place at once, and is gone', async () => {
  const { instructor, begin, used } = await newInstructor()
  const { uploadId } = await begin({ size: 2 * GIB_HALF })
  assert.equal((await refusal(begin({ size: 1 }))).code, 'QUOTA_EXCEEDED')
  const staged = await stagedParts()
  const params = { uploadId }
  const stranger = await fixture.person('instructor')
  assert.equal((await refusal(stranger.uploads.abortUpload({ params }))).code, 'UPLOAD_NOT_FOUND')
  await instructor.uploads.abortUpload({ params })
  assert.deepEqual(await used(), { ...limits, usedBytes: 0, openUploads: 0 })
  assert.equal(await stagedParts(), staged - 1)
  assert.equal((await refusal(instructor.uploads.abortUpload({ params }))).code, 'UPLOAD_NOT_FOUND')
  assert.equal((await refusal(put(instructor, uploadId, 0, new Uint8Array(1)))).code, 'UPLOAD_NOT_FOUND')
  await begin({ size: 2 * GIB_HALF })
})

test('a completed upload stays counted with its true size, once, until its video is removed', async () => {
  const { instructor, lectureId, used } = await newInstructor()
  const uploadId = await uploadTiny(instructor, lectureId)
  await instructor.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } })
  assert.deepEqual(await used(), { ...limits, usedBytes: 1000, openUploads: 0 })
  assert.equal(
    (await refusal(instructor.uploads.abortUpload({ params: { uploadId } }))).code,
    'UPLOAD_NOT_OPEN',
  )
  await transaction(fixture.mongo, (session) => usage.release(instructor.id, 1000, session))
  assert.equal((await used()).usedBytes, 0)
})

test('an upload of unknown size is counted as it grows, and stops at the quota', async () => {
  const { instructor, begin, used } = await newInstructor()
  const { uploadId } = await begin()
  const file = videoBytes(2 * MIN_CHUNK_BYTES)
  await Promise.all([0, 1].map((index) => put(instructor, uploadId, index, chunkOf(file, index))))
  await put(instructor, uploadId, 0, chunkOf(file, 0))
  assert.equal((await used()).usedBytes, 2 * MIN_CHUNK_BYTES)
  const far = put(instructor, uploadId, 205, chunkOf(file, 1))
  assert.equal((await refusal(far)).code, 'QUOTA_EXCEEDED')
  assert.deepEqual((await instructor.uploads.getUpload({ params: { uploadId } })).receivedChunks, [0, 1])
})

test('a sweep of five old and five new uploads leaves exactly the new ones, whoever else sweeps at the same time', async () => {
  const { instructor, begin, used } = await newInstructor()
  const old = await Promise.all(Array.from({ length: 5 }, () => begin({ size: 1000 })))
  for (const { uploadId } of old) await put(instructor, uploadId, 0, new Uint8Array(videoBytes(1000)))
  const ids = old.map(({ uploadId }) => uploadId)
  await fixture.mongo.models['Upload']?.updateMany({ _id: { $in: ids } }, { $set: { expiresAt: inDays(-1) } })
  const fresh = await Promise.all(Array.from({ length: 5 }, () => begin({ size: 1000 })))
  const staged = await stagedParts()
  await Promise.all([sweep(new Date()), sweep(new Date()), sweep(new Date())])
  const left = await fixture.mongo.models['Upload']?.find({ ownerId: instructor.id }).lean()
  assert.deepEqual(
    left?.map(({ _id }) => String(_id)).toSorted(),
    fresh.map(({ uploadId }) => uploadId).toSorted(),
  )
  assert.equal(await stagedParts(), staged - 5)
  assert.deepEqual(await used(), { ...limits, usedBytes: 5000, openUploads: 5 })
  for (const { uploadId } of fresh) await put(instructor, uploadId, 0, new Uint8Array(videoBytes(1000)))
})

test('what a crash broke off is finished by the sweep: an ending, and a reservation without its upload', async () => {
  const { instructor, begin, used } = await newInstructor()
  const { uploadId } = await begin({ size: 1000 })
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  assert.ok(upload)
  await fixture.stores.uploads.end(upload)
  await usage.reserve({ ownerId: instructor.id, uploadId: newId(), sizeBytes: 7 }, limits)
  await sweep(new Date())
  assert.deepEqual(await used(), { ...limits, usedBytes: 7, openUploads: 1 })
  await sweep(new Date(Date.now() + 2 * 3600 * 1000))
  assert.deepEqual(await used(), { ...limits, usedBytes: 0, openUploads: 0 })
  assert.equal(await fixture.mongo.models['Upload']?.countDocuments({ _id: uploadId }), 0)
})

test('an upload given up while it is completed is one or the other, never both', async () => {
  for (let round = 0; round < 8; round += 1) {
    const { instructor, lectureId, begin, used } = await newInstructor()
    const { uploadId } = await begin({ size: 1000 })
    await put(instructor, uploadId, 0, new Uint8Array(videoBytes(1000)))
    const [completed, ended] = await Promise.allSettled([
      instructor.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } }),
      instructor.uploads.abortUpload({ params: { uploadId } }),
    ])
    assert.notEqual(completed.status, ended.status)
    const isVideo = completed.status === 'fulfilled'
    assert.equal((await used()).usedBytes, isVideo ? 1000 : 0)
    assert.equal((await fixture.objects.head(`raw/${uploadId}`)) !== undefined, isVideo)
    const { status } = await instructor.courses.getLecture({ params: { lectureId } })
    assert.equal(status, isVideo ? 'PROCESSING' : 'AWAITING_MEDIA')
  }
})
