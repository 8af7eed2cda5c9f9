import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { lectureProgress } from '@aetherlearn/contracts/media'
import { saveBySocket, type progressApi } from '@aetherlearn/contracts/progress'
import { Server, type Socket } from 'socket.io'
import { ApiError, type Client } from './client.ts'
import { connectLive, overSocket } from './live.ts'

/** A gateway that lets nobody in but with a token it has not seen before. */
async function startGateway(
  t: TestContext,
  onSocket: (socket: Socket) => void = () => {},
  answerMs = 60_000,
) {
  const seen: string[] = []
  const http = createServer()
  const io = new Server(http)
  const waiting: (() => void)[] = []
  io.use((socket, next) => {
    const token = String(socket.handshake.auth['token'])
    if (seen.includes(token)) return next(new Error('UNAUTHENTICATED'))
    seen.push(token)
    next()
  })
  io.on('connection', (socket) => {
    onSocket(socket)
    waiting.shift()?.()
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  t.after(() => io.close())
  const { port } = http.address() as AddressInfo
  let issued = 0
  const live = connectLive({
    origin: `http://127.0.0.1:${port}`,
    token: async () => {
      issued += 1
      return `token-${issued}`
    },
    answerMs,
  })
  t.after(() => live.close())
  const nextConnection = () => new Promise<void>((resolve) => waiting.push(resolve))
  return { io, live, seen, nextConnection }
}

test('a connection that ends with its token is made again with a new one, and messages go on', async (t) => {
  const { io, live, seen, nextConnection } = await startGateway(t)
  const heard: number[] = []
  const got = Promise.withResolvers<void>()
  live.on(lectureProgress, ({ percent }) => {
    heard.push(percent)
    got.resolve()
  })
  await nextConnection()
  const again = nextConnection()
  io.disconnectSockets(true)
  await again
  io.emit(lectureProgress.name, { lectureId: 'a'.repeat(24), percent: 40 })
  await got.promise
  assert.deepEqual(heard, [40])
  assert.deepEqual(seen, ['token-1', 'token-2'])
})

test('who stops listening hears nothing more', async (t) => {
  const { io, live, nextConnection } = await startGateway(t)
  const heard: number[] = []
  const stop = live.on(lectureProgress, ({ percent }) => heard.push(percent))
  const got = Promise.withResolvers<void>()
  live.on(lectureProgress, () => got.resolve())
  await nextConnection()
  stop()
  io.emit(lectureProgress.name, { lectureId: 'a'.repeat(24), percent: 40 })
  await got.promise
  assert.deepEqual(heard, [])
})

type Save = Client<typeof progressApi>['save']
type Acknowledge = (answer: unknown) => void
const body = { courseId: 'c'.repeat(24), lectureId: 'a'.repeat(24), watchTime: 5 }

/** A player's `save` over the socket, and what it does over HTTP instead. */
async function aSave(
  t: TestContext,
  onSave: (body: unknown, acknowledge: Acknowledge) => void,
  answerMs?: number,
) {
  const { live, io } = await startGateway(t, (socket) => socket.on(saveBySocket.name, onSave), answerMs)
  const requests: unknown[] = []
  const request: Save = async (input) => {
    requests.push(input)
    return { message: 'by request' }
  }
  const connected = () =>
    new Promise<void>((resolve) => live.onConnection((isOpen) => (isOpen ? resolve() : undefined)))
  await connected()
  const save: Save = overSocket({ live, call: saveBySocket, request })
  return { save, requests, live, io, request }
}

test('a save goes over the socket, and its answer is that of the request', async (t) => {
  const heard: unknown[] = []
  const { save, requests } = await aSave(t, (sent, acknowledge) => {
    heard.push(sent)
    acknowledge({ status: 200, message: 'synced' })
  })
  assert.deepEqual(await save({ body }), { message: 'synced' })
  assert.deepEqual([heard, requests], [[body], []])
})

test('a save that is refused over the socket is refused as the request would be, and not made again', async (t) => {
  const problem = { type: 'x', title: 'Too many requests', status: 429, code: 'RATE_LIMITED', requestId: 'r' }
  const { save, requests } = await aSave(t, (_sent, acknowledge) =>
    acknowledge({ ...problem, retryAfterSeconds: 7 }),
  )
  const refusal = await save({ body }).catch((error: unknown) => error)
  assert.ok(refusal instanceof ApiError)
  assert.deepEqual([refusal.problem, refusal.retryAfterSeconds], [problem, 7])
  assert.deepEqual(requests, [])
})

test('a save that has no answer in time, or loses the connection, is made as a request', async (t) => {
  const sockets: (() => void)[] = []
  const { save, requests, io } = await aSave(t, () => sockets.shift()?.(), 200)
  assert.deepEqual(await save({ body }), { message: 'by request' })
  sockets.push(() => io.disconnectSockets(true))
  assert.deepEqual(await save({ body }), { message: 'by request' })
  assert.deepEqual(requests, [{ body }, { body }])
})

test('without a connection a save is a request at once, and nothing is sent when the connection is back', async (t) => {
  const heard: unknown[] = []
  const { save, requests, live } = await aSave(t, (sent) => heard.push(sent))
  live.close()
  const answer = save({ body })
  // Before anything that takes time can have happened.
  await new Promise((resolve) => process.nextTick(resolve))
  assert.equal(requests.length, 1)
  assert.deepEqual(await answer, { message: 'by request' })
  assert.deepEqual([requests, heard], [[{ body }], []])
})

test('a page that goes away makes requests, which outlive it', async (t) => {
  const { requests, live, request } = await aSave(t, () => assert.fail('over the socket'))
  const save: Save = overSocket({ live, call: saveBySocket, request, requestOnly: () => true })
  assert.deepEqual(await save({ body }), { message: 'by request' })
  assert.deepEqual(requests, [{ body }])
})
