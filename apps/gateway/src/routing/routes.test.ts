import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { appNames, apps, system } from '@aetherlearn/contracts/system'
import { addressOf } from '@aetherlearn/sdk/client'
import { forgeriesOf } from '@aetherlearn/testing/forgeries'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, startEcho } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const echoes = await Promise.all(
  system.gateway.calls.map(async (name) => [name, await startEcho(name)] as const),
)
const upstreams = Object.fromEntries(echoes.map(([name, { url }]) => [name, url]))
const gateway = await openFixture({ redisUrl: stores.redisUrl, verifyToken: mint.verifyToken, upstreams })
after(async () => {
  await gateway.close()
  await Promise.all(echoes.map(([, echo]) => echo.stop()))
  await stores.close()
})

const admin = { authorization: `Bearer ${await mint.tokenFor({ role: 'admin' })}` }
const entries = appNames.flatMap((name) =>
  apps[name].apis.flatMap((api) => Object.values(api)).map((entry) => ({ name, entry })),
)
type Seen = { name: string; method: string; url: string; bytes: number; headers: Record<string, string> }
const seenBy = async (response: Response) =>
  JSON.parse((await response.text()) || (response.headers.get('x-seen') ?? '')) as Seen
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code
const params = new Proxy({}, { get: newId })

test('every endpoint of every contract reaches the service that owns it, with its query and body', async () => {
  assert.ok(entries.length > 30)
  for (const { name, entry } of entries) {
    const path = `${addressOf(entry, { params })}?a=1&a=%20`
    const takesBody = entry.method !== 'GET' && entry.method !== 'HEAD'
    const headers = { ...admin, 'content-type': 'application/whatever' }
    const body = takesBody ? '{"not even": json' : null
    const response = await fetch(gateway.url + path, { method: entry.method, headers, body })
    const seen = await seenBy(response)
    assert.equal(response.status, 200, entry.url)
    assert.deepEqual([seen.name, seen.method, seen.url], [name, entry.method, path])
    assert.equal(seen.bytes, takesBody ? 17 : 0)
    assert.equal(seen.headers.host, new URL(upstreams[name] ?? '').host)
  }
})

test('a body that was left out reaches the service as none', async () => {
  for (const { name, entry } of entries.filter(({ entry: { method } }) => method !== 'GET')) {
    const response = await fetch(gateway.url + addressOf(entry, { params }), {
      method: entry.method,
      headers: admin,
    })
    assert.equal(response.status, 200, entry.url)
    const seen = await seenBy(response)
    assert.deepEqual([seen.name, seen.bytes], [name, 0])
  }
})

test('what no contract names is 404, with or without a token', async () => {
  const paths = [
    '/api',
    '/api/',
    '/api/v1',
    '/api/v1/users/me/x',
    '/api/v2/users',
    '/api/v1/internal',
    '/admin',
  ]
  for (const path of paths) {
    for (const headers of [{}, admin]) {
      for (const method of path === '/admin' ? ['POST'] : ['GET', 'POST', 'DELETE', 'OPTIONS']) {
        const response = await fetch(gateway.url + path, { method, headers })
        assert.equal(response.status, 404, `${method} ${path}`)
        assert.equal(await codeOf(response), 'ROUTE_NOT_FOUND')
      }
    }
  }
  const other = await fetch(gateway.url + identityApi.me.url, { method: 'PUT', headers: admin })
  assert.equal(other.status, 404)
})

test('a path cannot climb out of the route that it was let in by', async () => {
  const { port } = new URL(gateway.url)
  for (const path of [
    '/api/v1/media/x/../../users',
    '/api/v1/media/x/%2e%2e/%2E%2E/users',
    '//evil.test/api/v1/users',
  ]) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1.1 40[04] /, path)
    assert.doesNotMatch(answer, /"name":/, path)
  }
})

test('every forged token is refused at the door with 401 and reaches no service', async () => {
  for (const { name, token } of forgeriesOf(mint)) {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(gateway.url + identityApi.me.url, { headers })
    assert.equal(response.status, 401, name)
    assert.equal(await codeOf(response), 'UNAUTHENTICATED', name)
  }
})

test('a role that is too small is refused at the door', async () => {
  const headers = { authorization: `Bearer ${await mint.tokenFor({ role: 'instructor' })}` }
  assert.equal((await fetch(gateway.url + identityApi.listUsers.url, { headers })).status, 403)
})

test('identities and addresses that a client claims are stripped; one request id goes all the way', async () => {
  const claimed = {
    'x-user-id': newId(),
    'x-user-role': 'admin',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    forwarded: 'for=10.0.0.1',
    'x-real-ip': '10.0.0.1',
    'x-request-id': 'client-chosen-id',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  }
  const response = await fetch(gateway.url + identityApi.me.url, { headers: { ...admin, ...claimed } })
  const { headers } = await seenBy(response)
  const seen = Object.keys(headers).filter((name) => /^x-|^forwarded/.test(name))
  assert.deepEqual(seen.sort(), ['x-content-origin', 'x-public-origin', 'x-request-id'])
  assert.equal(headers['x-public-origin'], gateway.url)
  assert.equal(headers['x-request-id'], 'client-chosen-id')
  assert.equal(response.headers.get('x-request-id'), 'client-chosen-id')
  assert.match(headers['traceparent'] ?? '', /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
})

test('headers that the Connection header names do not go on, and it cannot remove ours', async () => {
  const { port } = new URL(gateway.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.write(
    `GET ${identityApi.me.url} HTTP/1.1\r\nHost: x\r\n${`Authorization: ${admin.authorization}`}\r\n` +
      'Accept-Language: de\r\nConnection: close, accept-language, x-request-id\r\n\r\n',
  )
  const answer = await text(socket)
  assert.match(answer, /"x-request-id"/)
  assert.doesNotMatch(answer, /"accept-language"/)
})

test('requests whose length is said twice or in two ways are refused, never passed on', async () => {
  const { port } = new URL(gateway.url)
  const head = `POST ${progressApi.save.url} HTTP/1.1\r\nHost: x\r\nAuthorization: ${admin.authorization}\r\n`
  const hidden = 'GET /api/v1/users HTTP/1.1\r\nHost: x\r\n\r\n'
  for (const lengths of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    'Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello',
    'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
    'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  ]) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(head + lengths + hidden)
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1.1 400 /, lengths)
    assert.doesNotMatch(answer, /"name":/, lengths)
  }
})
