import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportOf } from './rules.ts'

const askedAt = '2026-11-21T12:00:00.000Z'
const done = (service: string, remaining = 0) => ({ service, removed: { rows: 2 }, remaining, at: askedAt })

test('a report is complete when every service that keeps something has found nothing left', () => {
  const expected = ['progress', 'course']
  const waiting = reportOf({ askedAt, services: [done('course')] }, expected)
  assert.deepEqual(waiting, {
    askedAt,
    complete: false,
    services: [
      { ...done('course'), state: 'done' },
      { service: 'progress', state: 'waiting', removed: {} },
    ],
  })
  const left = reportOf({ askedAt, services: [done('course'), done('progress', 1)] }, expected)
  assert.deepEqual([left.complete, left.services[1]?.state], [false, 'waiting'])
  assert.equal(reportOf({ askedAt, services: [done('progress'), done('course')] }, expected).complete, true)
})

test('what a service said that is not asked any more stays in the report', () => {
  const { complete, services } = reportOf({ askedAt, services: [done('former')] }, [])
  assert.deepEqual([complete, services.map(({ service }) => service)], [true, ['former']])
})
