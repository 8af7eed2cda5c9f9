import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rawCall } from '@aetherlearn/testing/client'
import { forgeriesOf } from '@aetherlearn/testing/forgeries'
import { newId } from '@aetherlearn/testing/ids'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { allows, createTokenVerifier } from './auth.ts'
import { createServer } from './server.ts'

const mint = await createTokenMint()
const identity = await mint.startKeyServer()
after(() => identity.stop())

/** As every service checks tokens: over the key set of identity-service. */
const app = await createServer({
  name: 'test',
  verifyToken: createTokenVerifier({ identityUrl: identity.url }),
})
app.get('/mine', { config: { access: 'signed-in' } }, async ({ caller }) => caller)
after(() => app.close())

const get = (authorization: string) =>
  rawCall(app, { method: 'GET', url: '/mine', headers: { authorization } })

test('a service takes the token of identity-service, whatever the case of the scheme', async () => {
  const id = newId()
  const token = await mint.tokenFor({ id, role: 'instructor' })
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const response = await get(`${scheme} ${token}`)
    assert.equal(response.statusCode, 200)
    assert.equal(response.json().id, id)
    assert.equal(response.json().role, 'instructor')
  }
})

test('a service refuses every forged token with 401, and none of them breaks it', async () => {
  const forgeries = forgeriesOf(mint)
  assert.ok(forgeries.length >= 18)
  for (const { name, token } of forgeries) {
    for (const authorization of [`Bearer ${token}`, token, `Basic ${token}`]) {
      const response = await get(authorization)
      assert.equal(response.statusCode, 401, name)
      assert.equal(response.json().code, 'UNAUTHENTICATED', name)
    }
  }
  const token = await mint.tokenFor({ role: 'student' })
  for (const wrong of [
    `Bearer  ${token}`,
    `Bearer ${token} ${token}`,
    `Bearer ${token},`,
    `Bearer\t${token}`,
  ]) {
    assert.equal((await get(wrong)).statusCode, 401, wrong.slice(0, 12))
  }
})

test('a signature that is known lends itself to no other claims, and its own token goes on being good', async () => {
  const token = await mint.tokenFor({ role: 'student' })
  const other = await mint.tokenFor({ role: 'admin' })
  assert.equal((await get(`Bearer ${token}`)).statusCode, 200)
  const [header, claims] = other.split('.')
  assert.equal((await get(`Bearer ${header}.${claims}.${token.split('.')[2]}`)).statusCode, 401)
  assert.equal((await get(`Bearer ${token}`)).json().role, 'student')
})

test('a token that was good is refused once it has expired', async (t) => {
  const token = await mint.tokenFor({ role: 'student', lifetimeSeconds: 30 })
  assert.equal((await get(`Bearer ${token}`)).statusCode, 200)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 31_000 })
  assert.equal((await get(`Bearer ${token}`)).statusCode, 401)
})

test('without keys to check with, a token is 503 and not 401', async () => {
  const dead = createTokenVerifier({ identityUrl: 'http://127.0.0.1:9' })
  const token = await mint.tokenFor({ role: 'student' })
  await assert.rejects(async () => dead(token), { code: 'UNAVAILABLE' })
})

test('a role may do what weaker ones may, and a route without a rule is for nobody', () => {
  assert.deepEqual(
    (['student', 'instructor', 'admin'] as const).map((role) => [
      allows('signed-in', role),
      allows('instructor', role),
      allows('admin', role),
      allows(undefined, role),
    ]),
    [
      [true, false, false, false],
      [true, true, false, false],
      [true, true, true, false],
    ],
  )
})
