import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { courseApi } from '@aetherlearn/contracts/course'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { draftOf, octets, videoBytes } from '../fixture.ts'
import { startInstance } from '../instance.ts'

const stores = await testStores()
const mongo = await stores.connectMongo()
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-course-frozen-'))
const mint = await createTokenMint()
const keys = await mint.startKeyServer()
const id = newId()
const token = await mint.tokenFor({ id, role: 'instructor' })
const own = { identityUrl: keys.url, folder }
const frozen = await startInstance(stores, own)
const other = await startInstance(stores, own)
after(async () => {
  await Promise.all([frozen.end('SIGKILL'), other.end('SIGKILL')])
  await keys.stop()
  await stores.close()
  await rm(folder, { recursive: true, force: true })
})
const options = { origin: other.origin, token: () => token }
const person = {
  id,
  token,
  courses: createClient(courseApi, options),
  uploads: createClient(uploadApi, options),
}
const send = (uploadId: string, bytes: Buffer) =>
  person.uploads.putChunk({ params: { uploadId, index: 0 }, raw: new Uint8Array(bytes), headers: octets })
async function undisturbedMs() {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  const bytes = videoBytes(3_000_000)
  const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size: bytes.length } })
  const started = performance.now()
  await send(uploadId, bytes)
  return performance.now() - started
}
/** Of the file under the key that the upload has in the end. */
async function storedSha256(uploadId: string) {
  const upload = await mongo.collection('uploads').findOne({ _id: new Types.ObjectId(uploadId) })
  return sha256(await readFile(join(folder, 'objects', upload?.['parts'].key)))
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('an instance that was frozen while it wrote a chunk spoils nothing when it wakes up', async () => {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  const [older, newer] = [videoBytes(3_000_000), videoBytes(3_000_000)]
  const usual = await undisturbedMs()
  const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size: newer.length } })
  const put = request(`${frozen.origin}/api/v1/course/upload/${uploadId}/chunk/0`, {
    method: 'PUT',
    headers: { ...octets, authorization: `Bearer ${token}`, 'content-length': older.length },
  })
  const ended = once(put, 'response').catch(() => 'cut off')
  put.on('error', () => {})
  put.write(older.subarray(0, 1_000_000))
  const rows = mongo.collection('uploadChunks')
  while ((await rows.findOne({ 'writer.id': { $exists: true } })) === null) await pause(5)
  frozen.signal('SIGSTOP')
  put.end(older.subarray(1_000_000))

  const started = performance.now()
  await send(uploadId, newer)
  const tookMs = performance.now() - started
  // What the PUT by itself takes on this machine is not the time that the chunk was held.
  const waitedMs = tookMs - Math.max(usual, await undisturbedMs())
  assert.ok(waitedMs < 2000, `${waitedMs} of ${tookMs} ms`)

  frozen.signal('SIGCONT')
  await ended
  const complete = () => person.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } })
  await complete().catch(async (error: unknown) => {
    // A write that was on its way to the disk when the process froze can't be called back, but it is found out.
    assert.ok(error instanceof ApiError && error.code === 'CHECKSUM_MISMATCH', String(error))
    await send(uploadId, newer)
    await complete()
  })
  assert.equal(await storedSha256(uploadId), sha256(newer))
})

test('what a displaced writer wrote after its chunk was another’s is found out, and the upload goes on', async () => {
  const [lectureId = ''] = (await draftOf(person)).lectureIds
  const bytes = videoBytes(3_000_000)
  const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size: bytes.length } })
  await send(uploadId, bytes)
  const upload = await mongo.collection('uploads').findOne({ _id: new Types.ObjectId(uploadId) })
  const partsId = String(upload?.['parts'].partsId)
  const file = await open(join(folder, 'staging', `${partsId}.parts`), 'r+')
  await file.write(Buffer.from('late'), 0, 4, 1_000_000)
  await file.close()
  await mongo.collection('uploadChunks').updateOne({ partsId }, { $set: { contested: true } })
  const complete = () => person.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } })
  assert.equal((await refusal(complete())).code, 'CHECKSUM_MISMATCH')
  await send(uploadId, bytes)
  await complete()
  assert.equal(await storedSha256(uploadId), sha256(bytes))
})
