import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { addressOf, createClient } from '@aetherlearn/sdk/client'
import { callers, openScene, type Caller } from './scene.ts'
import { expectations } from './expectations.ts'
import type { Expectation } from './expected.ts'

const scene = await openScene()
after(() => scene.close())

const routes = appNames.flatMap((name) =>
  apps[name].apis.flatMap((api) => Object.values(api)).map((entry) => ({ name, entry })),
)
const keyOf = ({ method, url }: Endpoint) => `${method} ${url}`

async function ask(
  origin: string,
  entry: Endpoint,
  caller: Caller,
  { params, query, body, headers }: Expectation,
) {
  const token = scene.tokens[caller]
  const address = addressOf(entry, { params: params?.(scene) ?? {}, query: query ?? {} })
  const content = await body?.(scene)
  const isJson = content !== undefined && !(content instanceof FormData || content instanceof Blob)
  const response = await fetch(origin + address, {
    method: entry.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...headers?.(scene),
    },
    ...(content === undefined ? {} : { body: isJson ? JSON.stringify(content) : content }),
  })
  await response.arrayBuffer()
  return response.status
}

test('every route of every service has an expectation here, and every expectation has a route', () => {
  const keys = routes.map(({ entry }) => keyOf(entry)).sort()
  assert.deepEqual(Object.keys(expectations).sort(), keys)
})

test('the expectations say what the access rules of the contracts say', () => {
  for (const { entry } of routes) {
    const { access } = entry.config
    const { expected } = expectations[keyOf(entry)] ?? assert.fail(keyOf(entry))
    const isOpen = access === 'public' || access === 'signed-url'
    assert.equal(expected.anonymous === 401, !isOpen, keyOf(entry))
    for (const caller of ['stranger', 'student'] as const) {
      if (access === 'instructor' || access === 'admin') assert.equal(expected[caller], 403, keyOf(entry))
      // An access token is no credential there, whoever's it is.
      else if (access === 'credentials') assert.equal(expected[caller], 401, keyOf(entry))
      else assert.notEqual(expected[caller], 401, keyOf(entry))
    }
    if (access === 'admin') assert.deepEqual([expected.instructor, expected.owner], [403, 403], keyOf(entry))
  }
})

for (const { name, entry } of routes) {
  const expectation = expectations[keyOf(entry)]
  if (expectation === undefined) continue
  const { expected, undo } = expectation
  const isRefused = (caller: Caller) => expected[caller] >= 400
  for (const way of ['the service itself', 'the gateway'] as const) {
    test(`${keyOf(entry)} at ${way} lets in whom its rule names and nobody else`, async () => {
      const origin = way === 'the gateway' ? scene.gatewayUrl : (scene.urls[name] ?? '')
      const assertAnswer = async (caller: Caller) =>
        assert.equal(await ask(origin, entry, caller, expectation), expected[caller], caller)
      // At once, as they change nothing: a service may wait for news of a caller before it refuses one.
      await Promise.all(callers.filter(isRefused).map(assertAnswer))
      for (const caller of callers.filter((caller) => !isRefused(caller))) {
        await assertAnswer(caller)
        await undo?.(scene)
      }
    })
  }
}

test('nobody is shown what others store', async () => {
  const { sessions, gatewayUrl: origin } = scene
  const { accessToken, user } = sessions.instructor
  const taught = await createClient(courseApi, { origin, token: () => accessToken }).listTaught()
  assert.ok(taught.every(({ creator }) => creator === user.id))
  const asStranger = { origin, token: () => sessions.stranger.accessToken }
  assert.equal((await createClient(identityApi, asStranger).me()).id, sessions.stranger.user.id)
  assert.deepEqual(await createClient(progressApi, asStranger).getCourseProgress(), [])
})
