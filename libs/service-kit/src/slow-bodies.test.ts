import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { createServer } from './server.ts'

const mint = await createTokenMint()
const app = await createServer({ name: 'test', verifyToken: mint.verifyToken })
app.post('/notes', { config: { access: 'public' } }, async () => ({ kept: true }))
app.post('/mine', { config: { access: 'signed-in' } }, async () => ({ kept: true }))
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo
after(() => app.close())
const clock = ownClock()

async function opened() {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}
/** Sends the head of a request and a part of its body, then nothing more; what is answered until the end. */
async function trickle(path: string, socket?: Socket) {
  const to = socket ?? (await opened())
  const from = clock.now()
  to.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"a"`,
  )
  return { answer: await text(to), tookMs: clock.now() - from }
}

test('a body that does not arrive is 408 within two seconds, and its connection ends', async () => {
  const { answer, tookMs } = await trickle('/notes')
  assert.match(answer, /^HTTP\/1.1 408 /)
  assert.match(answer, /"code":"TOO_SLOW"/)
  assert.ok(tookMs < 2500, `took ${tookMs} ms`)
})

test('200 bodies that do not arrive hold up nobody else', async () => {
  // That so many connect at once is work of ours, and not what a body holds up.
  const sockets = await Promise.all(Array.from({ length: 200 }, opened))
  const slow = sockets.map((socket) => trickle('/notes', socket))
  const times: number[] = []
  for (let round = 0; round < 50; round += 1) {
    const from = clock.now()
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`http://127.0.0.1:${port}/notes`, { method: 'POST', body: '{}', headers })
    assert.equal(response.status, 200)
    times.push(clock.now() - from)
  }
  assert.ok(Math.max(...times) < 1000, `took ${Math.max(...times)} ms`)
  for (const { answer } of await Promise.all(slow)) assert.match(answer, /^HTTP\/1.1 408 /)
})

test('a refused request that goes on sending is answered at once and cut off soon after', async () => {
  const { answer, tookMs } = await trickle('/mine')
  assert.match(answer, /^HTTP\/1.1 401 /)
  assert.ok(tookMs < 7000, `took ${tookMs} ms`)
})

test('heads that do not arrive are 408 within 15 seconds', async () => {
  const slow = Array.from({ length: 200 }, async () => {
    const socket = await opened()
    const from = clock.now()
    socket.write('POST /notes HTTP/1.1\r\nHost: x\r\nContent-')
    return { answer: await text(socket), tookMs: clock.now() - from }
  })
  for (const { answer, tookMs } of await Promise.all(slow)) {
    assert.match(answer, /^HTTP\/1.1 408 /)
    assert.ok(tookMs < 15_000, `took ${tookMs} ms`)
  }
})
