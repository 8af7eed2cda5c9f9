import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GetBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { Type } from 'typebox'
import { ConfigError, loadConfig, objectSettings } from '../config.ts'
import { openObjectStore } from './open.ts'

const Config = Type.Object({ ...objectSettings })

test('settings of S3 open a bucket that is made, ends forgotten uploads, and is reached by clients elsewhere', async () => {
  const server = await testObjectServer()
  const keys = { S3_ACCESS_KEY_ID: server.accessKey, S3_SECRET_ACCESS_KEY: server.secretKey }
  const place = { S3_ENDPOINT: server.endpoint, S3_REGION: 'us-east-1', S3_BUCKET: 'lessons' }
  const inside = { STORE: 's3', ...place, ...keys }
  for (const outside of [undefined, 'https://files.example.org']) {
    const { objects, close } = await openObjectStore(
      loadConfig(Config, { ...inside, S3_PUBLIC_ENDPOINT: outside }),
    )
    const ref = await objects.createParts('raw/a', 1)
    const signed = await objects.direct?.presignPart(ref, { index: 0, sizeBytes: 1 }, 60)
    assert.equal(new URL(signed?.url ?? '').origin, outside ?? server.endpoint)
    close()
  }
  const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
  })
  const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'lessons' }))
  client.destroy()
  await server.close()
  assert.equal(Rules?.[0]?.AbortIncompleteMultipartUpload?.DaysAfterInitiation, 32)
})

test('settings of a folder open a store that takes no parts from clients', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-open-'))
  const { objects, close } = await openObjectStore(loadConfig(Config, { OBJECTS_FOLDER: folder }))
  assert.equal(objects.direct, undefined)
  close()
  await rm(folder, { recursive: true, force: true })
})

test('an address for clients that is none is refused at the start', () => {
  const env = { OBJECTS_FOLDER: '/tmp', S3_PUBLIC_ENDPOINT: 'files.example.org' }
  assert.throws(() => loadConfig(Config, env), ConfigError)
})
