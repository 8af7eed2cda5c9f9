import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { identityApi } from '@aetherlearn/contracts/identity'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { TUS } from '@aetherlearn/contracts/tus'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { adminEmail, demoPassword } from '@aetherlearn/local-stack/demo'
import { addressOf, createClient } from '@aetherlearn/sdk/client'
import { startTestStack } from './stack.ts'

/** Every route of every service, as the contracts name them: whoever adds one gets these tests with it. */
const endpoints = appNames.flatMap((name) => apps[name].apis.flatMap((api) => Object.entries(api)))
const unknownId = 'ffffffffffffffffffffffff'
/** Of a body, where the contract says nothing else. */
const BODY_LIMIT_BYTES = 64 * 1024
const tooLarge = ({ bodyLimit = BODY_LIMIT_BYTES }: Endpoint) => ({ text: 'x'.repeat(bodyLimit + 1) })

const stack = await startTestStack()
after(stack.close)
const signedIn = createClient(identityApi, { origin: stack.gatewayUrl })
// An admin passes every access rule, so that what is refused here is refused for its form.
const { accessToken } = await signedIn.signIn({ body: { email: adminEmail, password: demoPassword } })

type Problem = { code: string; errors?: { field: string }[] }
type Properties = { properties?: Record<string, object>; required?: string[] }

const propertiesOf = (schema: object | undefined) =>
  Object.keys((schema as Properties | undefined)?.properties ?? {})
const day = '2026-01-01'
/** What else stands in a path or a query, such as an index, is in order. */
const fine: Record<string, string> = {
  ...{ language: 'en', of: 'playbacks' },
  ...{ from: day, to: day, againstFrom: day, againstTo: day },
}
const ids = (entry: Endpoint, value: string) =>
  Object.fromEntries(
    propertiesOf(entry.schema.params).map((name) => [
      name,
      name.endsWith('Id') ? value : (fine[name] ?? '1'),
    ]),
  )

/** The fields without which no query is taken. */
const queryOf = ({ schema: { querystring } }: Endpoint) =>
  ((querystring as Properties | undefined)?.required ?? []).map((field): [string, string] => [
    field,
    field.endsWith('Id') ? unknownId : (fine[field] ?? '1'),
  ])

async function send(
  entry: Endpoint,
  options: { params?: Record<string, string>; query?: Record<string, string>; body?: unknown },
) {
  const { params = ids(entry, unknownId), query = {}, body } = options
  const asked = { ...Object.fromEntries(queryOf(entry)), ...query }
  const response = await fetch(stack.gatewayUrl + addressOf(entry, { params, query: asked }), {
    method: entry.method,
    headers: {
      authorization: `Bearer ${accessToken}`,
      // Only the routes of tus ask for it.
      'tus-resumable': TUS.version,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  // The answer to HEAD is never more than its status.
  const isTold = !response.ok && entry.method !== 'HEAD'
  const problem = isTold ? (JSON.parse(text) as Problem) : undefined
  return {
    status: response.status,
    fields: problem?.errors?.map(({ field }) => field) ?? [],
    code: problem?.code,
  }
}

for (const [name, entry] of endpoints) {
  const { body, params, querystring } = entry.schema
  if (body !== undefined) {
    test(`${name}: an unknown field and every field of a wrong type are 400 and named`, async () => {
      const wrong = Object.fromEntries(propertiesOf(body).map((field) => [field, { $gt: '' }]))
      const answer = await send(entry, { body: { ...wrong, isAdmin: true } })
      assert.equal(answer.status, 400)
      for (const field of [...Object.keys(wrong), 'isAdmin']) {
        assert.ok(
          answer.fields.some((found) => found.startsWith(`body.${field}`)),
          `${field} in ${answer.fields.join()}`,
        )
      }
    })
    test(`${name}: no body is 400, one too large is 413`, async () => {
      assert.equal((await send(entry, { body: null })).status, 400)
      assert.equal((await send(entry, { body: tooLarge(entry) })).status, 413)
    })
  }
  if (propertiesOf(params).some((field) => field.endsWith('Id'))) {
    test(`${name}: an id of the wrong form is 400 and named`, async () => {
      const answer = await send(entry, {
        params: ids(entry, '1'),
        ...(body === undefined ? {} : { body: {} }),
      })
      assert.equal(answer.status, 400)
      if (entry.method === 'HEAD') return
      assert.ok(
        answer.fields.some((field) => field.startsWith('params.')),
        answer.fields.join(),
      )
    })
  }
  if (querystring !== undefined) {
    test(`${name}: an unknown query field is 400 and named`, async () => {
      const answer = await send(entry, { query: { isAdmin: '1' } })
      assert.deepEqual([answer.status, answer.fields], [400, ['query.isAdmin']])
    })
  }
}

const needsOnlyIds = ([, { schema, method }]: [string, Endpoint]) =>
  propertiesOf(schema.params).some((field) => field.endsWith('Id')) &&
  schema.body === undefined &&
  method !== 'PUT'

// Side by side: a service may wait for news of what it does not know before it refuses it.
suite('an id of nothing', { concurrency: 8 }, () => {
  for (const [name, entry] of endpoints.filter(needsOnlyIds)) {
    test(`${name}: an id of nothing is refused and says of what`, async () => {
      const answer = await send(entry, {})
      assert.ok(
        answer.status === 404 || (answer.status === 403 && answer.code === 'NOT_ENROLLED'),
        `${answer.status} ${answer.code}`,
      )
    })
  }
})
