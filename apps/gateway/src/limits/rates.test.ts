import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { newId } from '@aetherlearn/testing/ids'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, startEcho, type Fixture, type FixtureOptions } from '../fixture.ts'

// Its Redis is killed and frozen here.
const stores = await ownStores()
const mint = await createTokenMint()
const echo = await startEcho('any')
const clock = ownClock()
after(async () => {
  await echo.stop()
  await stores.close()
})

const open = async (options: Partial<FixtureOptions>) => {
  const upstreams = { 'identity-service': echo.url, 'course-service': echo.url }
  const gateway = await openFixture({
    redisUrl: stores.redisUrl,
    verifyToken: mint.verifyToken,
    upstreams,
    ...options,
  })
  after(() => gateway.close())
  return gateway
}
const get = async (gateway: Fixture, path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(gateway.url + path, { headers })
  await response.arrayBuffer()
  return response
}
const bearer = async () => ({ authorization: `Bearer ${await mint.tokenFor({ role: 'student' })}` })
/** Not those that were answered: of them a busy machine may hold some up until their two seconds are over. */
const letThrough = (responses: Response[]) => responses.filter(({ status }) => status !== 429).length
const signIn = (gateway: Fixture) =>
  fetch(gateway.url + identityApi.signIn.url, { method: 'POST', body: '{}' })
/** A Redis that the machine lets wait for a quarter of a second closes it as well. */
async function untilOpen(gateway: Fixture) {
  const until = Date.now() + 10_000
  while ((await signIn(gateway)).status !== 200) assert.ok(Date.now() < until, 'sign-in stayed closed')
}

test('three gateways let through exactly what one would: 100 a minute are 100', async () => {
  const options = { limits: { read: 100 }, buckets: newId() }
  const gateways = [await open(options), await open(options), await open(options)]
  const headers = await bearer()
  const responses: Response[] = []
  // Not all at once: three gateways, the service and the clients are one process, which a slow machine cannot carry.
  while (responses.length < 150) {
    const calls = Array.from({ length: 5 }, () =>
      gateways.map((gateway) => get(gateway, identityApi.me.url, headers)),
    )
    responses.push(...(await Promise.all(calls.flat())))
  }
  assert.equal(letThrough(responses), 100)
  const refused = responses.find(({ status }) => status === 429)
  assert.ok(Number(refused?.headers.get('retry-after')) > 0)
  assert.match(refused?.headers.get('content-type') ?? '', /^application\/problem\+json/)
})

test('a bucket is of one user and one class of calls', async () => {
  const gateway = await open({ limits: { read: 2, write: 1 } })
  const [ana, ben] = [await bearer(), await bearer()]
  const me = async (who: Record<string, string>) => (await get(gateway, identityApi.me.url, who)).status
  assert.deepEqual([await me(ana), await me(ana), await me(ana), await me(ben)], [200, 200, 429, 200])
  const enrolled = await get(gateway, courseApi.listEnrolled.url, ana)
  assert.equal(enrolled.status, 429)
  const out = await fetch(gateway.url + identityApi.signOut.url, { method: 'POST', headers: ana })
  assert.equal(out.status, 200)
})

test('nobody escapes a limit by claiming another address; a believed load balancer tells the true one', async () => {
  const calls = async (gateway: Fixture) => {
    const path = courseApi.listPublished.url
    const from = (address: string) => get(gateway, path, { 'x-forwarded-for': address })
    return [(await from('10.0.0.1')).status, (await from('10.0.0.2')).status, (await from('10.0.0.1')).status]
  }
  assert.deepEqual(await calls(await open({ limits: { read: 1 } })), [200, 429, 429])
  const behind = await open({ limits: { read: 1 }, trustedProxies: '127.0.0.1' })
  assert.deepEqual(await calls(behind), [200, 200, 429])
})

for (const [state, hurt, heal] of [
  ['frozen', () => stores.redis.signal('SIGSTOP'), () => stores.redis.signal('SIGCONT')],
  ['dead', () => stores.redis.signal('SIGKILL'), () => stores.redis.restart()],
] as const) {
  test(`a ${state} Redis: sign-in is closed with 503, everything else is limited by each gateway itself`, async () => {
    const gateway = await open({ limits: { read: 20 } })
    const headers = await bearer()
    await untilOpen(gateway)
    await hurt()
    try {
      const from = clock.now()
      const closed = await signIn(gateway)
      assert.equal(closed.status, 503)
      assert.equal(closed.headers.get('retry-after'), '2')
      const reads = await Promise.all(
        Array.from({ length: 40 }, () => get(gateway, identityApi.me.url, headers)),
      )
      assert.equal(letThrough(reads), 20)
      assert.ok(clock.now() - from < 2000)
    } finally {
      await heal()
    }
    await untilOpen(gateway)
  })
}
