import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Id, Strict, Text, endpoint } from '@aetherlearn/contracts/shape'
import { ownClock } from '@aetherlearn/testing/own-clock'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Type } from 'typebox'
import { fail } from './errors.ts'
import { createServer } from './server.ts'

const noteApi = {
  add: endpoint({
    method: 'POST',
    url: '/notes/:noteId',
    summary: 'Add a note',
    config: { access: 'signed-in', rate: 'write' },
    schema: {
      params: Strict({ noteId: Id }),
      querystring: Strict({ limit: Type.Integer({ minimum: 1, default: 5 }) }),
      body: Strict({ title: Text(20), count: Type.Optional(Type.Integer()) }),
      response: { 200: Type.Object({ limit: Type.Integer(), caller: Id }) },
    },
  }),
}
const mint = await createTokenMint()
const app = await createServer({
  name: 'notes',
  verifyToken: mint.verifyToken,
  checks: { sick: async () => {} },
})
app.route({
  ...noteApi.add,
  handler: async ({ query, caller, body }) => {
    if (body.title === 'frozen') await new Promise(() => {})
    if (body.title === 'dead redis')
      throw new Error("Stream isn't writeable and enableOfflineQueue options is false")
    if (body.title === 'bug') throw new Error('the secret sentence')
    if (body.title === 'gone') throw fail('COURSE_NOT_FOUND', { detail: 'It was removed' })
    return { limit: query.limit, caller: caller.id, secret: 'never declared' }
  },
})
// Bypasses the contracts on purpose: what a careless route without an access rule does.
app.get('/careless', async () => 'open to all')
app.get('/teachers', { config: { access: 'instructor' } }, async () => 'for instructors')
await app.ready()
after(() => app.close())

const url = '/notes/0123456789abcdef01234567'
const student = { authorization: `Bearer ${await mint.tokenFor({ role: 'student' })}` }
const post = (payload: string | object, headers: Record<string, string> = student, address = url) =>
  app.inject({ method: 'POST', url: address, headers, payload })

test('a response holds what the contract declares and nothing else', async () => {
  const response = await post({ title: 'a' })
  assert.equal(response.statusCode, 200)
  assert.deepEqual(Object.keys(response.json()).sort(), ['caller', 'limit'])
  assert.equal(response.json().limit, 5)
})

test('unknown fields, wrong types and missing fields are 400 and each is named', async () => {
  const response = await post({ count: '5', isAdmin: true })
  assert.equal(response.statusCode, 400)
  assert.match(String(response.headers['content-type']), /^application\/problem\+json/)
  const { code, errors } = response.json()
  assert.equal(code, 'INVALID_INPUT')
  const fields = errors.map((error: { field: string }) => error.field).sort()
  assert.deepEqual(fields, ['body.count', 'body.isAdmin', 'body.title'])
})

test('parameters and queries are checked too', async () => {
  assert.equal((await post({ title: 'a' }, student, '/notes/1')).json().errors[0].field, 'params.noteId')
  assert.equal((await post({ title: 'a' }, student, `${url}?limit=x`)).json().errors[0].field, 'query.limit')
  assert.equal((await post({ title: 'a' }, student, `${url}?limit=2`)).json().limit, 2)
  for (const text of ['1.5', 'true', '', '0x10', '1e2', '%205', '-1']) {
    assert.equal((await post({ title: 'a' }, student, `${url}?limit=${text}`)).statusCode, 400, text)
  }
})

test('a body that is no JSON, another content type or a polluted prototype is refused', async () => {
  const json = { ...student, 'content-type': 'application/json' }
  assert.equal((await post('{"title":', json)).statusCode, 400)
  assert.equal((await post('{"title":"a","__proto__":{"x":1}}', json)).statusCode, 400)
  assert.equal((await post('title=a', { ...student, 'content-type': 'text/xml' })).statusCode, 415)
  assert.equal((await post(`{"title":"${'a'.repeat(70_000)}"}`, json)).statusCode, 413)
})

test('access is denied by default: no token 401, too small a role 403, a route without a rule 403', async () => {
  assert.equal((await post({ title: 'a' }, {})).statusCode, 401)
  assert.equal((await app.inject('/teachers')).statusCode, 401)
  assert.equal((await app.inject({ url: '/teachers', headers: student })).statusCode, 403)
  const admin = { authorization: `Bearer ${await mint.tokenFor({ role: 'admin' })}` }
  assert.equal((await app.inject({ url: '/teachers', headers: admin })).statusCode, 200)
  assert.equal((await app.inject({ url: '/careless', headers: admin })).statusCode, 403)
  assert.equal((await app.inject('/nowhere')).json().code, 'ROUTE_NOT_FOUND')
})

test('an expected failure is its code; a bug is a 500 that says nothing of its inside', async () => {
  const gone = await post({ title: 'gone' })
  assert.equal(gone.statusCode, 404)
  assert.equal(gone.json().detail, 'It was removed')
  assert.equal(gone.json().requestId, gone.headers['x-request-id'])
  const bug = await post({ title: 'bug' })
  assert.equal(bug.statusCode, 500)
  assert.doesNotMatch(bug.body, /secret/)
})

test('a dead dependency is 503 with Retry-After, and a handler that hangs is 503 within two seconds', async () => {
  const dead = await post({ title: 'dead redis' })
  assert.equal(dead.statusCode, 503)
  assert.equal(dead.headers['retry-after'], '2')
  const clock = ownClock()
  const started = clock.now()
  assert.equal((await post({ title: 'frozen' })).json().code, 'UNAVAILABLE')
  assert.ok(clock.now() - started < 2000)
})

test('health, metrics and the OpenAPI document are open; readiness follows the checks and the stop', async () => {
  assert.equal((await app.inject('/health/live')).statusCode, 200)
  assert.equal((await app.inject('/health/ready')).statusCode, 200)
  assert.match((await app.inject('/metrics')).body, /http_request_duration_seconds_count\{.*\/notes\/:noteId/)
  const document = (await app.inject('/openapi.json')).json()
  assert.deepEqual(document.paths['/notes/{noteId}'].post.security, [{ bearer: [] }])
  app.readiness.checks['sick'] = () => Promise.reject(new Error('down'))
  const ready = await app.inject('/health/ready')
  assert.equal(ready.statusCode, 503)
  assert.deepEqual(ready.json().checks, { sick: 'down' })
})
