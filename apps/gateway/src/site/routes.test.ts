import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { rawCall } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const webFolder = await mkdtemp(join(tmpdir(), 'aetherlearn-web-'))
await mkdir(join(webFolder, 'assets'))
await writeFile(join(webFolder, 'index.html'), '<!doctype html><title>AetherLearn</title>')
await writeFile(join(webFolder, 'favicon.svg'), '<svg/>')
await writeFile(join(webFolder, 'assets', 'index-Bx3f.js'), 'start()')
const gateway = await openFixture({ redisUrl: stores.redisUrl, verifyToken: mint.verifyToken, webFolder })
after(async () => {
  await gateway.close()
  await stores.close()
  await rm(webFolder, { recursive: true })
})
const get = (url: string) => rawCall(gateway.app, { method: 'GET', url })

test('every page of the console is its one page, asked for anew each time', async () => {
  for (const url of ['/', '/index.html', '/courses/123', '/sign-in?next=/courses', '/apiary']) {
    const response = await get(url)
    assert.equal(response.statusCode, 200, url)
    assert.match(response.body, /AetherLearn/, url)
    assert.equal(response.headers['cache-control'], 'no-cache', url)
  }
})

test('files with a hash in their name are kept for a year, others are asked for anew', async () => {
  const hashed = await get('/assets/index-Bx3f.js')
  assert.equal(hashed.body, 'start()')
  assert.equal(hashed.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal((await get('/favicon.svg')).headers['cache-control'], 'no-cache')
})

test('a file that is not there is 404 and not a page; nothing outside the folder is served', async () => {
  for (const url of [
    '/assets/old-1234.js',
    '/robots.txt',
    '/assets/',
    '/../package.json',
    '/%2e%2e/package.json',
  ]) {
    const response = await get(url)
    assert.equal(response.statusCode, 404, url)
    assert.equal(response.json().code, 'ROUTE_NOT_FOUND')
  }
})

test('pages and refusals carry the security headers; only own scripts run', async () => {
  for (const url of ['/', '/api/v1/users/me', '/api/v1/nothing', '/health/live']) {
    const { headers } = await get(url)
    const policy = String(headers['content-security-policy'])
    for (const rule of [
      "default-src 'self'",
      "script-src 'self'",
      "style-src 'self'",
      "frame-ancestors 'none'",
    ]) {
      assert.ok(policy.split(';').includes(rule), `${url}: ${rule}`)
    }
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['x-frame-options'], 'DENY')
    assert.equal(headers['referrer-policy'], 'same-origin')
  }
})
