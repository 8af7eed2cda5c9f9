import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { identityApi, userErased, userRegistered } from '@aetherlearn/contracts/identity'
import { retry } from '@aetherlearn/sdk/retry'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { rowsWith } from '@aetherlearn/testing/traces'
import { buildApp } from '../app.ts'
import { openStores } from '../stores.ts'
import { ensureFirstAdmin } from './first-admin.ts'

const servers = await testStores()
const mongo = await servers.connectMongo()
const stores = openStores(mongo, createOutbox(mongo), { sessionSeconds: 3600 })
await servers.prepare(mongo)
const app = await buildApp({ ...stores, key: await stores.keys.signingKey(), accessTokenSeconds: 900 })
after(async () => {
  await app.close()
  await servers.close()
})

const anyone = clientOf(app, identityApi)
const password = 'long enough'
const signUp = () =>
  anyone.signUp({ body: { email: `${newId()}@school.test`, password, fullName: 'Ana Lopez' } })
const as = ({ accessToken }: { accessToken: string }) => clientOf(app, identityApi, accessToken)
const renewed = ({ refreshToken }: { refreshToken: string }) => anyone.refresh({ body: { refreshToken } })
const root = { email: 'root@school.test', password }
await ensureFirstAdmin(stores.accounts, root)
const admin = await anyone.signIn({ body: root })

const saidOf = async (userId: string) =>
  (await outboxModel(mongo).find({ 'payload.userId': userId }).sort({ _id: 1 }).lean()).map(
    ({ name }) => name,
  )

test('whoever deletes their account leaves the fact and its id, and nothing else in any collection', async () => {
  const first = await signUp()
  const { id, email } = first.user
  await anyone.signIn({ body: { email, password } })
  const { refreshToken } = await renewed(first)
  assert.deepEqual(await saidOf(id), [userRegistered.name])
  const { message, receipt } = await as(first).deleteMe({ body: { password } })
  assert.equal(message, 'deleted')
  assert.deepEqual(await rowsWith(mongo, id), { audit: 1, erasures: 1, outbox: 1 })
  assert.deepEqual(await rowsWith(mongo, receipt), {})
  assert.deepEqual(await rowsWith(mongo, email), {})
  assert.deepEqual(await saidOf(id), [userErased.name])
  assert.deepEqual(await stores.audit.ofUser(id), [{ action: 'user.erased', userId: id, by: id }])
  assert.equal((await refusal(renewed({ refreshToken }))).code, 'REFRESH_TOKEN_INVALID')
  assert.equal((await refusal(anyone.signIn({ body: { email, password } }))).code, 'WRONG_CREDENTIALS')
  assert.equal((await refusal(as(first).me())).code, 'USER_NOT_FOUND')
  assert.equal((await refusal(as(first).deleteMe({ body: { password } }))).code, 'USER_NOT_FOUND')
})

test('the address of a deleted account signs up anew, as another person', async () => {
  const before = await signUp()
  await as(before).deleteMe({ body: { password } })
  const { email, fullName } = before.user
  const again = await anyone.signUp({ body: { email, password, fullName } })
  assert.notEqual(again.user.id, before.user.id)
  assert.equal((await as(again).me()).email, email)
})

test('a wrong password deletes nothing', async () => {
  const session = await signUp()
  const problem = await refusal(as(session).deleteMe({ body: { password: 'another one' } }))
  assert.deepEqual([problem.status, problem.code], [403, 'WRONG_PASSWORD'])
  assert.deepEqual(await as(session).me(), session.user)
  await renewed(session)
})

test('an admin deletes a student; it is on record who did it', async () => {
  const { user } = await signUp()
  await as(admin).deleteUser({ params: { userId: user.id } })
  assert.deepEqual(await stores.audit.ofUser(user.id), [
    { action: 'user.erased', userId: user.id, by: admin.user.id },
  ])
  const again = await refusal(as(admin).deleteUser({ params: { userId: user.id } }))
  assert.equal(again.code, 'USER_NOT_FOUND')
  assert.deepEqual(await saidOf(user.id), [userErased.name])
})

test('instructors and admins are made students first, so the last admin never goes', async () => {
  const session = await signUp()
  const params = { userId: session.user.id }
  await as(admin).changeUser({ params, body: { role: 'instructor' } })
  const again = await anyone.signIn({ body: { email: session.user.email, password } })
  for (const attempt of [
    () => as(again).deleteMe({ body: { password } }),
    () => as(admin).deleteUser({ params }),
    () => as(admin).deleteMe({ body: { password } }),
    () => as(admin).deleteUser({ params: { userId: admin.user.id } }),
  ]) {
    const problem = await refusal(attempt())
    assert.deepEqual([problem.status, problem.code], [409, 'NOT_A_STUDENT'])
  }
  assert.ok(await stores.accounts.hasAdmin())
  await as(admin).changeUser({ params, body: { role: 'student' } })
  await as(again).deleteMe({ body: { password } })
})

test('signing in and refreshing while the account goes leaves no session of it', async () => {
  for (let round = 0; round < 10; round += 1) {
    const session = await signUp()
    const { id, email } = session.user
    await Promise.allSettled([
      anyone.signIn({ body: { email, password } }),
      renewed(session),
      // All of them want the same rows: a busy machine may refuse this one for a moment, too.
      retry(() => as(admin).deleteUser({ params: { userId: id } })),
      stores.accounts.signIn(id),
      renewed(session),
    ])
    assert.deepEqual(await rowsWith(mongo, id), { audit: 1, erasures: 1, outbox: 1 })
    assert.equal((await mongo.collection('refreshTokens').countDocuments()) - (await liveTokens()), 0)
  }
})

/** Tokens whose session is there. */
async function liveTokens(): Promise<number> {
  const sessionIds = await mongo.collection('sessions').distinct('_id')
  return mongo.collection('refreshTokens').countDocuments({ sessionId: { $in: sessionIds } })
}
