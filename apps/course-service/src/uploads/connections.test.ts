import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
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

const file = videoBytes(MIN_CHUNK_BYTES + 500)
const { uploads } = instructor

async function begin() {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId, size: file.length } })
  return uploadId
}
const received = async (uploadId: string) =>
  (await uploads.getUpload({ params: { uploadId } })).receivedChunks

/** A PUT whose bytes the test sends one by one. */
function openPut(uploadId: string, index: number, headers: Record<string, string | number> = {}) {
  const put = request(`${fixture.origin}/api/v1/course/upload/${uploadId}/chunk/${index}`, {
    method: 'PUT',
    headers: { ...octets, authorization: `Bearer ${instructor.token}`, ...headers },
  })
  // Also after its answer, which no test waits for: the service ends connections that go on sending.
  put.on('error', () => {})
  return put
}
async function answerOf(put: ClientRequest) {
  const [response]: IncomingMessage[] = await once(put, 'response')
  assert.ok(response)
  return { status: response.statusCode, ...((await json(response)) as { code?: string }) }
}
const length = (bytes: number) => ({ 'content-length': bytes })
/** Until the service writes the chunk, which then stalls. */
const isTaken = async (put: ClientRequest, uploadId: string) => {
  put.write(chunkOf(file, 0).subarray(0, 100_000))
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  const written = { partsId: upload?.parts.partsId, index: 0 }
  while (!(await fixture.mongo.models['UploadChunk']?.exists(written))) await pause(5)
}

test('a newer connection takes a chunk over from a stalled one, within two seconds', async () => {
  const uploadId = await begin()
  const stalled = openPut(uploadId, 0, length(MIN_CHUNK_BYTES))
  const cut = once(stalled, 'error').catch(() => 'answered')
  const refused = answerOf(stalled).catch(() => undefined)
  await isTaken(stalled, uploadId)
  const started = performance.now()
  await uploads.putChunk({ params: { uploadId, index: 0 }, raw: chunkOf(file, 0), headers: octets })
  assert.ok(performance.now() - started < 2000)
  await Promise.race([cut, refused])
  assert.deepEqual(await received(uploadId), [0])
})

test('a chunk cut off anywhere is not counted, and the upload goes on', async () => {
  const uploadId = await begin()
  for (const bytes of [0, 1, 70_000, MIN_CHUNK_BYTES - 1]) {
    const put = openPut(uploadId, 0, length(MIN_CHUNK_BYTES))
    const failed = once(put, 'error')
    put.write(chunkOf(file, 0).subarray(0, bytes))
    await (await fetch(`${fixture.origin}/health/live`)).text()
    put.destroy(new Error('cable pulled'))
    await failed
  }
  assert.deepEqual(await received(uploadId), [])
  for (const index of [0, 1]) {
    await uploads.putChunk({ params: { uploadId, index }, raw: chunkOf(file, index), headers: octets })
  }
  assert.deepEqual(await received(uploadId), [0, 1])
})

test('a body without a length is measured as it comes: longer or shorter is refused with an answer', async () => {
  const uploadId = await begin()
  for (const bytes of [499, 501, 3 * MIN_CHUNK_BYTES]) {
    const put = openPut(uploadId, 1, { 'transfer-encoding': 'chunked' })
    put.end(Buffer.alloc(bytes))
    assert.deepEqual(
      await answerOf(put).then(({ status, code }) => [status, code]),
      [400, 'INVALID_INPUT'],
      `${bytes}`,
    )
  }
  assert.deepEqual(await received(uploadId), [])
  const put = openPut(uploadId, 1, { 'transfer-encoding': 'chunked' })
  put.end(chunkOf(file, 1))
  assert.equal((await answerOf(put)).status, 200)
})

test('what is no video is answered 415 although most of it is still on its way', async () => {
  const uploadId = await begin()
  const put = openPut(uploadId, 0, length(MIN_CHUNK_BYTES))
  const answer = answerOf(put)
  put.end(Buffer.alloc(MIN_CHUNK_BYTES, '#EXTM3U\n'))
  assert.deepEqual(await answer.then(({ status, code }) => [status, code]), [415, 'UNSUPPORTED_MEDIA'])
  assert.deepEqual(await received(uploadId), [])
})

test('a body that announces more than the largest chunk is 413 before a byte of it is read', async () => {
  const uploadId = await begin()
  const put = openPut(uploadId, 0, length(65 * 1024 * 1024))
  const answer = answerOf(put)
  put.flushHeaders()
  assert.equal((await answer).code, 'TOO_LARGE')
  put.destroy()
})
