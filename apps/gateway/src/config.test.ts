import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apps, system } from '@aetherlearn/contracts/system'
import { ConfigError } from '@aetherlearn/service-kit/config'
import { loadGatewayConfig } from './config.ts'

test('without settings every service that the map names is looked for at its port of the map', () => {
  const { upstreams, limits, PORT } = loadGatewayConfig({})
  const expected = system.gateway.calls.map((name) => [name, `http://127.0.0.1:${apps[name].port}`])
  assert.deepEqual(upstreams, Object.fromEntries(expected))
  assert.equal(PORT, 8080)
  assert.ok(Object.values(limits).every((limit) => limit > 0))
})

test('every bad setting is named at once', () => {
  const env = { RATE_READ_PER_MINUTE: '0', COURSE_SERVICE_URL: 'course:4002', REDIS_CACHE_URL: 'localhost' }
  assert.throws(
    () => loadGatewayConfig(env),
    (error) => error instanceof ConfigError && Object.keys(env).every((name) => error.message.includes(name)),
  )
})
