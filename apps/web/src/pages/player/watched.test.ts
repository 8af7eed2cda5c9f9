import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeReached, playedOf, unite, watchedOf, watchedWords, worthWatching } from './watched.ts'

const rule = { by: 'either', watchedShare: 0.9 } as const
const lack = {
  ...{ completed: false, rule, explanation: '', durationSeconds: 60, neededSeconds: 54 },
  watchedSeconds: 40,
  ...({ task: 'watching', byHand: true, endSlackSeconds: 0 } as const),
  ...{ results: [], parts: 0, partsDone: 0 },
  missing: [[20, 40]] as [number, number][],
}

test('what is not missing is watched', () => {
  assert.deepEqual(watchedOf(lack), [
    [0, 20],
    [40, 60],
  ])
  assert.deepEqual(watchedOf({ endSlackSeconds: 0, durationSeconds: 60, missing: [] }), [[0, 60]])
  assert.deepEqual(watchedOf({ endSlackSeconds: 0, durationSeconds: 60, missing: [[0, 60]] }), [])
  assert.deepEqual(watchedOf({ endSlackSeconds: 0, durationSeconds: 60, missing: [[0, 5]] }), [[5, 60]])
  assert.deepEqual(watchedOf({ endSlackSeconds: 0, durationSeconds: 0, missing: [] }), [])
})

test('the strip is told in words', () => {
  assert.equal(watchedWords(watchedOf(lack), lack), 'Watched: 0:00 to 0:20 and 0:40 to 1:00; 40 s of 1 min.')
  assert.equal(watchedWords([[0, 60]], { ...lack, missing: [] }), 'All of this lecture is watched.')
  assert.equal(watchedWords([], lack), 'Nothing of this lecture is watched yet.')
  const many = Array.from({ length: 11 }, (_, index): [number, number] => [index * 5, index * 5 + 1])
  assert.match(watchedWords(many, lack), /0:35 to 0:36 and 3 more; 11 s of 1 min\.$/)
})

test('what a player has shown is added to what is known', () => {
  const played = playedOf({ length: 2, start: (index) => index * 30, end: (index) => index * 30 + 15 })
  assert.deepEqual(unite([[10, 30]], played), [[0, 45]])
  assert.deepEqual(unite([], []), [])
})

test('the server is asked again once enough was shown, and not for what is completed or never completes', () => {
  assert.equal(mayBeReached(lack, [[20, 33]]), false)
  assert.equal(mayBeReached(lack, [[20, 34]]), true)
  assert.equal(mayBeReached({ ...lack, completed: true }, [[20, 40]]), false)
  assert.equal(mayBeReached({ ...lack, neededSeconds: 0 }, [[20, 40]]), false)
})

test('stretches too short to go to are left out, unless there are no others', () => {
  const long: [number, number] = [20, 40]
  const short: [number, number] = [50, 50.4]
  assert.deepEqual(worthWatching([long, short]), [long])
  assert.deepEqual(worthWatching([short]), [short])
})
