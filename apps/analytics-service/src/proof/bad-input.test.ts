import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { addressOf } from '@aetherlearn/sdk/client'
import { rawCall } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { openFixture } from '../fixture.ts'

/** Whatever stands in the contract is tried: who adds a route or a field gets these tests with it. */
const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const shared = await stores.connectRedis()
const [courseId, lectureId, creatorId] = [newId(), newId(), newId()]
const student = await mint.tokenFor({ role: 'student' })
const admin = await mint.tokenFor({ role: 'admin' })

before(async () => {
  await service.publish({ courseId, creatorId, lectures: [lectureId] })
  const view = { method: 'POST', url: `/api/v1/analytics/view/${courseId}`, token: student }
  const body = { courseId, lectureId, watchTimeDelta: 5, sessionId: 'session-one', segments: [[0, 5]] }
  const report = { method: 'POST', url: analyticsApi.trackTelemetry.url, token: student, body }
  // Stored and live counts that a bad request could spoil.
  for (const call of [view, report]) assert.equal((await rawCall(service.app, call)).statusCode, 200)
  await service.flusher.flushOnce()
  for (const call of [view, report]) assert.equal((await rawCall(service.app, call)).statusCode, 200)
})
after(async () => {
  await service.close()
  await stores.close()
})

/** Every key of the service as Redis stores it, and every row. */
async function everything() {
  const keys = (await shared.keys(`${stores.database}:*`)).toSorted()
  const dumps = await Promise.all(keys.map((key) => shared.dumpBuffer(key)))
  const kept = keys.map((key, i) => `${key} ${dumps[i]?.toString('base64')}`)
  for (const collection of (await service.mongo.db?.collections()) ?? [])
    kept.push(`${collection.collectionName} ${JSON.stringify(await collection.find().toArray())}`)
  return kept
}

type Properties = { properties?: Record<string, TSchema>; required?: string[] }
const fieldsOf = (schema: TSchema | undefined) =>
  Object.entries((schema as Properties | undefined)?.properties ?? {})

const good: Record<string, unknown> = {
  ...{ courseId, lectureId, watchTimeDelta: 5, sessionId: 'session-one', segments: [[0, 5]] },
  ...{ segmentSeconds: 10, limit: 10, days: 30 },
  ...{ from: '2026-11-01', to: '2026-11-10', againstFrom: '2026-10-01', againstTo: '2026-10-10' },
  ...{ userId: newId(), webhookId: newId(), deliveryId: newId(), messageId: newId() },
  ...{ text: 'Come back', url: 'https://example.org/heard', events: ['course.completed'] },
}
const goodPart = (schema: TSchema | undefined) =>
  Object.fromEntries(fieldsOf(schema).map(([name]) => [name, good[name]]))

const hostile: unknown[] = [
  ...[null, true, {}, [], { $gt: '' }, { $ne: null }, [null], [courseId]],
  ...[
    '',
    ' ',
    '5',
    '-1',
    'x',
    '../..',
    '$where',
    '__proto__',
    'é'.repeat(24),
    'A'.repeat(24),
    'f'.repeat(5000),
  ],
  ...[-1, -0.001, 0.5, 61, 1e9, 1e300, -1e300, 5e-324],
  ...['2026-1-1', '2026-11-21T00:00:00Z', '02026-11-21', `${courseId}\n`, `${courseId}:views`, '*', '{0}'],
  ...[[[5]], [[0, 5, 9]], [['0', '5']], [[-1, 5]], [[0, 360_001]], [[0, null]], [0, 5], [{ from: 0, to: 5 }]],
  ...[Array.from({ length: 51 }, () => [0, 1])],
]
/** What a query can hold. */
const hostileTexts = hostile.flatMap((value) =>
  typeof value === 'string' || typeof value === 'number' ? [`${value}`] : [],
)
/** Other texts make another path, or one that is too long. */
const hostileParts = hostileTexts.filter((text) => text !== '' && text !== '../..' && text.length < 100)

type Call = { body?: unknown; params?: Record<string, unknown>; query?: Record<string, unknown> }

async function send(endpoint: Endpoint, call: Call) {
  const { params, querystring, body } = endpoint.schema
  const url = addressOf(endpoint, {
    params: { ...goodPart(params), ...call.params } as Record<string, string>,
    query: { ...goodPart(querystring), ...call.query } as Record<string, string>,
  })
  const payload = body === undefined ? {} : { body: call.body ?? goodPart(body) }
  const response = await rawCall(service.app, { method: endpoint.method, url, token: admin, ...payload })
  const problem = response.json() as { errors?: { field: string }[] }
  return { status: response.statusCode, fields: problem.errors?.map(({ field }) => field) ?? [] }
}

async function refusedWith(endpoint: Endpoint, field: string, call: Call) {
  const { status, fields } = await send(endpoint, call)
  const said = `${field}: ${JSON.stringify(call).slice(0, 200)}`
  assert.ok(status >= 400 && status < 500, `${status}: ${said}`)
  assert.ok(
    fields.some((found) => found === field || found.startsWith(`${field}.`)),
    `${fields.join()} for ${said}`,
  )
}

/** Whether a URL's text stands for something that the contract takes. */
const takesText = (schema: TSchema, text: string) =>
  Value.Check(schema, text) || (/^-?\d+(\.\d+)?$/.test(text) && Value.Check(schema, Number(text)))

for (const [name, endpoint] of Object.entries(analyticsApi) as [string, Endpoint][]) {
  const { params, querystring, body } = endpoint.schema

  test(`${name}: whatever a field holds that it must not, the field is named and nothing changes`, async () => {
    const kept = await everything()
    const good = goodPart(body)
    for (const [field, schema] of fieldsOf(body)) {
      for (const value of hostile.filter((value) => !Value.Check(schema, value)))
        await refusedWith(endpoint, `body.${field}`, { body: { ...good, [field]: value } })
    }
    for (const field of (body as Properties | undefined)?.required ?? []) {
      const { [field]: _, ...rest } = good
      await refusedWith(endpoint, `body.${field}`, { body: rest })
    }
    if (body !== undefined) {
      for (const field of ['views', 'userId', '$set', 'constructor', 'granted'])
        await refusedWith(endpoint, `body.${field}`, { body: { ...good, [field]: 100 } })
    }
    for (const [field, schema] of fieldsOf(params)) {
      for (const text of hostileParts.filter((text) => !takesText(schema, text)))
        await refusedWith(endpoint, `params.${field}`, { params: { [field]: text } })
    }
    for (const [field, schema] of fieldsOf(querystring)) {
      for (const text of hostileTexts.filter((text) => !takesText(schema, text)))
        await refusedWith(endpoint, `query.${field}`, { query: { [field]: text } })
    }
    if (querystring !== undefined) await refusedWith(endpoint, 'query.views', { query: { views: '100' } })
    assert.deepEqual(await everything(), kept)
  })
}

test('telemetry: what is no JSON, no object or not said to be JSON is refused, and nothing changes', async () => {
  const kept = await everything()
  const { method, url, schema } = analyticsApi.trackTelemetry
  const text = JSON.stringify(goodPart(schema.body))
  const json = 'application/json'
  const polluted = `${text.slice(0, -1)},"__proto__":{"admin":true}}`
  const wrong: [string, string][] = [
    ...['', '{', '[]', 'null', '5', `[${text}]`, `${text}${text}`, text.replace('5', 'NaN'), polluted].map(
      (body): [string, string] => [body, json],
    ),
    [text, 'text/plain'],
    [text, 'application/x-www-form-urlencoded'],
    [text.replace('5', '-5'), 'application/json\t;x'],
  ]
  for (const [body, type] of wrong) {
    const headers = { 'content-type': type }
    const { statusCode } = await rawCall(service.app, { method, url, token: admin, headers, body })
    assert.ok(statusCode >= 400 && statusCode < 500, `${statusCode} for ${type} ${body}`)
  }
  assert.deepEqual(await everything(), kept)
})

test('what is of the right form and means nothing is refused by name, and nothing changes', async () => {
  const kept = await everything()
  const { trackTelemetry, comparePeriods, exportCsv, exportXapi } = analyticsApi
  const body = goodPart(trackTelemetry.schema.body)
  const backwards = {
    body: {
      ...body,
      segments: [
        [0, 5],
        [5, 4.99],
      ],
    },
  }
  await refusedWith(trackTelemetry, 'body.segments', backwards)
  for (const endpoint of [comparePeriods, exportCsv, exportXapi]) {
    for (const field of ['from', 'to']) {
      for (const day of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-11-31', '0000-00-00'])
        await refusedWith(endpoint, `query.${field}`, { query: { [field]: day } })
    }
    await refusedWith(endpoint, 'query.to', { query: { from: '2026-11-02', to: '2026-11-01' } })
  }
  await refusedWith(comparePeriods, 'query.againstTo', { query: { againstFrom: '2024-01-01' } })
  const unknown = { courseId: newId(), lectureId: newId() }
  for (const field of ['courseId', 'lectureId'] as const)
    await refusedWith(trackTelemetry, `body.${field}`, { body: { ...body, [field]: unknown[field] } })
  for (const [name, endpoint] of Object.entries(analyticsApi) as [string, Endpoint][]) {
    if (fieldsOf(endpoint.schema.params)[0]?.[0] !== 'courseId') continue
    const { status, fields } = await send(endpoint, { params: { courseId: unknown.courseId } })
    assert.deepEqual([status, fields], [404, ['params.courseId']], name)
  }
  assert.deepEqual(await everything(), kept)
})
