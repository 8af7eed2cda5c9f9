import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { MAX_CHUNK_BYTES, uploadApi } from '@aetherlearn/contracts/upload'
import { addressOf } from '@aetherlearn/sdk/client'
import { newId } from '@aetherlearn/testing/ids'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, startEcho, startUpstream } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
after(() => stores.close())
const headers = { authorization: `Bearer ${await mint.tokenFor({ role: 'admin' })}` }
const open = async (upstreams: Record<string, string>) => {
  const gateway = await openFixture({ redisUrl: stores.redisUrl, verifyToken: mint.verifyToken, upstreams })
  after(() => gateway.close())
  return gateway
}
const chunkPath = addressOf(uploadApi.putChunk, { params: { uploadId: newId(), index: 0 } })
const MIB = 1024 * 1024

const clock = ownClock()

/** Within two seconds of `from`, apart from the time in which nobody here was let work. */
async function assertUnavailable(response: Response, from: number) {
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('retry-after'), '2')
  assert.equal(((await response.json()) as { code: string }).code, 'UNAVAILABLE')
  const tookMs = clock.now() - from
  assert.ok(tookMs < 2000, `took ${tookMs} ms`)
}

test('a dead service is 503 at once, and no other service notices', async () => {
  const identity = await startEcho('identity-service')
  after(() => identity.stop())
  const gateway = await open({ 'identity-service': identity.url })
  const from = clock.now()
  await assertUnavailable(await fetch(gateway.url + progressApi.getStudentStats.url, { headers }), from)
  const post = { method: 'POST', headers, body: '{}' }
  await assertUnavailable(await fetch(gateway.url + progressApi.save.url, post), from)
  const upload = { method: 'PUT', headers, body: randomBytes(5 * MIB) }
  await assertUnavailable(await fetch(gateway.url + chunkPath, upload), from)
  assert.equal((await fetch(gateway.url + identityApi.me.url, { headers })).status, 200)
})

test('a frozen service is 503 within two seconds while the others answer as fast as ever', async () => {
  const identity = await startEcho('identity-service')
  const frozen = await startUpstream(() => {})
  const gateway = await open({ 'identity-service': identity.url, 'progress-service': frozen.url })
  after(() => Promise.all([identity.stop(), frozen.stop()]))
  // What the first calls compile takes a slow machine longer than all that is timed.
  for (let call = 0; call < 50; call += 1)
    assert.equal((await fetch(gateway.url + identityApi.me.url, { headers })).status, 200)
  // Clients and services are this process as well: with more of them it is those that take the time.
  const stuck = Array.from({ length: 40 }, async () => {
    const from = clock.now()
    await assertUnavailable(await fetch(gateway.url + progressApi.getStudentStats.url, { headers }), from)
  })
  const times: number[] = []
  for (let call = 0; call < 50; call += 1) {
    const startedAt = clock.now()
    assert.equal((await fetch(gateway.url + identityApi.me.url, { headers })).status, 200)
    times.push(clock.now() - startedAt)
  }
  await Promise.all(stuck)
  assert.ok((times.sort((a, b) => a - b)[25] ?? 0) < 100, `median ${times[25]} ms`)
})

test('a service that breaks off: a GET is asked once more, a POST never', async () => {
  const calls: string[] = []
  const flaky = await startUpstream((request, response) => {
    calls.push(request.method ?? '')
    if (calls.length > 1 && request.method === 'GET') response.end('{}')
    else request.socket.destroy()
  })
  after(() => flaky.stop())
  const gateway = await open({ 'progress-service': flaky.url })
  assert.equal((await fetch(gateway.url + progressApi.getStudentStats.url, { headers })).status, 200)
  assert.deepEqual(calls.splice(0), ['GET', 'GET'])
  const from = clock.now()
  const post = { method: 'POST', headers, body: '{}' }
  await assertUnavailable(await fetch(gateway.url + progressApi.save.url, post), from)
  assert.deepEqual(calls, ['POST'])
})

test('what a service says about its own failure is passed on and not asked again', async () => {
  let calls = 0
  const busy = await startUpstream((_request, response) => {
    calls += 1
    response.writeHead(503, { 'retry-after': '7', 'content-type': 'application/problem+json' })
    response.end('{"code":"UNAVAILABLE"}')
  })
  after(() => busy.stop())
  const gateway = await open({ 'progress-service': busy.url })
  const response = await fetch(gateway.url + progressApi.getStudentStats.url, { headers })
  assert.equal(response.status, 503)
  assert.equal(response.headers.get('retry-after'), '7')
  assert.equal(calls, 1)
})

test('a body announced as too large is 413 before any of it is read, and the service hears nothing', async () => {
  let calls = 0
  const service = await startUpstream((_request, response) => {
    calls += 1
    response.end('{}')
  })
  after(() => service.stop())
  const gateway = await open({ 'course-service': service.url, 'progress-service': service.url })
  const tooLarge = async (path: string, method: string, bytes: number) => {
    const response = await fetch(gateway.url + path, { method, headers, body: Buffer.alloc(bytes) })
    assert.equal(response.status, 413)
    assert.equal(((await response.json()) as { code: string }).code, 'TOO_LARGE')
  }
  await tooLarge(progressApi.save.url, 'POST', 64 * 1024 + 1)
  await tooLarge(courseApi.createCourse.url, 'POST', 100_000)
  await tooLarge(chunkPath, 'PUT', MAX_CHUNK_BYTES + 1)
  assert.equal(calls, 0)
})

test('a chunk goes through byte for byte, unparsed whatever its type says', async () => {
  const echo = await startEcho('course-service')
  after(() => echo.stop())
  const gateway = await open({ 'course-service': echo.url })
  const body = randomBytes(6 * MIB)
  const sha256 = createHash('sha256').update(body).digest('hex')
  const types = ['application/octet-stream', 'application/json', 'multipart/form-data; boundary=x', undefined]
  for (const type of types) {
    const sent = { ...headers, ...(type === undefined ? {} : { 'content-type': type }) }
    const response = await fetch(gateway.url + chunkPath, { method: 'PUT', headers: sent, body })
    const seen = (await response.json()) as { bytes: number; sha256: string }
    assert.deepEqual([seen.bytes, seen.sha256], [6 * MIB, sha256], `${type}`)
  }
})

test('a large chunk leaves the memory of the gateway flat', async () => {
  const echo = await startEcho('course-service')
  after(() => echo.stop())
  const gateway = await open({ 'course-service': echo.url })
  const piece = randomBytes(64 * 1024)
  let peak = 0
  // Client, gateway and service are this one process, so all that any of them holds is in this number.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const held = () => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const before = held()
  const pieces = function* () {
    for (let sent = 0; sent < MAX_CHUNK_BYTES; sent += piece.length) {
      if (sent % (4 * MIB) === 0) peak = Math.max(peak, held() - before)
      yield piece
    }
  }
  const body = Readable.toWeb(Readable.from(pieces()))
  const request = { method: 'PUT', headers, body, duplex: 'half' as const }
  const seen = (await (await fetch(gateway.url + chunkPath, request)).json()) as { bytes: number }
  assert.equal(seen.bytes, MAX_CHUNK_BYTES)
  assert.ok(peak < 8 * MIB, `${Math.round(peak / MIB)} MiB at its peak`)
})

test('a client that gives up in the middle of a chunk ends it at the service too', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<boolean>()
  const abort = new AbortController()
  const service = await startUpstream((request) => {
    request.on('close', () => resolve(!request.complete))
    request.once('data', () => abort.abort())
  })
  after(() => service.stop())
  const gateway = await open({ 'course-service': service.url })
  const pieces = async function* () {
    yield randomBytes(64 * 1024)
    await once(abort.signal, 'abort')
  }
  const body = Readable.toWeb(Readable.from(pieces()))
  const request = { method: 'PUT', headers, body, duplex: 'half' as const, signal: abort.signal }
  await assert.rejects(fetch(gateway.url + chunkPath, request), { name: 'AbortError' })
  assert.equal(await aborted, true)
})

test('a chunk that the service refuses before it has read it: the client hears why', async () => {
  const service = await startUpstream((_request, response) => {
    response.writeHead(409, { 'content-type': 'application/problem+json' })
    response.end('{"code":"UPLOAD_NOT_OPEN"}')
  })
  after(() => service.stop())
  const gateway = await open({ 'course-service': service.url })
  const body = randomBytes(8 * MIB)
  for (let round = 0; round < 3; round += 1) {
    const response = await fetch(gateway.url + chunkPath, { method: 'PUT', headers, body })
    assert.equal(response.status, 409)
    assert.deepEqual(await response.json(), { code: 'UPLOAD_NOT_OPEN' })
  }
})
