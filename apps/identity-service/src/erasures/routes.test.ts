import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { erasureDone, identityApi, userErased, type ErasureReport } from '@aetherlearn/contracts/identity'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { createOutbox, NO_TRACE, outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { compactVerify, createLocalJWKSet, jwtVerify } from 'jose'
import { buildApp } from '../app.ts'
import { ensureFirstAdmin } from '../accounts/first-admin.ts'
import { keySetOf } from '../keys/signer.ts'
import { openStores } from '../stores.ts'
import { erasureEvents } from './events.ts'

const servers = await testStores()
const mongo = await servers.connectMongo()
const stores = openStores(mongo, createOutbox(mongo), { sessionSeconds: 3600 })
await servers.prepare(mongo)
const key = await stores.keys.signingKey()
const app = await buildApp({ ...stores, key, accessTokenSeconds: 900 })
after(async () => {
  await app.close()
  await servers.close()
})
const anyone = clientOf(app, identityApi)
const password = 'long enough'
const root = { email: 'root@school.test', password }
await ensureFirstAdmin(stores.accounts, root)
const admin = clientOf(app, identityApi, (await anyone.signIn({ body: root })).accessToken)
const LISTENERS = ['analytics-service', 'course-service', 'progress-service']

async function somebodyErased() {
  const person = { email: `${newId()}@school.test`, fullName: 'Ana Lopez' }
  const { user, accessToken } = await anyone.signUp({ body: { ...person, password } })
  const { receipt } = await clientOf(app, identityApi, accessToken).deleteMe({ body: { password } })
  const said = await outboxModel(mongo).findOne({ 'payload.userId': user.id, name: userErased.name }).lean()
  const caseId = String(said?.payload.caseId)
  const [handler] = erasureEvents(stores.erasures)
  const done = (service: string, at: string, remaining = 0, removed = { notes: 2 }) =>
    transaction(mongo, async (session) => {
      assert.equal(handler?.type, erasureDone)
      await handler?.handle({ caseId, service, removed, remaining, at }, session, NO_TRACE)
    })
  const read = () => anyone.readErasure({ body: { receipt } })
  return { ...person, userId: user.id, receipt, done, read }
}
const statesOf = ({ services }: ErasureReport) => services.map(({ service, state }) => `${service} ${state}`)
const later = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()

test('a report names who is waited for until everybody has looked again, and is signed from then on', async () => {
  const { done, read, userId } = await somebodyErased()
  const first = await read()
  assert.deepEqual(statesOf(first), [
    'analytics-service waiting',
    'course-service waiting',
    'identity-service done',
    'progress-service waiting',
  ])
  const own = first.services.find(({ service }) => service === 'identity-service')
  assert.deepEqual(own?.removed, { users: 1, sessions: 1, refreshTokens: 1, outbox: 1 })
  await done('analytics-service', later(1))
  await done('course-service', later(1))
  const second = await read()
  assert.deepEqual([second.complete, second.proof], [false, undefined])
  assert.ok(statesOf(second).includes('progress-service waiting'))
  await done('progress-service', later(2))
  const { proof = '', ...report } = await read()
  assert.equal(report.complete, true)
  const keys = createLocalJWKSet(keySetOf(key))
  const { payload } = await compactVerify(proof, keys)
  assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), report)
  assert.deepEqual(await admin.getErasure({ params: { userId } }), { ...report, proof })
})

test('a proof is no access token', async () => {
  const { done, read } = await somebodyErased()
  for (const service of LISTENERS) await done(service, later(1))
  const { proof = '' } = await read()
  const refused = await refusal(clientOf(app, identityApi, proof).me())
  assert.equal(refused.code, 'UNAUTHENTICATED')
  await assert.rejects(jwtVerify(proof, createLocalJWKSet(keySetOf(key)), { typ: 'at+jwt' }))
})

test('the later word of a service stands, in whatever order and however often it is heard', async () => {
  const { done, read } = await somebodyErased()
  const last = later(3)
  await done('progress-service', last, 0, { notes: 5 })
  await done('progress-service', last, 0, { notes: 5 })
  await done('progress-service', later(1), 1)
  const line = (await read()).services.find(({ service }) => service === 'progress-service')
  assert.deepEqual(line, {
    service: 'progress-service',
    state: 'done',
    removed: { notes: 5 },
    remaining: 0,
    at: last,
  })
})

test('nothing in a report tells who it was, and without the receipt or an admin nobody reads it', async () => {
  const { done, read, userId, email, fullName, receipt } = await somebodyErased()
  for (const service of LISTENERS) await done(service, later(1))
  const report = await read()
  const payload = Buffer.from(report.proof?.split('.')[1] ?? '', 'base64url').toString()
  for (const word of [userId, email, fullName])
    assert.ok(!`${JSON.stringify(report)}${payload}`.includes(word))
  const guess = `${receipt.startsWith('A') ? 'B' : 'A'}${receipt.slice(1)}`
  assert.equal((await refusal(anyone.readErasure({ body: { receipt: guess } }))).code, 'ERASURE_NOT_FOUND')
  assert.equal((await refusal(anyone.getErasure({ params: { userId } }))).code, 'UNAUTHENTICATED')
  const unknown = await refusal(admin.getErasure({ params: { userId: newId() } }))
  assert.equal(unknown.code, 'ERASURE_NOT_FOUND')
})
