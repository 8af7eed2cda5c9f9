import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { identityApi, userRegistered, userUpdated } from '@aetherlearn/contracts/identity'
import { retry } from '@aetherlearn/sdk/retry'
import { ApiError } from '@aetherlearn/sdk/client'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
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
const person = () => ({ email: `${newId()}@school.test`, password, fullName: 'Ana Lopez' })
const eventsOf = async (userId: string) => {
  const rows = await outboxModel(mongo).find({ 'payload.userId': userId }).sort({ _id: 1 }).lean()
  return rows.map(({ name, payload }) => [name, payload.role])
}
const root = { email: 'root@school.test', password }
await ensureFirstAdmin(stores.accounts, root)
const admin = await anyone.signIn({ body: root })
const asAdmin = clientOf(app, identityApi, admin.accessToken)

test('signing up makes a student, signs in, and is said once', async () => {
  const body = person()
  const session = await anyone.signUp({ body })
  assert.deepEqual(session.user, {
    id: session.user.id,
    email: body.email,
    fullName: 'Ana Lopez',
    role: 'student',
  })
  assert.equal(session.expiresInSeconds, 900)
  assert.deepEqual(await clientOf(app, identityApi, session.accessToken).me(), session.user)
  assert.deepEqual(await eventsOf(session.user.id), [[userRegistered.name, 'student']])
})

test('addresses that differ in case or in spaces around them are one account', async () => {
  const body = person()
  await anyone.signUp({ body })
  const email = ` ${body.email.toUpperCase()}  `
  assert.equal((await refusal(anyone.signUp({ body: { ...body, email } }))).code, 'EMAIL_TAKEN')
  assert.equal((await anyone.signIn({ body: { email, password } })).user.email, body.email)
})

test('of many sign-ups at once with one address exactly one succeeds, and nothing of the others is left', async () => {
  const body = person()
  // Their passwords are hashed in turn: a slow machine sends some away for a moment, maybe when the account is there.
  let sentAway = 0
  const signUp = () =>
    anyone.signUp({ body }).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 503) sentAway += 1
      throw error
    })
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => retry(signUp)))
  const made = tries.filter((one) => one.status === 'fulfilled')
  const refused = tries.filter((one) => one.status === 'rejected')
  assert.ok(made.length === 1 || (made.length === 0 && sentAway > 0), `${made.length} succeeded`)
  assert.deepEqual(new Set(refused.map(({ reason }) => reason.code)), new Set(['EMAIL_TAKEN']))
  const [session = await anyone.signIn({ body: { email: body.email, password } })] = made.map(
    ({ value }) => value,
  )
  assert.equal((await eventsOf(session.user.id)).length, 1)
  const users = await asAdmin.listUsers({ query: { email: body.email } })
  assert.equal(users.users.length, 1)
})

test('a wrong password and an unknown address are refused alike, and cost alike', async () => {
  const { email } = (await anyone.signUp({ body: person() })).user
  const timed = async (address: string) => {
    const from = performance.now()
    const problem = await refusal(anyone.signIn({ body: { email: address, password: 'wrong password' } }))
    assert.equal(problem.code, 'WRONG_CREDENTIALS')
    return performance.now() - from
  }
  const times: { known: number; unknown: number }[] = []
  // In turn, as what else the machine does changes.
  for (let round = 0; round < 7; round += 1)
    times.push({ known: await timed(email), unknown: await timed('nobody@school.test') })
  const median = (of: number[]) => of.toSorted((a, b) => a - b)[3] ?? 0
  const known = median(times.map((round) => round.known))
  const unknown = median(times.map((round) => round.unknown))
  // Without the hash of nobody the unknown address would answer about twenty times faster.
  assert.ok(unknown > known / 3, `unknown ${unknown} ms, known ${known} ms`)
})

test('an admin makes an instructor: it is said, on record, and ends the sessions of that user', async () => {
  const { user, refreshToken } = await anyone.signUp({ body: person() })
  const changed = await asAdmin.changeUser({ params: { userId: user.id }, body: { role: 'instructor' } })
  assert.deepEqual(changed, { ...user, role: 'instructor' })
  assert.deepEqual(await eventsOf(user.id), [
    [userRegistered.name, 'student'],
    [userUpdated.name, 'instructor'],
  ])
  assert.deepEqual(await stores.audit.ofUser(user.id), [
    {
      action: 'user.role-changed',
      userId: user.id,
      by: admin.user.id,
      details: { from: 'student', to: 'instructor' },
    },
  ])
  assert.equal((await refusal(anyone.refresh({ body: { refreshToken } }))).code, 'REFRESH_TOKEN_INVALID')
  const again = await anyone.signIn({ body: { email: user.email, password } })
  assert.equal(again.user.role, 'instructor')
})

test('giving a user the role they have changes nothing and says nothing', async () => {
  const { user, refreshToken } = await anyone.signUp({ body: person() })
  await asAdmin.changeUser({ params: { userId: user.id }, body: { role: 'student' } })
  assert.equal((await eventsOf(user.id)).length, 1)
  await anyone.refresh({ body: { refreshToken } })
})

test('an admin cannot take their own admin role away', async () => {
  const problem = await refusal(
    asAdmin.changeUser({ params: { userId: admin.user.id }, body: { role: 'student' } }),
  )
  assert.equal(problem.code, 'FORBIDDEN')
  assert.equal((await asAdmin.me()).role, 'admin')
})

test('only admins list and change users; unknown users are 404', async () => {
  const { user, accessToken } = await anyone.signUp({ body: person() })
  const student = clientOf(app, identityApi, accessToken)
  assert.equal((await refusal(student.listUsers())).status, 403)
  const self = { params: { userId: user.id }, body: { role: 'admin' as const } }
  assert.equal((await refusal(student.changeUser(self))).status, 403)
  const nobody = { params: { userId: newId() }, body: { role: 'admin' as const } }
  assert.equal((await refusal(asAdmin.changeUser(nobody))).code, 'USER_NOT_FOUND')
})

test('users are listed in the order they registered, 50 a page, each exactly once', async () => {
  for (let n = 0; n < 55; n += 1)
    await stores.accounts.register({ ...person(), passwordHash: 'x' }, '0'.repeat(32))
  const seen: string[] = []
  for (let cursor: string | undefined, more = true; more;) {
    const page = await asAdmin.listUsers({ query: cursor === undefined ? {} : { cursor } })
    assert.ok(page.users.length <= 50)
    seen.push(...page.users.map(({ id }) => id))
    cursor = page.nextCursor
    more = cursor !== undefined
  }
  assert.ok(seen.length > 55)
  assert.deepEqual(seen, [...new Set(seen)].sort())
})

test('fields a client adds are refused, so nobody makes themselves an admin', async () => {
  for (const extra of [
    { role: 'admin' },
    { _id: newId() },
    { passwordHash: 'x' },
    { __v: 1 },
    { createdAt: '2020' },
  ]) {
    const body = { ...person(), ...extra }
    const response = await rawCall(app, { method: 'POST', url: identityApi.signUp.url, body })
    assert.equal(response.statusCode, 400)
    assert.equal(response.json().errors[0].field, `body.${Object.keys(extra)[0]}`)
  }
})

test('operators, wrong types and polluted objects are 400 and never reach the database', async () => {
  const url = identityApi.signIn.url
  const wrong: unknown[] = [{ $ne: null }, { $gt: '' }, { $where: '1' }, ['a@b.test'], 5, true, null]
  for (const email of wrong) {
    const response = await rawCall(app, { method: 'POST', url, body: { email, password } })
    assert.equal(response.statusCode, 400, JSON.stringify(email))
  }
  const headers = { 'content-type': 'application/json' }
  for (const body of [
    '{"email":"a@b.test","password":"x","__proto__":{"role":"admin"}}',
    '{"email":"a@b.test","password":"x","constructor":{"prototype":{"role":"admin"}}}',
    '{"email":',
    '[]',
    'null',
  ]) {
    const response = await rawCall(app, { method: 'POST', url, body, headers })
    assert.equal(response.statusCode, 400, body)
  }
  assert.equal('role' in {}, false)
  const query = await rawCall(app, {
    method: 'GET',
    url: `${identityApi.listUsers.url}?email[$ne]=x`,
    token: admin.accessToken,
  })
  assert.equal(query.statusCode, 400)
})

test('a body of another type is 415, whatever its content type pretends', async () => {
  const body = JSON.stringify({ email: { $ne: null }, password })
  for (const type of ['text/plain', 'application/xml', 'application/jsonx', 'application/json\t; a', '']) {
    const headers = { 'content-type': type }
    const response = await rawCall(app, { method: 'POST', url: identityApi.signIn.url, body, headers })
    assert.ok([400, 415].includes(response.statusCode), `${type}: ${response.statusCode}`)
  }
})
