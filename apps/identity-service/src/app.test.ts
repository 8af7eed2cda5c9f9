import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { identityApi } from '@aetherlearn/contracts/identity'
import { retry } from '@aetherlearn/sdk/retry'
import { mongoCheck } from '@aetherlearn/service-kit/mongo'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { ownStores } from '@aetherlearn/testing/stores'
import { buildApp } from './app.ts'
import { openStores } from './stores.ts'

const servers = await ownStores()
const mongo = await servers.connectMongo()
const stores = openStores(mongo, createOutbox(mongo), { sessionSeconds: 3600 })
await servers.prepare(mongo)
const app = await buildApp({
  ...stores,
  key: await stores.keys.signingKey(),
  accessTokenSeconds: 900,
  checks: { mongo: mongoCheck(mongo) },
})
after(async () => {
  await app.close()
  await servers.close()
})

const anyone = clientOf(app, identityApi)
const who = { email: 'ana@school.test', password: 'long enough' }
/** By itself, though not before a connection is there again. */
const signInAgain = () => retry(() => anyone.signIn({ body: who }))
const ready = async () => (await rawCall(app, { method: 'GET', url: '/health/ready' })).statusCode
const clock = ownClock()
const timed = async (call: () => Promise<unknown>) => {
  const from = clock.now()
  const problem = await refusal(call())
  assert.equal(problem.code, 'UNAVAILABLE')
  const tookMs = clock.now() - from
  assert.ok(tookMs < 2000, `took ${tookMs} ms`)
}

test('a frozen MongoDB: readiness off, 503 within two seconds, and all comes back by itself', async () => {
  const session = await anyone.signUp({ body: { ...who, fullName: 'Ana' } })
  await servers.mongo.signal('SIGSTOP')
  try {
    await timed(() => anyone.signIn({ body: who }))
    await timed(() => anyone.refresh({ body: { refreshToken: session.refreshToken } }))
    assert.equal(await ready(), 503)
  } finally {
    await servers.mongo.signal('SIGCONT')
  }
  assert.equal((await signInAgain()).user.email, who.email)
  assert.equal(await ready(), 200)
})

test('a killed MongoDB: 503 within two seconds, and after its restart the same key and people', async () => {
  await servers.mongo.signal('SIGKILL')
  await timed(() => anyone.signIn({ body: who }))
  await servers.mongo.restart()
  const session = await signInAgain()
  assert.equal((await clientOf(app, identityApi, session.accessToken).me()).email, who.email)
})
