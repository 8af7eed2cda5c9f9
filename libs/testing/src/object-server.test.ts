import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { startSeaweed, type RunningWeed } from '@aetherlearn/local-stack/weed'
import { createS3Store } from '@aetherlearn/service-kit/objects/s3'

const PART_BYTES = 6 * 1024 * 1024

const storeOf = ({ endpoint, accessKey, secretKey }: RunningWeed) =>
  createS3Store({
    endpoint,
    region: 'us-east-1',
    bucket: 'objects',
    accessKeyId: accessKey,
    secretAccessKey: secretKey,
  })

test('an S3 server that is stopped at once has all that it answered for when it starts again', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-s3-'))
  context.after(() => rm(folder, { recursive: true, force: true }))
  const small = new Map(Array.from({ length: 50 }, (_, number) => [`pages/${number}`, randomBytes(1000)]))
  const [first, second] = [randomBytes(PART_BYTES), randomBytes(1000)]
  const size = first.length + second.length

  const before = await startSeaweed({ folder, port: 0 })
  const store = storeOf(before)
  await store.check()
  const ref = await store.createParts('raw/film', size)
  const parts = [first, second].map((bytes, index) => ({
    part: { index, offset: index * PART_BYTES, sizeBytes: bytes.length },
    bytes,
  }))
  const put = parts.map(({ part, bytes }) => store.putPart(ref, part, Readable.from([bytes])))
  const tags = await Promise.all(put)
  const done = parts.map(({ part }, index) => ({ ...part, etag: tags[index]?.etag ?? '' }))
  await store.completeParts(ref, done, size)
  await Promise.all([...small].map(([key, bytes]) => store.put(key, bytes)))
  store.close()
  await before.stop()

  const after = await startSeaweed({ folder, port: 0 })
  const again = storeOf(after)
  context.after(async () => {
    again.close()
    await after.stop()
  })
  assert.deepEqual(await buffer(await again.read('raw/film')), Buffer.concat([first, second]))
  for (const [key, bytes] of small) assert.deepEqual(await buffer(await again.read(key)), bytes)
})
