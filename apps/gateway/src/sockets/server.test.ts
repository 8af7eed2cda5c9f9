import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { lectureProgress, notification } from '@aetherlearn/contracts/media'
import { createLive, NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { forgeriesOf } from '@aetherlearn/testing/forgeries'
import { newId } from '@aetherlearn/testing/ids'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { openFixture } from '../fixture.ts'
import { comesFromOwnPage } from './server.ts'

const stores = await testStores()
const mint = await createTokenMint()
const redis = await stores.connectRedis()
const live = createLive(redis)
const options = { redisUrl: stores.redisUrl, verifyToken: mint.verifyToken }
const [here, there] = [await openFixture(options), await openFixture(options)]
const sockets: Socket[] = []
const clock = ownClock()
after(async () => {
  await Promise.all([here.close(), there.close()])
  for (const socket of sockets) socket.disconnect()
  await stores.close()
})

type Options = Partial<ManagerOptions & SocketOptions>
function dial(token: unknown, more: Options = {}, gateway = here) {
  const socket = io(gateway.url, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...more,
  })
  sockets.push(socket)
  return socket
}
const once = (socket: Socket, name: string) =>
  new Promise<unknown[]>((resolve) => socket.once(name, (...args: unknown[]) => resolve(args)))

/** A socket of this user that is open. */
async function socketOf(id: string, more: Options = {}, gateway = here) {
  const socket = dial(await mint.tokenFor({ id, role: 'student' }), more, gateway)
  await once(socket, 'connect')
  return socket
}
const nextOf = async (socket: Socket, name: string) => (await once(socket, name))[0]

test('a message published in Redis reaches every browser of its user at every gateway, by either transport', async () => {
  const id = newId()
  const mine = await Promise.all([
    socketOf(id),
    socketOf(id, { transports: ['polling'] }),
    socketOf(id, {}, there),
  ])
  const heard = mine.map((socket) => nextOf(socket, lectureProgress.name))
  const payload = { lectureId: newId(), percent: 40 }
  await live.toUser(id, lectureProgress, payload)
  assert.deepEqual(await Promise.all(heard), [payload, payload, payload])
  for (const socket of mine) socket.disconnect()
})

test('nobody hears the messages of another user', async () => {
  const [ana, ben] = [newId(), newId()]
  const [hers, his] = [await socketOf(ana), await socketOf(ben)]
  const overheard: unknown[] = []
  his.onAny((...message) => overheard.push(message))
  // What a client sends is not read, so it cannot ask its way into another room.
  for (const name of ['join', 'subscribe', 'room']) his.emit(name, `user:${ana}`)
  const heard = nextOf(hers, notification.name)
  await live.notify(ana, lectureProgress, 'for Ana alone')
  await heard
  const own = nextOf(his, notification.name)
  await live.notify(ben, lectureProgress, 'for Ben')
  await own
  assert.deepEqual(overheard, [[notification.name, { type: lectureProgress.name, message: 'for Ben' }]])
})

test('what is published in another form is dropped and the next message still arrives', async () => {
  const id = newId()
  const socket = await socketOf(id)
  const heard = nextOf(socket, notification.name)
  for (const wrong of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{"userId":5,"type":"x","payload":1}',
    `{"userId":"${id}"}`,
  ]) {
    await redis.publish(NOTIFICATIONS, wrong)
  }
  await live.notify(id, lectureProgress, 'sound')
  assert.deepEqual(await heard, { type: lectureProgress.name, message: 'sound' })
})

test('no token, a forged or an expired one opens no socket', async () => {
  const forged = forgeriesOf(mint).map(({ token }) => token)
  for (const token of [undefined, null, 5, {}, ['x'], ...forged]) {
    const socket = dial(token)
    const [error] = await once(socket, 'connect_error')
    assert.ok(error instanceof Error)
    assert.equal(error.message, 'UNAUTHENTICATED', String(token))
    assert.equal(socket.connected, false)
  }
})

test('a socket is closed when the token that it came with expires', async () => {
  // Of the three seconds up to one is over already, and in the rest the socket is to be opened.
  const socket = dial(await mint.tokenFor({ role: 'student', lifetimeSeconds: 3 }))
  await once(socket, 'connect')
  const from = clock.now()
  const [reason] = await once(socket, 'disconnect')
  assert.equal(reason, 'io server disconnect')
  assert.ok(clock.now() - from < 5000)
})

test('pages of other origins and messages above 64 KiB are refused', async () => {
  const token = await mint.tokenFor({ role: 'student' })
  for (const origin of ['http://evil.test', 'null', `${here.url}0`]) {
    const socket = dial(token, { extraHeaders: { origin } })
    await once(socket, 'connect_error')
  }
  const own = dial(token, { extraHeaders: { origin: here.url } })
  await once(own, 'connect')
  own.emit('x', 'a'.repeat(65 * 1024))
  await once(own, 'disconnect')
})

test('an origin is our own when it has our host, and only browsers have one', () => {
  const from = (origin: string | undefined, host: string) =>
    comesFromOwnPage({ headers: origin === undefined ? { host } : { host, origin } })
  assert.equal(from(undefined, 'learn.test'), true)
  assert.equal(from('https://learn.test', 'learn.test'), true)
  assert.equal(from('http://learn.test:8080', 'learn.test:8080'), true)
  assert.equal(from('https://learn.test.evil.test', 'learn.test'), false)
  assert.equal(from('https://evil.test', 'learn.test'), false)
  assert.equal(from('null', 'learn.test'), false)
})

test('a gateway that stops lets its sockets go at once', async () => {
  const gateway = await openFixture(options)
  const socket = await socketOf(newId(), {}, gateway)
  const gone = once(socket, 'disconnect')
  const from = clock.now()
  await gateway.close()
  await gone
  assert.ok(clock.now() - from < 2000)
})
