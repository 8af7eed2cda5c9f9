import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOST_REPLY_MS, judgeUse } from './rules.ts'

const now = new Date('2026-03-01T12:00:00Z')
const before = (milliseconds: number) => new Date(now.getTime() - milliseconds)

test('a refresh token works once, once more within ten seconds, and is stolen goods after that', () => {
  assert.equal(judgeUse(null, now), 'fresh')
  assert.equal(judgeUse(now, now), 'repeated')
  assert.equal(judgeUse(before(LOST_REPLY_MS), now), 'repeated')
  assert.equal(judgeUse(before(LOST_REPLY_MS + 1), now), 'stolen')
})
