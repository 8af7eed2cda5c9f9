import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { ConfigError, loadConfig, mongoSettings, serverSettings } from './config.ts'

const Config = Type.Object({
  ...serverSettings('progress-service'),
  ...mongoSettings,
  FLUSH_INTERVAL_MS: Type.Integer({ minimum: 1, default: 300_000 }),
  MEDIA_SECRET: Type.String({ minLength: 32 }),
})
const secret = 'x'.repeat(32)

test('settings are read as numbers where the schema says so, with defaults from the map', () => {
  const config = loadConfig(Config, { FLUSH_INTERVAL_MS: '250', MEDIA_SECRET: secret, UNRELATED: '1' })
  assert.equal(config.FLUSH_INTERVAL_MS, 250)
  assert.equal(config.PORT, 4004)
  assert.equal('UNRELATED' in config, false)
})

test('every bad setting is named at once', () => {
  const env = { PORT: 'eighty', MONGO_URL: 'localhost', LOG_LEVEL: 'loud' }
  const start = () => loadConfig(Config, env)
  assert.throws(start, (error: unknown) => {
    assert.ok(error instanceof ConfigError)
    for (const name of ['PORT', 'MONGO_URL', 'LOG_LEVEL', 'MEDIA_SECRET'])
      assert.match(error.message, new RegExp(name))
    return true
  })
})

test('an empty variable means that the setting is not set', () => {
  assert.equal(loadConfig(Config, { PORT: '', MEDIA_SECRET: secret }).PORT, 4004)
})
