import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServerClock } from './server-clock.ts'

const at = Date.parse('2026-05-20T12:00:00Z')
const answering = (date: string | undefined) => async () =>
  new Response('', { headers: date === undefined ? {} : { date } })

test('a device learns from any answer how far its clock is off', async () => {
  const clock = createServerClock({
    fetch: answering('Wed, 20 May 2026 14:00:00 GMT'),
    now: () => at,
  })
  assert.equal(clock.aheadMs(), undefined)
  await clock.fetch('http://localhost/')
  assert.equal(clock.aheadMs(), 2 * 3600_000 + 500)
})

test('a clock that is right to the second is left alone, and no answer says nothing', async () => {
  let answer = answering('Wed, 20 May 2026 12:00:01 GMT')
  const clock = createServerClock({ fetch: () => answer(), now: () => at })
  await clock.fetch('http://localhost/')
  assert.equal(clock.aheadMs(), 0)
  answer = answering(undefined)
  await clock.fetch('http://localhost/')
  assert.equal(clock.aheadMs(), 0)
})
