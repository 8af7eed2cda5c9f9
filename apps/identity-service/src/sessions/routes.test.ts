import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { identityApi } from '@aetherlearn/contracts/identity'
import { retry } from '@aetherlearn/sdk/retry'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { buildApp } from '../app.ts'
import { openStores } from '../stores.ts'
import { LOST_REPLY_MS } from './rules.ts'

const DAY_SECONDS = 24 * 3600
let now = new Date()
const wait = (milliseconds: number) => void (now = new Date(now.getTime() + milliseconds))

const servers = await testStores()
const mongo = await servers.connectMongo()
const stores = openStores(mongo, createOutbox(mongo), { sessionSeconds: DAY_SECONDS, clock: () => now })
await servers.prepare(mongo)
const app = await buildApp({ ...stores, key: await stores.keys.signingKey(), accessTokenSeconds: 900 })
after(async () => {
  await app.close()
  await servers.close()
})

const anyone = clientOf(app, identityApi)
const refresh = (refreshToken: string) => anyone.refresh({ body: { refreshToken } })
const signUp = () =>
  anyone.signUp({ body: { email: `${newId()}@school.test`, password: 'long enough', fullName: 'Ana' } })
const ended = async (refreshToken: string) => {
  const { code, status } = await refusal(refresh(refreshToken))
  assert.deepEqual([code, status], ['REFRESH_TOKEN_INVALID', 401])
}

test('a refresh token is exchanged for a new pair of the same user and session', async () => {
  const first = await signUp()
  const second = await refresh(first.refreshToken)
  assert.deepEqual(second.user, first.user)
  assert.notEqual(second.refreshToken, first.refreshToken)
  assert.deepEqual(await clientOf(app, identityApi, second.accessToken).me(), first.user)
})

test('a replaced refresh token that comes back ends the session for everybody and is on record', async () => {
  const first = await signUp()
  const second = await refresh(first.refreshToken)
  wait(LOST_REPLY_MS + 1)
  await ended(first.refreshToken)
  await ended(second.refreshToken)
  const actions = (await stores.audit.ofUser(first.user.id)).map(({ action }) => action)
  assert.deepEqual(actions, ['session.reuse-detected'])
})

test('refreshes at once by the honest client all succeed, and the pair it keeps goes on', async () => {
  const first = await signUp()
  // All of them want one row: a busy machine sends some away for a moment.
  const pairs = await Promise.all(Array.from({ length: 4 }, () => retry(() => refresh(first.refreshToken))))
  assert.equal(new Set(pairs.map((pair) => pair.refreshToken)).size, 4)
  const last = pairs.at(-1)?.refreshToken ?? ''
  wait(60_000)
  const next = await refresh(last)
  wait(60_000)
  await refresh(next.refreshToken)
})

test('a lost reply costs nothing: the same token works again ten seconds later', async () => {
  const first = await signUp()
  await refresh(first.refreshToken)
  wait(LOST_REPLY_MS)
  const again = await refresh(first.refreshToken)
  wait(60_000)
  await refresh(again.refreshToken)
})

test('a thief who is quick enough for the lost-reply window is found out at the next refresh', async () => {
  const first = await signUp()
  const honest = await refresh(first.refreshToken)
  const stolen = await refresh(first.refreshToken)
  wait(60_000)
  const next = await refresh(honest.refreshToken)
  wait(60_000)
  await ended(stolen.refreshToken)
  await ended(next.refreshToken)
})

test('signing out ends the session of that token and no other', async () => {
  const here = await signUp()
  const there = await anyone.signIn({ body: { email: here.user.email, password: 'long enough' } })
  await clientOf(app, identityApi, here.accessToken).signOut()
  await ended(here.refreshToken)
  await refresh(there.refreshToken)
})

test('a session that was not refreshed for its whole life has ended; each refresh prolongs it', async () => {
  const first = await signUp()
  wait((DAY_SECONDS - 60) * 1000)
  const second = await refresh(first.refreshToken)
  wait((DAY_SECONDS - 60) * 1000)
  const third = await refresh(second.refreshToken)
  wait(DAY_SECONDS * 1000)
  await ended(third.refreshToken)
})

test('made-up, cut and foreign refresh tokens are refused and end nothing', async () => {
  const { refreshToken, accessToken } = await signUp()
  for (const wrong of [
    'x',
    refreshToken.slice(1),
    `${refreshToken} `,
    accessToken.slice(0, 200),
    '{"$ne":null}',
  ]) {
    await ended(wrong)
  }
  await refresh(refreshToken)
})

test('the database holds no refresh token and no password that could be used', async () => {
  const { refreshToken, user } = await signUp()
  const collections = await mongo.db?.collections()
  const rows = await Promise.all((collections ?? []).map((collection) => collection.find().toArray()))
  const dump = JSON.stringify(rows)
  assert.ok(dump.includes(user.email))
  assert.ok(!dump.includes(refreshToken))
  assert.ok(!dump.includes('long enough'))
})
