import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWhole, lastDays, limitsOf } from './periods.ts'

test('the last days end with today, and are compared with as many right before them', () => {
  assert.deepEqual(lastDays(7, new Date('2026-03-03T23:30:00Z')), {
    period: { from: '2026-02-25', to: '2026-03-03' },
    against: { from: '2026-02-18', to: '2026-02-24' },
  })
  assert.deepEqual(lastDays(1, new Date('2026-01-01T00:00:00Z')), {
    period: { from: '2026-01-01', to: '2026-01-01' },
    against: { from: '2025-12-31', to: '2025-12-31' },
  })
})

test('a period that lacks a day or ends before it begins is not asked for', () => {
  const period = { from: '2026-03-01', to: '2026-03-07' }
  assert.equal(isWhole({ period, against: period }), true)
  assert.equal(isWhole({ period, against: { from: '', to: '2026-03-07' } }), false)
  assert.equal(isWhole({ period: { from: '2026-03-07', to: '2026-03-01' }, against: period }), false)
})

test('a day that is left empty is no limit', () => {
  assert.deepEqual(limitsOf({ from: '', to: '2026-03-07' }), { to: '2026-03-07' })
  assert.deepEqual(limitsOf({ from: '2026-03-01', to: '' }), { from: '2026-03-01' })
  assert.deepEqual(limitsOf({ from: '', to: '' }), {})
})
