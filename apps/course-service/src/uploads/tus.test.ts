import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { tusApi } from '@aetherlearn/contracts/tus'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Upload, type UploadOptions } from 'tus-js-client'
import { draftOf, openFixture, videoBytes, type Fixture, type Person } from '../fixture.ts'
import { ownTemporaryFolder, tusCalls, until } from './tus-calls.fixture.ts'

const MIB = 1024 * 1024
const temporary = await ownTemporaryFolder()
process.env['TMPDIR'] = temporary.folder
const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const bucket = await server.openStore()
const onDisk = await openFixture(stores, mint)
const kinds = {
  disk: [onDisk, await openFixture(stores, mint, { objects: onDisk.objects })],
  S3: [
    await openFixture(stores, mint, { objects: bucket }),
    await openFixture(stores, mint, { objects: bucket }),
  ],
} as const
after(async () => {
  for (const fixture of [...kinds.S3, kinds.disk[1], kinds.disk[0]]) await fixture.close()
  await stores.close()
  await server.close()
  await rm(temporary.folder, { recursive: true, force: true })
})

const file = videoBytes(2 * MIN_CHUNK_BYTES + 1_234_567)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** The stock client, with nothing set but what anybody has to set; resolves when it says that it has succeeded. */
function stockUpload(
  fixture: Fixture,
  { token }: Person,
  options: Partial<UploadOptions> & { lectureId?: string },
) {
  const { lectureId, ...more } = options
  const done = Promise.withResolvers<void>()
  const metadata = lectureId === undefined ? {} : { metadata: { lectureId, filename: 'sets.mp4' } }
  const upload = new Upload(file, {
    endpoint: fixture.origin + tusApi.createTusUpload.url,
    headers: { authorization: `Bearer ${token}` },
    retryDelays: [0, 100, 500],
    ...metadata,
    onSuccess: () => done.resolve(),
    onError: (error) => done.reject(error),
    ...more,
  })
  done.promise.catch(() => {})
  return { upload, done: done.promise }
}
const idOf = ({ url }: Upload) => url?.split('/').at(-1) ?? ''

for (const [kind, [here, elsewhere]] of Object.entries(kinds)) {
  const instructor = await here.person('instructor')
  const calls = tusCalls(here.origin, instructor.token)
  const callsElsewhere = tusCalls(elsewhere.origin, instructor.token)
  const newLecture = async () => (await draftOf(instructor)).lectureIds[0] ?? ''

  async function assertArrived(lectureId: string, uploadId: string) {
    const upload = await here.stores.uploads.find(uploadId, instructor.id)
    assert.equal(sha256(await buffer(await here.objects.read(upload?.parts.key ?? ''))), sha256(file))
    assert.equal((await instructor.courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
    assert.equal((await here.left('video-queue', 'uploadId', uploadId)).length, 1)
    const status = await instructor.uploads.getUpload({ params: { uploadId } })
    assert.deepEqual([status.state, status.receivedChunks], ['DONE', [0, 1, 2]])
    assert.deepEqual(await tailsIn(uploadId), [])
  }
  /** Stops when that many bytes were accepted; answers the upload's id then. */
  function stoppedAfter(bytes: number, lectureId: string) {
    const { promise: stopped, resolve, reject } = Promise.withResolvers<string>()
    const onChunkComplete = (_size: number, accepted: number) => {
      if (accepted === bytes) upload.abort().then(() => resolve(idOf(upload)), reject)
    }
    const { upload } = stockUpload(here, instructor, { lectureId, chunkSize: 3 * MIB, onChunkComplete })
    upload.start()
    return { upload, stopped }
  }
  /** Names of the tails that lie in the store; S3 is asked by the one the row names. */
  async function tailsIn(uploadId: string) {
    const row = await here.stores.tus.find({ _id: uploadId, expiresAt: new Date() })
    if (kind === 'S3') return row?.tail === undefined ? [] : [row.tail.key]
    const folder = join(onDisk.folder, 'objects', 'tails', uploadId)
    return readdir(folder).catch(() => [])
  }

  test(`${kind}: stock tus-js-client uploads a video in one request; lecture and job are as of any upload`, async () => {
    const lectureId = await newLecture()
    const { upload, done } = stockUpload(here, instructor, { lectureId })
    upload.start()
    await done
    await assertArrived(lectureId, idOf(upload))
  })

  test(`${kind}: pieces of any size become the chunks of one upload`, async () => {
    const lectureId = await newLecture()
    const { upload, done } = stockUpload(here, instructor, { lectureId, chunkSize: 1_999_993 })
    upload.start()
    await done
    await assertArrived(lectureId, idOf(upload))
  })

  test(`${kind}: bytes that come with the creation count`, async () => {
    const lectureId = await newLecture()
    const more = { uploadDataDuringCreation: true, chunkSize: 7 * MIB }
    const { upload, done } = stockUpload(here, instructor, { lectureId, ...more })
    upload.start()
    await done
    await assertArrived(lectureId, idOf(upload))
  })

  test(`${kind}: an upload that was stopped goes on at another instance, where it was`, async () => {
    const lectureId = await newLecture()
    const accepted = 6 * MIB
    const uploadId = await stoppedAfter(accepted, lectureId).stopped
    assert.equal((await callsElsewhere.head(uploadId)).offset, accepted)
    const starts: number[] = []
    const again = stockUpload(elsewhere, instructor, {
      uploadUrl: elsewhere.origin + calls.pathOf(uploadId),
      onBeforeRequest: (request) => {
        const offset = request.getHeader('Upload-Offset')
        if (offset !== undefined) starts.push(Number(offset))
      },
    })
    again.upload.start()
    await again.done
    assert.deepEqual(starts, [accepted])
    await assertArrived(lectureId, uploadId)
  })

  test(`${kind}: of a connection that is cut every byte that came is kept`, async () => {
    const lectureId = await newLecture()
    const { uploadId } = await calls.begin(lectureId, file.length)
    const patch = calls.openPatch(uploadId, 0, { 'content-length': String(file.length) })
    const failed = once(patch, 'error')
    await new Promise((resolve) => patch.write(file.subarray(0, 7 * MIB), resolve))
    await until(async () => (await temporary.spooled()) === 7 * MIB - MIN_CHUNK_BYTES)
    patch.destroy(new Error('cable pulled'))
    await failed
    const { offset } = await callsElsewhere.head(uploadId)
    assert.equal(offset, 7 * MIB)
    const rest = new Uint8Array(file.subarray(7 * MIB))
    assert.equal((await callsElsewhere.patch(uploadId, 7 * MIB, rest)).status, 204)
    await assertArrived(lectureId, uploadId)
  })

  test(`${kind}: a file that is begun again by its name goes on where it was`, async () => {
    const lectureId = await newLecture()
    const uploadId = await stoppedAfter(6 * MIB, lectureId).stopped
    let sent = 0
    const second = stockUpload(elsewhere, instructor, {
      lectureId,
      onAfterResponse: (request) => {
        if (request.getMethod() === 'PATCH') sent += 1
      },
    })
    second.upload.start()
    await second.done
    assert.equal(idOf(second.upload), uploadId)
    assert.equal(sent, 2, 'one at byte 0 that was refused, and the rest')
    await assertArrived(lectureId, uploadId)
  })

  test(`${kind}: tus-js-client gives an upload up, and nothing of it is left`, async () => {
    const lectureId = await newLecture()
    const { upload, stopped } = stoppedAfter(6 * MIB, lectureId)
    await stopped
    const row = await here.stores.uploads.find(idOf(upload), instructor.id)
    const tail = (await here.stores.tus.find({ _id: idOf(upload), expiresAt: new Date() }))?.tail
    assert.ok(row && tail)
    await upload.abort(true)
    for (const there of [calls, callsElsewhere]) {
      const { status, offset } = await there.head(idOf(upload))
      assert.deepEqual([status, offset], [404, null])
    }
    assert.equal(await here.objects.head(tail.key), undefined)
    assert.equal(await here.stores.uploads.find(idOf(upload), instructor.id), null)
    assert.deepEqual(await here.stores.uploads.chunks(row), [])
    assert.equal((await here.stores.usage.read(instructor.id)).openUploads, 0)
  })
}
