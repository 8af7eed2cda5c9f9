import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeptReport } from './late-box.ts'
import { mergedReport } from './late-merge.ts'

const report = (
  atSeconds: number,
  ranges: [number, number][],
  more: Partial<KeptReport> = {},
): KeptReport => ({
  id: `report-${atSeconds}`,
  courseId: 'c'.repeat(24),
  lectureId: 'a'.repeat(24),
  sessionId: 'session-1',
  watchTime: ranges.at(-1)?.[1] ?? 0,
  clientTime: atSeconds * 1000,
  ranges,
  ...more,
})

test('reports of a player that did not stop are one, with the name, moment and position of the last', () => {
  const merged = mergedReport(report(5, [[0, 5]]), report(10.2, [[5, 10]]))
  assert.deepEqual(merged, { ...report(10.2, [[0, 10]]), watchTime: 10 })
})

test('a seek between them stays a seek', () => {
  const merged = mergedReport(report(5, [[0, 5]]), report(10, [[5, 6], [50, 54]])) // prettier-ignore
  assert.deepEqual(merged?.ranges, [[0, 6], [50, 54]]) // prettier-ignore
})

test('what is not the same player going on stays apart', () => {
  const one = report(5, [[0, 5]])
  assert.equal(mergedReport(one, report(13, [[5, 10]])), undefined)
  assert.equal(mergedReport(one, report(10, [[5, 10]], { rate: 2 })), undefined)
  assert.equal(mergedReport(one, report(10, [[5, 10]], { sessionId: 'session-2' })), undefined)
  assert.equal(mergedReport(one, report(10, [[5, 10]], { lectureId: 'b'.repeat(24) })), undefined)
  assert.equal(mergedReport({ ...one, completed: true }, report(10, [[5, 10]])), undefined)
  assert.equal(mergedReport(one, report(5.1, [])), undefined)
  assert.equal(mergedReport(report(596, [[0, 596]]), report(601, [[596, 601]])), undefined)
})
