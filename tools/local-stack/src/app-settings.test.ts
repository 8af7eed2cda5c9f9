import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { settingsFor } from './app-settings.ts'

const stores = {
  mongo: ['MONGO_URL'],
  'redis-state': ['REDIS_STATE_URL'],
  'redis-cache': ['REDIS_CACHE_URL'],
  objects: ['STORE', 'OBJECTS_FOLDER', 'S3_ENDPOINT', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'],
  ffmpeg: [],
}
const all = Object.fromEntries(
  Object.values(stores)
    .flat()
    .map((name) => [name, 'x']),
)

test('every app gets the addresses of the stores that it needs by the map, and no others', () => {
  for (const name of appNames) {
    const expected = apps[name].needs.flatMap((need) => stores[need])
    assert.deepEqual(Object.keys(settingsFor(name, all)).sort(), expected.sort(), name)
  }
})

test('a secret goes to its app alone, and other settings to all', () => {
  const settings = { MEDIA_SECRET: 'secret', ADMIN_PASSWORD: 'password', LOG_LEVEL: 'warn' }
  const getting = (setting: string) => appNames.filter((name) => setting in settingsFor(name, settings))
  assert.deepEqual(getting('MEDIA_SECRET'), ['course-service'])
  assert.deepEqual(getting('ADMIN_PASSWORD'), ['identity-service'])
  assert.deepEqual(getting('LOG_LEVEL'), appNames)
})
