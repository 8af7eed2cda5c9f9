import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { after, test, type TestContext } from 'node:test'
import { coursePublished, enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { progressApi, saveBySocket, watchPosition } from '@aetherlearn/contracts/progress'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { connectLive, overSocket, type Live } from '@aetherlearn/sdk/live'
import { forgeriesOf } from '@aetherlearn/testing/forgeries'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, startProcess } from '@aetherlearn/testing/lone-service'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { io } from 'socket.io-client'

/** What the source document allows from a save to the other device. */
const PROMISED_MS = 1000

const progress = await startLoneService(
  'progress-service',
  new URL('../../../progress-service/src/main.ts', import.meta.url),
)
after(() => progress.close())
const { stores, mint, tokenFor, tell, identityUrl } = progress
const startGateway = async () => {
  const gateway = await startProcess(new URL('../main.ts', import.meta.url), {
    PORT: '0',
    REDIS_STATE_URL: stores.redisUrl,
    REDIS_CACHE_URL: stores.redisUrl,
    IDENTITY_SERVICE_URL: identityUrl,
    PROGRESS_SERVICE_URL: progress.address,
  })
  after(() => gateway.kill())
  return gateway
}
const [here, there] = await Promise.all([startGateway(), startGateway()])

/** Somebody who is in a course of one lecture, as soon as the service knows. */
async function aStudent() {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  const lectures = [{ lectureId, lectureTitle: 'Sets', durationSeconds: 600 }]
  await tell(coursePublished, { courseId, creatorId: newId(), title: 'Algebra', version: 1, lectures })
  await tell(enrolmentCreated, { userId, courseId, sequence: 1, at: new Date().toISOString() })
  const token = await tokenFor({ id: userId, role: 'student' })
  const client = createClient(progressApi, { origin: progress.address, token: () => token })
  for (const until = Date.now() + 10_000; ;) {
    const known = await client.getProgress({ params: { courseId } }).then(
      () => true,
      (error: unknown) => (error instanceof ApiError ? false : Promise.reject(error)),
    )
    if (known) break
    assert.ok(Date.now() < until, 'the service never heard of the enrolment')
  }
  return { courseId, lectureId, token, client }
}
type Student = Awaited<ReturnType<typeof aStudent>>

/** A device of the student at a gateway: what it hears, and how it saves. */
async function aDevice(t: TestContext, { courseId, lectureId, token }: Student, origin: string) {
  const live = connectLive({ origin, token: async () => token })
  t.after(() => live.close())
  const heard: number[] = []
  const waiting = new Map<number, () => void>()
  live.on(watchPosition, ({ watchTime }) => {
    heard.push(watchTime)
    waiting.get(watchTime)?.()
  })
  await isConnected(live, true)
  const hears = (watchTime: number) => new Promise<void>((resolve) => waiting.set(watchTime, resolve))
  const client = createClient(progressApi, { origin, token: () => token })
  const bySocket = (watchTime: number, more: object = {}) =>
    live.call(saveBySocket, { courseId, lectureId, watchTime, ...more })
  const byRequest = (watchTime: number, more: object = {}) =>
    client.save({ body: { courseId, lectureId, watchTime, ...more } })
  return { live, client, heard, hears, bySocket, byRequest }
}
const isConnected = (live: Live, wanted: boolean) =>
  new Promise<void>((resolve) => {
    const stop = live.onConnection((connected) => {
      if (connected !== wanted) return
      // It calls back before it has answered.
      queueMicrotask(() => stop())
      resolve()
    })
  })

test('what one device saves, by socket or by request, is heard within a second by the student’s others at any gateway, in order, and by nobody else', async (t) => {
  const [ana, ben] = await Promise.all([aStudent(), aStudent()])
  const laptop = await aDevice(t, ana, here.address)
  const phone = await aDevice(t, ana, there.address)
  const [his, hisToo] = [await aDevice(t, ben, here.address), await aDevice(t, ben, there.address)]
  // What the first calls of three new processes load and compile is not what is promised.
  const warm = Promise.all([phone.hears(8), phone.hears(9)])
  await laptop.bySocket(8)
  await laptop.byRequest(9)
  await warm
  const clock = ownClock()
  for (const [watchTime, save] of [
    [10, laptop.bySocket],
    [11, laptop.byRequest],
  ] as const) {
    const heard = phone.hears(watchTime)
    const from = clock.now()
    assert.equal((await save(watchTime)).message, 'synced')
    await heard
    const tookMs = clock.now() - from
    assert.ok(tookMs < PROMISED_MS, `${tookMs} ms`)
  }
  // One after the other, without waiting for an answer in between.
  const more = Array.from({ length: 8 }, (_, i) => 20 + i)
  const last = Promise.all([phone.hears(27), laptop.hears(27)])
  await Promise.all(more.map((watchTime) => laptop.bySocket(watchTime)))
  await last
  assert.deepEqual(phone.heard, [8, 9, 10, 11, ...more])
  assert.deepEqual(laptop.heard, phone.heard)
  const own = [his.hears(5), hisToo.hears(5)]
  await his.bySocket(5)
  await Promise.all(own)
  assert.deepEqual([his.heard, hisToo.heard], [[5], [5]])
})

test('a report that comes late is no new position: neither kept nor told', async (t) => {
  const student = await aStudent()
  const laptop = await aDevice(t, student, here.address)
  const phone = await aDevice(t, student, there.address)
  const now = Date.now()
  const sessionId = 'laptop-0001'
  const end = phone.hears(31)
  await laptop.bySocket(30, { sessionId, clientTime: now })
  await laptop.byRequest(29, { sessionId, clientTime: now - 5000 })
  await laptop.bySocket(28, { sessionId, clientTime: now - 4000 })
  // Another device is another session: the server's order is what counts between them.
  await phone.bySocket(31, { sessionId: 'phone-0001', clientTime: now - 60_000 })
  await end
  assert.deepEqual(phone.heard, [30, 31])
  const { courseId, lectureId, client } = student
  assert.equal((await client.getProgress({ params: { courseId } })).watchTimes[lectureId], 31)
})

test('what is no save is refused over the socket by the field, and no state is changed', async (t) => {
  const student = await aStudent()
  const { live, bySocket, heard, hears } = await aDevice(t, student, here.address)
  const { courseId, lectureId, client } = student
  const refused = async (call: Promise<unknown>) => {
    const error = await call.catch((thrown: unknown) => thrown)
    assert.ok(error instanceof ApiError)
    return [error.status, error.problem.errors?.[0]?.field]
  }
  assert.deepEqual(await refused(bySocket(-1)), [400, 'body.watchTime'])
  assert.deepEqual(await refused(bySocket(Number.NaN)), [400, 'body.watchTime'])
  assert.deepEqual(await refused(bySocket(1e9)), [400, 'body.watchTime'])
  assert.deepEqual(await refused(bySocket(1, { userId: newId() })), [400, 'body.userId'])
  const elsewhere = { courseId, lectureId: newId(), watchTime: 1 }
  assert.deepEqual(await refused(live.call(saveBySocket, elsewhere)), [404, 'body.lectureId'])
  const other = { courseId: (await aStudent()).courseId, lectureId, watchTime: 1 }
  assert.deepEqual(await refused(live.call(saveBySocket, other)), [403, 'body.courseId'])
  assert.deepEqual((await client.getProgress({ params: { courseId } })).watchTimes, {})
  const sound = hears(2)
  await bySocket(2)
  await sound
  assert.deepEqual(heard, [2])
})

test('forged and expired tokens open no socket that could save', async () => {
  const forged = forgeriesOf(mint).map(async ({ token, name }) => {
    const socket = io(here.address, { auth: { token }, transports: ['websocket'], forceNew: true })
    const refusal = new Promise<Error>((resolve) => socket.once('connect_error', resolve))
    // Kept by the client until it is let in.
    const call = socket.timeout(100).emitWithAck(saveBySocket.name, {})
    await assert.rejects(call, name)
    assert.equal((await refusal).message, 'UNAUTHENTICATED', name)
    socket.disconnect()
  })
  await Promise.all(forged)
})

test('a gateway is killed: the device comes back at another one, saves meanwhile and hears what goes on', async (t) => {
  const student = await aStudent()
  const doomed = await startGateway()
  const door = await startBalancer(t, [doomed.address, there.address])
  const laptop = await aDevice(t, student, door)
  const phone = await aDevice(t, student, there.address)
  const { courseId, lectureId } = student
  const save = overSocket({ live: laptop.live, call: saveBySocket, request: laptop.client.save })
  const saved = async (watchTime: number) => {
    const heard = phone.hears(watchTime)
    await save({ body: { courseId, lectureId, watchTime } })
    await heard
  }
  await saved(40)
  const lost = isConnected(laptop.live, false)
  await doomed.kill()
  await lost
  const back = isConnected(laptop.live, true)
  await saved(41)
  await back
  const there42 = laptop.hears(42)
  await phone.bySocket(42)
  await there42
  assert.equal((await laptop.bySocket(43)).message, 'synced')
})

/** One address before several servers: each connection goes to the first of them that takes it. */
async function startBalancer(t: TestContext, addresses: string[]): Promise<string> {
  const balancer = createServer((client) => {
    const dial = ([address, ...others]: string[]) => {
      if (address === undefined) return void client.destroy()
      const { hostname, port } = new URL(address)
      const server = connect(Number(port), hostname)
      server.once('connect', () => client.pipe(server).pipe(client))
      server.on('error', () => (server.bytesRead > 0 ? client.destroy() : dial(others)))
      server.on('close', () => server.bytesRead > 0 && client.destroy())
      client.on('close', () => server.destroy())
    }
    client.on('error', () => client.destroy())
    dial(addresses)
  })
  balancer.listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  t.after(() => balancer.close())
  const { port } = balancer.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}
