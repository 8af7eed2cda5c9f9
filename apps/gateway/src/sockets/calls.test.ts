import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test, type TestContext } from 'node:test'
import { progressApi, saveBySocket } from '@aetherlearn/contracts/progress'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import { newId } from '@aetherlearn/testing/ids'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { io, type Socket } from 'socket.io-client'
import { openFixture, startEcho, startUpstream, type FixtureOptions, type Upstream } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
after(() => stores.close())

type Answer = { status: number; code?: string; retryAfterSeconds?: number; [more: string]: unknown }

/** A gateway before this service, and a student's socket at it. */
async function aSocket(t: TestContext, upstream: Upstream, options: Partial<FixtureOptions> = {}) {
  const upstreams = { 'progress-service': upstream.url }
  const common = { redisUrl: stores.redisUrl, verifyToken: mint.verifyToken, upstreams, buckets: newId() }
  const gateway = await openFixture({ ...common, ...options })
  const token = await mint.tokenFor({ role: 'student' })
  const socket = io(gateway.url, { auth: { token }, transports: ['websocket'], forceNew: true })
  t.after(async () => {
    socket.disconnect()
    await gateway.close()
    await upstream.stop()
  })
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return { gateway, token, socket, call: callerOf(socket) }
}
const callerOf =
  (socket: Socket) =>
  (...sent: unknown[]) =>
    new Promise<Answer>((resolve) => socket.emit(saveBySocket.name, ...sent, resolve))
/** A call that is answered at once. */
const OTHER = 100
const report = () => ({ courseId: newId(), lectureId: newId(), watchTime: 12.5 })
type Seen = { method: string; url: string; headers: Record<string, string>; bytes: number }

test('a call over the socket reaches the service as its request would: token, ids, body, and the answer comes back', async (t) => {
  const { call, token } = await aSocket(t, await startEcho('progress-service'))
  const body = report()
  const first = await call(body)
  const { method, url, headers, bytes } = first as unknown as Seen
  assert.deepEqual([first.status, method, url], [200, 'POST', progressApi.save.url])
  assert.equal(headers['authorization'], `Bearer ${token}`)
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(bytes, JSON.stringify(body).length)
  assert.match(headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/)
  assert.match(headers['traceparent'] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  const second = (await call(body)) as unknown as Seen
  assert.notEqual(second.headers['x-request-id'], headers['x-request-id'])
})

test('what the service refuses is acknowledged as its problem document, with how long to wait', async (t) => {
  const problem = { code: 'NOT_ENROLLED', status: 403, title: 'no', requestId: 'x' }
  const service = await startUpstream((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/problem+json', 'retry-after': '7' })
    response.end(JSON.stringify(problem))
  })
  const { call } = await aSocket(t, service)
  assert.deepEqual(await call(report()), { ...problem, retryAfterSeconds: 7 })
})

test('calls over the socket and requests are taken from one bucket', async (t) => {
  const { call, gateway, token } = await aSocket(t, await startEcho('any'), { limits: { heartbeat: 3 } })
  const request = async () => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(gateway.url + progressApi.save.url, { method: 'POST', headers, body: '{}' })
    return response.status
  }
  assert.deepEqual([await request(), (await call({})).status, await request()], [200, 200, 200])
  const over = await call({})
  assert.deepEqual([over.status, over.code], [429, 'RATE_LIMITED'])
  assert.ok(Number(over.retryAfterSeconds) > 0)
  assert.equal(await request(), 429)
})

const deep = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
const hostile: [string, unknown[]][] = [
  ['nothing', []],
  ['null', [null]],
  ['a number', [5]],
  ['text', ['x'.repeat(1000)]],
  ['an array', [[1, 2, 3]]],
  ['two bodies', [{}, {}]],
  ['a thousand bodies', Array.from({ length: 1000 }, () => 1)],
  ['bytes', [randomBytes(1000)]],
  ['bytes in a body', [{ courseId: randomBytes(100), nested: [randomBytes(9)] }]],
  ['a prototype', [JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}')]],
  ['names of methods', [{ toJSON: 'x', then: 'y', length: -1, hasOwnProperty: 1 }]],
  ['many levels', [deep(3000)]],
]

test('whatever is sent with a call is carried or refused, and always acknowledged', async (t) => {
  let bodies = 0
  const service = await startUpstream((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      JSON.parse(text)
      bodies += 1
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  const { call, socket } = await aSocket(t, service)
  for (const [name, sent] of hostile) assert.equal((await call(...sent)).status, 200, name)
  assert.equal(bodies, hostile.length)
  // Bytes are longer as JSON.
  assert.equal((await call(randomBytes(60 * 1024))).code, 'TOO_LARGE')
  // Without an acknowledgement nobody hears of it, and it is not a call.
  for (const sent of [[], [report()], [null, {}], [randomBytes(9)]]) socket.emit(saveBySocket.name, ...sent)
  for (const name of ['progress.complete', 'progress.save ', 'PROGRESS.SAVE', '__proto__', 'constructor'])
    socket.emit(name, report(), () => assert.fail(name))
  assert.equal((await call({})).status, 200)
  assert.equal(bodies, hostile.length + 1)
})

test('what is nested too deep to be written is refused, and the socket goes on', async (t) => {
  const { call, socket } = await aSocket(t, await startEcho('any'))
  const levels = 30_000
  // Written by hand, as this side could not do it either: an event with the id 99, and its acknowledgement.
  const answer = new Promise<Answer>((resolve) => {
    socket.io.engine.on('data', (packet: unknown) => {
      if (typeof packet !== 'string' || !packet.startsWith('399')) return
      const [said] = JSON.parse(packet.slice(3)) as [Answer]
      resolve(said)
    })
  })
  socket.io.engine.write(`299["${saveBySocket.name}",${'['.repeat(levels)}${']'.repeat(levels)}]`)
  const { status, code, errors } = await answer
  assert.deepEqual([status, code], [400, 'INVALID_INPUT'])
  assert.deepEqual(errors, [{ field: 'body', message: 'is nested too deep' }])
  assert.equal((await call({})).status, 200)
})

/** What comes after the 4 of a message; the first digit is the kind of packet. */
const packets = [
  ...[
    '',
    '2',
    '2[',
    '2[]',
    '2{}',
    '2[{}]',
    '2[null]',
    '2["progress.save"',
    '299999999999999999999["progress.save"]',
  ],
  ...['0', '0{"token":1}', '1', '3', '35[{}]', '3["x"]', '4', '4{"message":"x"}', '7[]', 'x', '\0'],
  ...['2["error",{}]', '2["disconnect"]', '2["connect"]', '2["newListener","x"]', '2["__proto__",1]'],
  ...['2/admin,5["progress.save",{}]', '2-1["progress.save",-1]', `2${'9'.repeat(60_000)}["progress.save"]`],
  ...[
    '51-["progress.save",{"_placeholder":true,"num":7}]',
    '599999-["progress.save"]',
    '51-5["x"]',
    '5["progress.save"]',
  ],
]

test('packets that no client would send end their own socket at most', async (t) => {
  const { call, gateway, token } = await aSocket(t, await startEcho('any'))
  for (const packet of packets) {
    const socket = io(gateway.url, {
      auth: { token },
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
    })
    await new Promise<void>((resolve) => socket.once('connect', resolve))
    socket.io.engine.write(packet)
    socket.io.engine.write(randomBytes(100))
    // What comes next either goes on or finds the socket closed.
    await socket
      .timeout(1000)
      .emitWithAck(saveBySocket.name, {})
      .catch(() => undefined)
    socket.disconnect()
    assert.equal((await call({})).status, 200, packet.slice(0, 80))
  }
})

test('a service that is dead, frozen or talks nonsense: 503 within two seconds, each time', async (t) => {
  const bad: Record<string, Upstream> = {
    dead: { url: 'http://127.0.0.1:9', stop: async () => {} },
    frozen: await startUpstream(() => {}),
    'breaking off': await startUpstream((request) => request.socket.destroy()),
    'half an answer': await startUpstream((_request, response) => response.writeHead(200).write('{"a":')),
    nonsense: await startUpstream((_request, response) => response.end('<html>')),
  }
  const clock = ownClock()
  for (const [name, service] of Object.entries(bad)) {
    const { call } = await aSocket(t, service)
    const from = clock.now()
    const { status, code } = await call(report())
    assert.deepEqual([status, code], [503, 'UNAVAILABLE'], name)
    assert.ok(clock.now() - from < 2000, name)
  }
})

test('calls of one socket are carried out one after the other, as they were sent; other sockets do not wait for it', async (t) => {
  const arrived: number[] = []
  const { promise: open, resolve: release } = Promise.withResolvers<void>()
  const { promise: firstIsThere, resolve: firstArrives } = Promise.withResolvers<void>()
  const service = await startUpstream((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const { n } = JSON.parse(text) as { n: number }
      arrived.push(n)
      if (n === 0) firstArrives()
      void (n === OTHER ? Promise.resolve() : open).then(() => response.end('{}'))
    })
  })
  const { call, gateway, token } = await aSocket(t, service)
  const other = io(gateway.url, { auth: { token }, transports: ['websocket'], forceNew: true })
  t.after(() => other.disconnect())
  const calls = Array.from({ length: 8 }, (_, n) => call({ n }))
  const over = await call({ n: 8 })
  assert.deepEqual([over.status, over.code, over.retryAfterSeconds], [429, 'RATE_LIMITED', 1])
  assert.equal((await callerOf(other)({ n: OTHER })).status, 200)
  await firstIsThere
  assert.deepEqual(new Set(arrived), new Set([0, OTHER]))
  release()
  assert.ok((await Promise.all(calls)).every(({ status }) => status === 200))
  assert.deepEqual(
    arrived.filter((n) => n !== OTHER),
    [0, 1, 2, 3, 4, 5, 6, 7],
  )
  assert.equal((await call({ n: 9 })).status, 200)
})

test('a token that is no longer accepted makes no call, however long its socket is open', async (t) => {
  let revoked = false
  const verifyToken: VerifyToken = async (token) => {
    if (revoked) throw fail('UNAUTHENTICATED')
    return mint.verifyToken(token)
  }
  const { call } = await aSocket(t, await startEcho('any'), { verifyToken })
  assert.equal((await call({})).status, 200)
  revoked = true
  const { status, code } = await call({})
  assert.deepEqual([status, code], [401, 'UNAUTHENTICATED'])
})
