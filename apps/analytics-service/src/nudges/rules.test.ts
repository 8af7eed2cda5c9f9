import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NUDGE_EVERY_MS, notBefore, suggestionOf } from './rules.ts'

const reason = (rule: 'never-started' | 'inactive' | 'behind' | 'slowing-down') => ({
  rule,
  explanation: 'Has completed 10 % of the lectures.',
})

test('what is suggested names the student and the course, and goes by the heaviest reason', () => {
  const text = suggestionOf([reason('behind'), reason('inactive')], 'Algebra', ' Ana Maria Student ')
  assert.match(text, /^Hello Ana,\n\nIn “Algebra” we have not seen you for a while\./)
  assert.match(
    suggestionOf([reason('behind')], 'Algebra'),
    /^Hello,\n\nIn “Algebra” others who began with you/,
  )
})

test('no figure that an instructor sees of a student is in what is suggested', () => {
  for (const rule of ['never-started', 'inactive', 'behind', 'slowing-down'] as const)
    assert.doesNotMatch(suggestionOf([reason(rule)], 'Algebra', 'Ana'), /\d|%/)
})

test('a student may be written to again after exactly seven days', () => {
  const sent = new Date('2026-03-02T10:00:00Z')
  const next = new Date(Number(sent) + NUDGE_EVERY_MS)
  assert.equal(next.toISOString(), '2026-03-09T10:00:00.000Z')
  assert.deepEqual(notBefore(sent, new Date(Number(next) - 1)), next)
  assert.equal(notBefore(sent, next), null)
  assert.equal(notBefore(undefined, sent), null)
})
