import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { tusApi } from '@aetherlearn/contracts/tus'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { addressOf, createClient } from '@aetherlearn/sdk/client'
import { Upload } from 'tus-js-client'
import { newInstructor, startTestStack } from './stack.ts'

const stack = await startTestStack({ apps: ['gateway', 'identity-service', 'course-service'] })
after(stack.close)
const { gatewayUrl: origin } = stack
const { accessToken } = await newInstructor(origin, 'ira@example.org')
const options = { origin, token: () => accessToken }
const courses = createClient(courseApi, options)
const authorization = `Bearer ${accessToken}`
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function newLecture() {
  const course = await courses.createCourse({ body: { title: 'Sets', category: 'Tests' } })
  const params = { courseId: course._id }
  const section = await courses.addSection({ params, body: { sectionTitle: 'One' } })
  const lecture = { params: { sectionId: section._id }, body: { lectureTitle: 'Clip' } }
  return (await courses.addLecture(lecture))._id
}

/** Begins as an MP4 does; the rest is noise. */
const file = randomBytes(30 * 1024 * 1024 + 77)
file.write('\0\0\0\x20ftypisom', 0, 'latin1')

test('stock tus-js-client gets a file through the gateway although the service is killed three times meanwhile', async () => {
  const lectureId = await newLecture()
  const done = Promise.withResolvers<void>()
  let pieces = 0
  let accepted = 0
  const lost: number[] = []
  const service = stack.app('course-service')
  const killAndStart = async () => {
    await service.signal('SIGKILL')
    await service.restart()
  }
  const upload = new Upload(file, {
    endpoint: origin + tusApi.createTusUpload.url,
    headers: { authorization },
    metadata: { lectureId, filename: 'sets.mp4' },
    // No divisor of a chunk: nearly every answer acknowledges a tail.
    chunkSize: 700_001,
    // A start takes some seconds on a busy machine: 25 are allowed, and no more are waited than it takes.
    retryDelays: [0, ...Array<number>(100).fill(250)],
    onChunkComplete: (_size, offset) => {
      pieces += 1
      accepted = offset
      if (pieces % 12 === 0 && pieces < 40) killAndStart().catch(done.reject)
    },
    onAfterResponse: (request, response) => {
      const offset = Number(response.getHeader('Upload-Offset'))
      if (request.getMethod() === 'HEAD' && offset < accepted) lost.push(accepted - offset)
    },
    onSuccess: () => done.resolve(),
    onError: done.reject,
  })
  upload.start()
  await done.promise
  assert.deepEqual(lost, [], 'what was acknowledged is there after a kill')
  assert.ok(pieces >= 36, `${pieces}`)
  assert.ok(
    upload.url?.startsWith(`${origin}/api/v1/course/upload/tus/`),
    'the address is behind the gateway',
  )
  const uploadId = upload.url?.split('/').at(-1) ?? ''
  const status = await createClient(uploadApi, options).getUpload({ params: { uploadId } })
  assert.deepEqual([status.state, status.receivedChunks.length], ['DONE', 7])
  const stored = await buffer(createReadStream(join(stack.home, 'data/objects/objects/raw', uploadId)))
  assert.equal(sha256(stored), sha256(file))
  assert.equal((await courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
})

test('what tus says in its status and headers goes through the gateway both ways', async () => {
  const lectureId = await newLecture()
  const spoken = { authorization, 'tus-resumable': '1.0.0' }
  const metadata = `lectureId ${Buffer.from(lectureId).toString('base64')}`
  const call = (method: string, path: string, headers: object = {}, body?: Uint8Array<ArrayBuffer>) =>
    fetch(origin + path, { method, headers: { ...spoken, ...headers }, ...(body ? { body } : {}) })
  const told = await call('OPTIONS', tusApi.describeTus.url)
  assert.deepEqual([told.status, told.headers.get('tus-version')], [204, '1.0.0'])
  const length = { 'upload-length': String(file.length), 'upload-metadata': metadata }
  const begun = await call('POST', tusApi.createTusUpload.url, length)
  assert.equal(begun.status, 201)
  const location = begun.headers.get('location') ?? ''
  const uploadId = location.split('/').at(-1)
  assert.equal(location, addressOf(tusApi.findTusOffset, { params: { uploadId } }))
  const piece = new Uint8Array(file.subarray(0, 1000))
  const patch = { 'content-type': 'application/offset+octet-stream' }
  const wrong = await call('PATCH', location, { ...patch, 'upload-offset': '7' }, piece)
  assert.deepEqual([wrong.status, wrong.headers.get('upload-offset')], [409, '0'])
  const checksum = `sha1 ${createHash('sha1').update(file).digest('base64')}`
  const differs = { ...patch, 'upload-offset': '0', 'upload-checksum': checksum }
  assert.equal((await call('PATCH', location, differs, piece)).status, 460)
  const right = await call('PATCH', location, { ...patch, 'upload-offset': '0' }, piece)
  assert.deepEqual([right.status, right.headers.get('upload-offset')], [204, '1000'])
  const head = await call('HEAD', location)
  const names = ['upload-offset', 'upload-length', 'upload-metadata', 'cache-control', 'tus-resumable']
  assert.deepEqual(
    names.map((name) => head.headers.get(name)),
    ['1000', String(file.length), metadata, 'no-store', '1.0.0'],
  )
  assert.ok(Date.parse(head.headers.get('upload-expires') ?? '') > Date.now())
  assert.equal((await call('DELETE', location)).status, 204)
  assert.equal((await call('HEAD', location)).status, 404)
})
