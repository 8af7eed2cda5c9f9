import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLost } from './rules.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute))
const job = { id: '1', jobId: 'outbox-1', sentAt: at(10) }

test('a job that the queue does not know is lost when it was sent long enough ago', () => {
  assert.equal(isLost(job, undefined, at(9)), false)
  assert.equal(isLost(job, undefined, at(11)), true)
})

test('a job that has not finished lives, however long ago it was sent', () => {
  assert.equal(isLost(job, {}, at(59)), false)
})

test('a finished job is lost when what was said of it has not come after a while', () => {
  assert.equal(isLost(job, { finishedAt: at(30) }, at(29)), false)
  assert.equal(isLost(job, { finishedAt: at(30) }, at(31)), true)
})
