import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '@aetherlearn/service-kit/errors'
import { agent, aStatement } from './provider.fixture.ts'
import { parseJson, parseStatement } from './statement-parse.ts'
import { fingerprintOf, normalised, sameMoment } from './statement-rules.ts'

const fieldAtFault = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure && error.code === 'INVALID_INPUT') return error.options.errors?.[0]?.field
    throw error
  }
  return undefined
}
const faultOf = (more: object) => fieldAtFault(() => parseStatement(aStatement(more), 'body'))
const account = { homePage: 'https://school.test', name: 'ada' }
const activity = { id: 'https://school.test/film' }

test('a statement that says all there is to say is taken', () => {
  const said = {
    result: { score: { scaled: 0.5, raw: 5, min: 0, max: 10 }, success: true, duration: 'PT1H2M3.5S' },
    context: {
      registration: '6f8a1c3e-2d4b-4f6a-8c1e-0a2b3c4d5e6f',
      team: { objectType: 'Group', member: [agent('ada')] },
      contextActivities: { parent: activity, grouping: [activity] },
      language: 'zh-Hans-CN',
      revision: '2',
      extensions: { 'https://school.test/x': null },
    },
    timestamp: '2026-11-21T10:00:00+01:00',
  }
  assert.equal(faultOf(said), undefined)
  assert.equal(
    faultOf({
      object: { objectType: 'SubStatement', ...aStatement({ id: undefined, ...said }), id: undefined },
    }),
    'body.object.id',
  )
})

for (const [field, more] of Object.entries({
  'body.extra': { extra: 1 },
  'body.actor': { actor: { ...agent('ada'), account } },
  'body.actor.mbox': { actor: { mbox: 'ada@school.test' } },
  'body.actor.account.name': { actor: { account: { homePage: 'https://school.test' } } },
  'body.actor.member': { actor: { objectType: 'Group' } },
  'body.actor.member.0': { actor: { objectType: 'Group', member: [{ name: 'Ada' }] } },
  'body.verb.id': { verb: { id: 'experienced' } },
  'body.verb.display.deutsch!': { verb: { id: 'https://x.test/v', display: { 'deutsch!': 'sah' } } },
  'body.object.id': { object: { id: 'film' } },
  'body.object.objectType': { object: { objectType: 'activity', id: 'https://school.test/film' } },
  'body.object.definition.interactionType': {
    object: { ...activity, definition: { choices: [{ id: 'a' }] } },
  },
  'body.result.score.scaled': { result: { score: { scaled: 1.1 } } },
  'body.result.score.max': { result: { score: { min: 2, max: 1 } } },
  'body.result.score.raw': { result: { score: { raw: 11, min: 0, max: 10 } } },
  'body.result.duration': { result: { duration: 'P1W2D' } },
  'body.result.completion': { result: { completion: 'true' } },
  'body.result.response': { result: { response: null } },
  'body.result.extensions.short': { result: { extensions: { short: 1 } } },
  'body.timestamp': { timestamp: '2026-02-30T10:00:00-00:00' },
  'body.version': { version: '1.1.0' },
  'body.id': { id: 'one' },
  'body.context.language': { context: { language: 'a-deutsch' } },
  'body.context.platform': { object: agent('eve'), actor: agent('ada'), context: { platform: 'x' } },
  'body.context.contextActivities.parent.0': { context: { contextActivities: { parent: ['film'] } } },
  'body.authority': { authority: { objectType: 'Group', member: [agent('a'), agent('b'), agent('c')] } },
  'body.attachments.0.sha2': {
    attachments: [
      { usageType: 'https://x.test/u', display: {}, contentType: 'text/plain', length: 1, sha2: 'no' },
    ],
  },
}))
  test(`what is wrong with a statement is named: ${field}`, () => {
    const made =
      field === 'body.context.platform' ? { ...more, object: { objectType: 'Agent', ...agent('eve') } } : more
    assert.equal(faultOf(made), field)
  })

test('voiding is of another statement', () => {
  const verb = { id: 'http://adlnet.gov/expapi/verbs/voided' }
  assert.equal(faultOf({ verb }), 'body.object.objectType')
  const { id } = aStatement()
  assert.equal(faultOf({ verb, object: { objectType: 'StatementRef', id } }), undefined)
})

test('JSON that is nested without end is refused, whatever stands in its texts', () => {
  assert.equal(
    fieldAtFault(() => parseJson('['.repeat(100_000), 'body')),
    'body',
  )
  assert.deepEqual(parseJson(JSON.stringify(['[['.repeat(200), '\\"[']), 'body'), ['[['.repeat(200), '\\"['])
})

test('the same statement is known for the same where only that differs which may', () => {
  const made = aStatement({ actor: { objectType: 'Group', member: [agent('ada'), agent('eve')] } })
  const parse = (more: object) => normalised(parseStatement({ ...made, ...more }, 'body'))
  const same = (more: object) => {
    const [known, again] = [parse({ timestamp: '2026-11-21T10:00:00Z' }), parse(more)]
    return fingerprintOf(known) === fingerprintOf(again) && sameMoment(known, again)
  }
  assert.ok(same({}))
  assert.ok(same({ actor: { objectType: 'Group', member: [agent('eve'), agent('ada')] } }))
  assert.ok(same({ object: { id: 'https://school.test/film', objectType: 'Activity' } }))
  assert.ok(same({ verb: { id: made.verb.id, display: { fr: 'vu' } }, version: '1.0.1' }))
  assert.ok(same({ timestamp: '2026-11-21T11:00:00+01:00' }))
  assert.ok(!same({ timestamp: '2026-11-21T11:00:00Z' }))
  assert.ok(!same({ result: { success: true } }))
  assert.ok(!same({ object: { id: 'https://school.test/other' } }))
})
