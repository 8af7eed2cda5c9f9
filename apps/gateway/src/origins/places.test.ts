import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, startEcho } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await startEcho('course-service')
const webFolder = await mkdtemp(join(tmpdir(), 'aetherlearn-web-'))
await mkdir(join(webFolder, 'package-player'))
await writeFile(join(webFolder, 'index.html'), 'console')
await writeFile(join(webFolder, 'package-player', 'index.html'), 'player')
const [publicOrigin, contentOrigin] = ['https://learn.test', 'https://content.test']
const options = {
  redisUrl: stores.redisUrl,
  verifyToken: mint.verifyToken,
  upstreams: { 'course-service': service.url },
  webFolder,
}
const school = await openFixture({ ...options, origins: { publicOrigin, contentOrigin } })
const laptop = await openFixture(options)
after(async () => {
  await school.close()
  await laptop.close()
  await service.stop()
  await stores.close()
  await rm(webFolder, { recursive: true })
})
type Asked = { host: string; url: string; headers?: Record<string, string> }
const ask = (gateway: typeof school, { host, url, headers }: Asked) =>
  gateway.app.inject({ url, headers: { ...headers, host } })
const FILE = '/api/v1/package/a.b/index.html'
const PLAYER = '/package-player/'
const rulesOf = (headers: Record<string, unknown>) => String(headers['content-security-policy']).split(';')

test('what a package holds is served on the host of packages, and that host serves nothing else', async () => {
  for (const url of [FILE, PLAYER, `${PLAYER}index.html`]) {
    assert.equal((await ask(school, { host: 'content.test', url })).statusCode, 200, url)
    assert.equal((await ask(school, { host: 'learn.test', url })).statusCode, 404, url)
  }
  for (const url of [
    '/',
    '/courses',
    '/docs',
    '/api/v1/course/getpublished',
    '/health/live',
    '/metrics',
    '/x.js',
  ]) {
    assert.equal((await ask(school, { host: 'content.test', url })).statusCode, 404, url)
  }
  assert.equal((await ask(school, { host: 'learn.test', url: '/' })).body, 'console')
})

test('another spelling of the address does not carry a package to the console’s host', async () => {
  for (const url of [
    '/api/v1/%70ackage/a.b/i.html',
    '//api/v1/package/a.b/i.html',
    '/%70ackage-player/index.html',
  ]) {
    const { statusCode, body } = await ask(school, { host: 'learn.test', url })
    assert.notEqual(body, 'player', url)
    assert.equal(statusCode, 404, url)
  }
})

test('nobody claims to have come to another host than the one that was named', async () => {
  const headers = { 'x-forwarded-host': 'content.test', 'x-content-origin': 'https://evil.test' }
  assert.equal((await ask(school, { host: 'learn.test', url: FILE, headers })).statusCode, 404)
  const answer = await ask(school, { host: 'content.test', url: FILE, headers })
  assert.equal(answer.json().headers['x-content-origin'], contentOrigin)
  assert.equal(answer.json().headers['x-public-origin'], publicOrigin)
})

test('the console frames packages and is framed by nobody; the player is framed by the console alone', async () => {
  const page = await ask(school, { host: 'learn.test', url: '/' })
  assert.ok(rulesOf(page.headers).includes(`frame-src ${contentOrigin} https:`))
  assert.ok(rulesOf(page.headers).includes("frame-ancestors 'none'"))
  const player = await ask(school, { host: 'content.test', url: PLAYER })
  assert.ok(rulesOf(player.headers).includes(`frame-ancestors ${publicOrigin}`))
  assert.equal(player.headers['x-frame-options'], undefined)
})

test('a package leaves no service worker behind', async () => {
  const headers = { 'service-worker': 'script' }
  assert.equal((await ask(school, { host: 'content.test', url: FILE, headers })).statusCode, 404)
})

test('on a laptop each of its two names is where the other one’s packages are', async () => {
  const told = async (host: string, url: string) => {
    const { headers } = (await ask(laptop, { host, url })).json()
    return [headers['x-public-origin'], headers['x-content-origin']]
  }
  const [localhost, digits] = ['http://localhost:8080', 'http://127.0.0.1:8080']
  assert.deepEqual(await told('localhost:8080', '/api/v1/course/getpublished'), [localhost, digits])
  assert.deepEqual(await told('127.0.0.1:8080', '/api/v1/course/getpublished'), [digits, localhost])
  assert.deepEqual(await told('127.0.0.1:8080', FILE), [localhost, digits])
})

test('at an address of its own that was told nothing there are no packages', async () => {
  const { headers } = await ask(laptop, { host: 'learn.test', url: '/' })
  assert.ok(rulesOf(headers).includes("frame-src 'none'"))
  assert.equal((await ask(laptop, { host: 'learn.test', url: FILE })).statusCode, 404)
  const { headers: sent } = (
    await ask(laptop, { host: 'learn.test', url: '/api/v1/course/getpublished' })
  ).json()
  assert.equal(sent['x-content-origin'], undefined)
})
