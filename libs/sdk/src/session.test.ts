import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createSession, type SessionStorage } from './session.ts'

function memoryStorage(): SessionStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

const LIFE_SECONDS = 300

/** An identity service that gives tokens a1, a2, … and takes each refresh token r1, r2, … once. */
async function startIdentity(t: TestContext) {
  const seen: string[] = []
  const state = { issued: 0, accepts: new Set<string>(), role: 'student', down: false }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const path = request.url ?? ''
      const bearer = request.headers.authorization?.replace('Bearer ', '')
      seen.push(`${path.split('/').at(-1)} ${bearer ?? ''}`.trim())
      const reply = (status: number, value: object) => {
        const type = status < 400 ? 'application/json' : 'application/problem+json'
        response.writeHead(status, { 'content-type': type }).end(JSON.stringify(value))
      }
      const problem = (status: number, code: string) =>
        reply(status, { type: 'about:blank', title: code, status, code, requestId: 'r' })
      const issue = () => {
        state.issued += 1
        state.accepts = new Set([`r${state.issued}`, `a${state.issued}`])
        const user = { id: '1'.repeat(24), email: 'ana@example.org', fullName: 'Ana', role: state.role }
        const pair = { accessToken: `a${state.issued}`, refreshToken: `r${state.issued}` }
        reply(200, { ...pair, expiresInSeconds: LIFE_SECONDS, user })
      }
      if (state.down) return problem(503, 'UNAVAILABLE')
      if (path.endsWith('/signin')) return issue()
      if (path.endsWith('/refresh')) {
        const { refreshToken } = JSON.parse(body)
        return state.accepts.has(refreshToken) ? issue() : problem(401, 'REFRESH_TOKEN_INVALID')
      }
      return state.accepts.has(bearer ?? '') ? reply(200, { message: 'ok' }) : problem(401, 'UNAUTHENTICATED')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const storage = memoryStorage()
  const clock = { ms: 0 }
  const open = () => createSession({ origin: `http://127.0.0.1:${port}`, storage, now: () => clock.ms })
  return { origin: `http://127.0.0.1:${port}`, open, seen, state, clock, storage }
}

const ana = { email: 'ana@example.org', password: 'a long password' }

test('a session survives the page that started it', async (t) => {
  const { open } = await startIdentity(t)
  await open().signIn(ana)
  const later = open()
  assert.equal(later.user()?.fullName, 'Ana')
  assert.equal(await later.token(), 'a1')
})

test('a token close to its end is renewed once, however many calls ask for it at the same time', async (t) => {
  const { open, seen, clock } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  clock.ms = (LIFE_SECONDS - 10) * 1000
  const tokens = await Promise.all([session.token(), session.token(), session.token()])
  assert.deepEqual(tokens, ['a2', 'a2', 'a2'])
  assert.deepEqual(seen, ['signin', 'refresh'])
})

test('a token the server no longer takes is renewed and the call repeated', async (t) => {
  const { origin, open, seen, state } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  state.accepts.delete('a1')
  const headers = { authorization: 'Bearer a1' }
  const response = await session.fetch(`${origin}/api/v1/users/me`, { headers })
  assert.equal(response.status, 200)
  assert.deepEqual(seen, ['signin', 'me a1', 'refresh', 'me a2'])
})

test('a session the server has ended becomes signed out, and those who watch it hear of it', async (t) => {
  const { open, state } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  let heard = 0
  session.subscribe(() => (heard += 1))
  state.accepts.clear()
  await session.renew()
  assert.equal(session.user(), undefined)
  assert.equal(await session.token(), undefined)
  assert.equal(heard, 1)
})

test('a server that is down does not end the session', async (t) => {
  const { open, state, clock } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  state.down = true
  clock.ms = LIFE_SECONDS * 1000
  await assert.rejects(session.token(), { code: 'UNAVAILABLE' })
  state.down = false
  assert.equal(await session.token(), 'a2')
})

test('two tabs of one browser use each refresh token once between them', async (t) => {
  const { open, seen, clock } = await startIdentity(t)
  const first = open()
  await first.signIn(ana)
  const second = open()
  clock.ms = LIFE_SECONDS * 1000
  assert.equal(await first.token(), 'a2')
  assert.equal(await second.token(), 'a2')
  assert.deepEqual(seen, ['signin', 'refresh'])
})

test('renewing shows a role that an admin has changed', async (t) => {
  const { open, state } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  const before = session.user()
  await session.renew()
  assert.equal(session.user(), before)
  state.role = 'instructor'
  await session.renew()
  assert.equal(session.user()?.role, 'instructor')
})

test('signing out forgets the tokens and tells the server', async (t) => {
  const { open, seen } = await startIdentity(t)
  const session = open()
  await session.signIn(ana)
  await session.signOut()
  assert.equal(open().user(), undefined)
  assert.deepEqual(seen, ['signin', 'signout a1'])
})
