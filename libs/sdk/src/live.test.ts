import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { lectureProgress } from '@aetherlearn/contracts/media'
import { Server } from 'socket.io'
import { connectLive } from './live.ts'

/** A gateway that lets nobody in but with a token it has not seen before. */
async function startGateway(t: TestContext) {
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
  io.on('connection', () => waiting.shift()?.())
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
