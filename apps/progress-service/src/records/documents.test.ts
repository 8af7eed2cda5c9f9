import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { agent, openRoom } from './provider.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
let clock = Date.parse('2026-05-01T12:00:00Z')
const service = await openFixture(stores, mint.verifyToken, { now: () => clock })
after(async () => {
  await service.close()
  await stores.close()
})
const aRoom = () => openRoom(service, mint)

const profile = `agents/profile?${new URLSearchParams({ agent: JSON.stringify(agent('ada')), profileId: 'likes' })}`
test('two who write a profile at once: neither overwrites what it has not seen', async () => {
  const { ask } = await aRoom()
  const put = (payload: object, headers: Record<string, string>) => ask('PUT', profile, { payload, headers })
  assert.equal((await put({ a: 1 }, {})).statusCode, 400)
  const raced = await Promise.all([1, 2, 3].map((a) => put({ a }, { 'if-none-match': '*' })))
  assert.deepEqual(raced.map(({ statusCode }) => statusCode).sort(), [204, 412, 412])
  assert.equal((await put({ a: 4 }, {})).json().code, 'DOCUMENT_EXISTS')
  const etag = String((await ask('GET', profile)).headers['etag'])
  const again = await Promise.all([5, 6].map((a) => put({ a }, { 'if-match': etag })))
  assert.deepEqual(again.map(({ statusCode }) => statusCode).sort(), [204, 412])
})

test('what is posted at the same time is all in the document; what is no object cannot be added', async () => {
  const { ask } = await aRoom()
  const post = (payload: object) => ask('POST', profile, { payload })
  const sent = await Promise.all(['a', 'b', 'c', 'd'].map((name) => post({ [name]: { deep: name }, all: 1 })))
  assert.ok(sent.every(({ statusCode }) => statusCode === 204))
  const kept = (await ask('GET', profile)).json()
  assert.deepEqual(Object.keys(kept).sort(), ['a', 'all', 'b', 'c', 'd'])
  assert.equal((await post([1])).statusCode, 400)
  assert.deepEqual((await ask('GET', profile)).json(), kept)
})

test('states are listed by what is newer, and removed one by one or all of a registration', async () => {
  const { ask } = await aRoom()
  const shelf = { activityId: 'https://school.test/film', agent: JSON.stringify(agent('ada')) }
  const url = (more: Record<string, string>) =>
    `activities/state?${new URLSearchParams({ ...shelf, ...more })}`
  const registration = '6f8a1c3e-2d4b-4f6a-8c1e-0a2b3c4d5e6f'
  await ask('PUT', url({ stateId: 'old' }), { payload: 'x', headers: { 'content-type': 'text/plain' } })
  const since = new Date(clock).toISOString()
  clock += 1000
  await ask('PUT', url({ stateId: 'new', registration }), {
    payload: 'y',
    headers: { 'content-type': 'text/html' },
  })
  assert.deepEqual((await ask('GET', url({}))).json(), ['old', 'new'])
  assert.deepEqual((await ask('GET', url({ since }))).json(), ['new'])
  const page = await ask('GET', url({ stateId: 'new', registration }))
  // Whatever it is, a browser never takes it for a page of ours.
  assert.deepEqual([page.body, page.headers['content-security-policy']], ['y', "sandbox; default-src 'none'"])
  await ask('DELETE', url({ registration }))
  assert.deepEqual((await ask('GET', url({}))).json(), ['old'])
})
