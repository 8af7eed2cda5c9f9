import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { failureOf } from '../errors.ts'
import { createS3Store } from './s3.ts'
import { objectStoreSuite } from './suite.ts'

const server = await testObjectServer()
const settings = {
  endpoint: server.endpoint,
  region: 'us-east-1',
  bucket: 'objects',
  accessKeyId: server.accessKey,
  secretAccessKey: server.secretKey,
}
const store = createS3Store(settings)
after(async () => {
  store.close()
  await server.close()
})

test('s3: a missing bucket is made, also by two processes at once', async () => {
  await Promise.all([store.check(), store.check()])
  await store.check()
})

objectStoreSuite('s3', () => store)

test(
  's3: a folder of more objects than one page holds is removed to the last',
  { timeout: 60_000 },
  async () => {
    const keys = Array.from({ length: 1005 }, (_, number) => `pages/many/${number}`)
    for (let done = 0; done < keys.length; done += 50) {
      await Promise.all(keys.slice(done, done + 50).map((key) => store.put(key, Buffer.from('x'))))
    }
    await store.removeFolder('pages/many')
    const left = await Promise.all(keys.slice(-10).map((key) => store.head(key)))
    assert.deepEqual(new Set(left), new Set([undefined]))
  },
)

test('s3: a wrong key is no missing bucket, and a server that is gone is told as unavailable', async () => {
  const stranger = createS3Store({ ...settings, secretAccessKey: 'wrong' })
  await assert.rejects(stranger.check())
  stranger.close()
  const nowhere = createS3Store({ ...settings, endpoint: 'http://127.0.0.1:1' })
  const error: unknown = await nowhere.head('a/b').catch((reason: unknown) => reason)
  assert.equal(failureOf(error)?.code, 'UNAVAILABLE')
  nowhere.close()
})

test('s3: of a part that came again with other bytes the newest is listed, and becomes part of the object', async () => {
  const [older, newer] = [randomBytes(1000), randomBytes(1000)]
  const ref = await store.createParts('raw/again', 1000)
  const part = { index: 0, offset: 0, sizeBytes: 1000 }
  await store.putPart(ref, part, Readable.from([older]))
  const deadline = Date.now() + 10_000
  let listed
  let etag: string
  do {
    // The server tells times to the second: within one it can't say which came last.
    assert.ok(Date.now() < deadline)
    etag = (await store.putPart(ref, part, Readable.from([newer]))).etag
    listed = await store.direct.listParts(ref)
  } while (listed.length === 0)
  assert.deepEqual(listed, [{ index: 0, sizeBytes: 1000, etag }])
  await store.completeParts(ref, listed, 1000)
  assert.deepEqual(await buffer(await store.read('raw/again')), newer)
})

test('s3: a tag that the server does not know completes nothing, and the upload goes on', async () => {
  const bytes = randomBytes(1000)
  const ref = await store.createParts('raw/unknown', 1000)
  const part = { index: 0, offset: 0, sizeBytes: 1000 }
  const { etag } = await store.putPart(ref, part, Readable.from([bytes]))
  const wrong = { ...part, etag: '0'.repeat(32) }
  await assert.rejects(store.completeParts(ref, [wrong], 1000), { code: 'UPLOAD_INCOMPLETE' })
  await store.completeParts(ref, [{ ...part, etag }], 1000)
  assert.deepEqual(await buffer(await store.read('raw/unknown')), bytes)
})

const MINUTES = 60
const bytesFor = (part: { sizeBytes: number }) => new Uint8Array(randomBytes(part.sizeBytes))
const send = async (url: string, init: RequestInit) => {
  const answer = await fetch(url, init)
  await answer.arrayBuffer()
  return { status: answer.status, etag: answer.headers.get('etag')?.replaceAll('"', '') }
}

test('s3: a presigned part arrives as any other and is listed, and becomes part of the object', async () => {
  const [first, second] = [randomBytes(5 * 1024 * 1024), randomBytes(77)]
  const sizeBytes = first.length + second.length
  const ref = await store.createParts('raw/direct', sizeBytes)
  await store.putPart(ref, { index: 0, offset: 0, sizeBytes: first.length }, Readable.from([first]))
  const part = { index: 1, sizeBytes: second.length }
  const { url, headers } = await store.direct.presignPart(ref, part, 15 * MINUTES)
  const { status, etag } = await send(url, { method: 'PUT', body: new Uint8Array(second), headers })
  assert.equal(status, 200)
  const parts = await store.direct.listParts(ref)
  assert.deepEqual(
    parts.map(({ index, sizeBytes }) => [index, sizeBytes]),
    [
      [0, first.length],
      [1, second.length],
    ],
  )
  assert.equal(parts[1]?.etag, etag)
  await store.completeParts(ref, parts, sizeBytes)
  assert.equal((await store.head('raw/direct'))?.sizeBytes, sizeBytes)
  await assert.rejects(store.direct.listParts(ref), { code: 'UPLOAD_NOT_OPEN' })
})

test('s3: a presigned part is good for one part, one length, one method and a time', async () => {
  const ref = await store.createParts('raw/narrow', 2000)
  const part = { index: 1, sizeBytes: 1000 }
  const { url } = await store.direct.presignPart(ref, part, 15 * MINUTES)
  const body = bytesFor(part)
  const others = {
    'another key': [url.replace('raw/narrow', 'raw/other'), { method: 'PUT', body }],
    'another part': [url.replace('partNumber=2', 'partNumber=3'), { method: 'PUT', body }],
    'a whole object': [url.replace(/&partNumber=2|&uploadId=[^&]+/g, ''), { method: 'PUT', body }],
    'a longer part': [url, { method: 'PUT', body: bytesFor({ sizeBytes: 1001 }) }],
    'a shorter part': [url, { method: 'PUT', body: bytesFor({ sizeBytes: 999 }) }],
    reading: [url, {}],
    removing: [url, { method: 'DELETE' }],
    'a longer time': [url.replace('X-Amz-Expires=900', 'X-Amz-Expires=9000'), { method: 'PUT', body }],
  } as const
  for (const [what, [other, init]] of Object.entries(others)) {
    assert.equal((await send(other, init)).status, 403, what)
  }
  const past = await store.direct.presignPart(ref, part, 1)
  const deadline = Date.now() + 10_000
  while ((await send(past.url, { method: 'PUT', body })).status !== 403) assert.ok(Date.now() < deadline)
  assert.equal((await send(url, { method: 'PUT', body })).status, 200)
  await store.abortParts(ref)
  assert.equal((await send(url, { method: 'PUT', body })).status, 404, 'after the end of the upload')
})

test('s3: a presigned part names the address at which clients reach the server', async () => {
  const outside = createS3Store({ ...settings, publicEndpoint: 'https://files.example.org' })
  const ref = { key: 'raw/a', partsId: 'x' }
  const { url } = await outside.direct.presignPart(ref, { index: 0, sizeBytes: 1 }, MINUTES)
  outside.close()
  assert.equal(new URL(url).origin, 'https://files.example.org')
  assert.ok(!/checksum|crc32/i.test(url), 'no checksum of a body that is not known yet')
})

test('s3: the server itself ends forgotten uploads after a month, and keeps its other rules', async () => {
  const { accessKeyId, secretAccessKey, endpoint, region } = settings
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const Bucket = settings.bucket
  const own = { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 9 } } as const
  await client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [own] } }),
  )
  assert.deepEqual([await store.ensureLifecycle(), await store.ensureLifecycle()], [true, true])
  const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
  client.destroy()
  assert.deepEqual(
    Rules.map(({ ID, AbortIncompleteMultipartUpload: abandoned }) => [ID, abandoned?.DaysAfterInitiation]),
    [
      ['logs', undefined],
      ['aetherlearn-abandoned-uploads', 32],
    ],
  )
})
