import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, startUpstream } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const seen: (string | undefined)[] = []
/** As course-service answers a player of another site. */
const service = await startUpstream((request, response) => {
  seen.push(request.method)
  const isFile = request.method !== 'OPTIONS' && !request.url?.endsWith('/allow')
  response.writeHead(isFile ? 200 : 204, {
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'Content-Range',
    'cross-origin-resource-policy': 'cross-origin',
    'x-media-key': 'media/1/2/3',
    ...(isFile ? { 'content-type': 'video/iso.segment', 'content-length': '3', etag: '"1"' } : {}),
  })
  response.end(request.method === 'GET' && isFile ? 'abc' : undefined)
})
const gateway = await openFixture({
  redisUrl: stores.redisUrl,
  verifyToken: mint.verifyToken,
  upstreams: { 'course-service': service.url },
})
after(async () => {
  await gateway.close()
  await service.stop()
  await stores.close()
})
const segment = `${gateway.url}/api/v1/media/a.b/720p/1.m4s`
const ask = (url: string, method: string) =>
  fetch(url, { method, headers: { origin: 'https://school.test', range: 'bytes=0-1' } })

test('players of other sites get what the service lets them have, and nothing else of ours is open to them', async () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    const { status, headers } = await ask(segment, method)
    assert.equal(status, method === 'OPTIONS' ? 204 : 200)
    assert.equal(headers.get('access-control-allow-origin'), '*')
    assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
    assert.equal(headers.get('x-content-type-options'), 'nosniff')
    assert.equal(headers.get('access-control-allow-credentials'), null)
  }
  assert.deepEqual(seen.splice(0), ['GET', 'HEAD', 'OPTIONS'])
  const { headers } = await ask(`${gateway.url}/health/live`, 'GET')
  assert.equal(headers.get('access-control-allow-origin'), null)
  assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin')
})

test('HEAD keeps the length of what it does not send', async () => {
  const answer = await ask(segment, 'HEAD')
  assert.deepEqual([answer.headers.get('content-length'), await answer.text()], ['3', ''])
})

test('an edge that asks whether a link holds is told its key', async () => {
  const { status, headers } = await ask(`${gateway.url}/api/v1/media/a.b/allow`, 'GET')
  assert.deepEqual([status, headers.get('x-media-key')], [204, 'media/1/2/3'])
})
