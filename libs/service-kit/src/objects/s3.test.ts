import assert from 'node:assert/strict'
import { after, test } from 'node:test'
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
