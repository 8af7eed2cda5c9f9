import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUnreported } from './unreported.ts'

test('time and stretches that belong together are taken together, a minute at a time', () => {
  const unreported = createUnreported()
  unreported.add({ range: [0, 100], rate: 2, seconds: 50 })
  unreported.add({ range: [10, 40], rate: 1, seconds: 30 })
  const [first, second, third] = [unreported.take(), unreported.take(), unreported.take()]
  assert.deepEqual([first.seconds, first.segments], [60, [[0, 100], [10, 20]]]) // prettier-ignore
  assert.deepEqual([second.seconds, second.segments], [20, [[20, 40]]])
  assert.deepEqual([third.seconds, third.segments], [0, []])
})

test('what could not be told comes again before what came after it, and joins it', () => {
  const unreported = createUnreported()
  unreported.add({ range: [0, 4], rate: 1, seconds: 4 })
  const failed = unreported.take()
  unreported.add({ range: [4, 6], rate: 1, seconds: 2 })
  failed.putBack()
  const { seconds, segments } = unreported.take()
  assert.deepEqual([seconds, segments], [6, [[0, 6]]])
})

test('no report claims more stretches than the contract takes, and none is lost', () => {
  const unreported = createUnreported()
  for (let i = 0; i < 120; i += 1) unreported.add({ range: [i * 10, i * 10 + 0.25], rate: 1, seconds: 0.25 })
  const taken = [unreported.take(), unreported.take(), unreported.take(), unreported.take()]
  assert.deepEqual(
    taken.map(({ seconds, segments }) => [seconds, segments.length]),
    [[12.5, 50], [12.5, 50], [5, 20], [0, 0]], // prettier-ignore
  )
})
