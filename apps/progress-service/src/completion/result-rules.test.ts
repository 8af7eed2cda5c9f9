import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import fc from 'fast-check'
import type { KnownLecture } from '../courses/lectures.ts'
import { toldBy, type KeptResult } from './result-rules.ts'
import { lackOf, mayBeByHand, neededSeconds, reachedBy, slackOf } from './rules.ts'

const passing: CompletionRule = { by: 'passing', watchedShare: 0.9, passingScore: 0.75 }
const share = fc.integer({ min: 10, max: 100 }).map((percent) => percent / 100)
const score = fc.integer({ min: 0, max: 20 }).map((twentieths) => twentieths / 20)
const rule: fc.Arbitrary<CompletionRule> = fc.record({
  by: fc.constantFrom('either', 'watching', 'hand', 'passing'),
  watchedShare: share,
  endSlackSeconds: fc.integer({ min: 0, max: 600 }),
  passingScore: score,
})
const result = (partId: string | undefined, more: Partial<KeptResult> = {}): KeptResult => ({
  kind: 'item',
  ...(partId !== undefined && { partId }),
  completed: false,
  passed: false,
  judged: more.passed === true || more.bestScore !== undefined,
  at: '2026-01-01T00:00:00Z',
  ...more,
})
const someResult = fc
  .record({
    partId: fc.constantFrom('one', 'two', 'three', undefined),
    completed: fc.boolean(),
    passed: fc.boolean(),
    bestScore: score,
    kind: fc.constantFrom<KeptResult['kind']>('item', 'question'),
  })
  .map(({ partId, ...more }) => result(partId, more))
/** As they are stored: one for each part. */
const someResults = fc.uniqueArray(someResult, { selector: (one) => `${one.kind}${one.partId}` })
const items = (...graded: boolean[]) => ({
  items: graded.map((is, index) => ({ itemId: ['one', 'two', 'three'][index] ?? '', graded: is })),
})
const lectureOf = (completion: CompletionRule, task: KnownLecture['task'], durationSeconds = 0) => ({
  durationSeconds,
  completion,
  task,
})
const someTask = fc.constantFrom(items(false), items(true), items(true, false), { questions: 3 }, undefined)
const isReached = (lecture: KnownLecture, ...results: KeptResult[]) => toldBy(lecture, results).isReached

test('all before the credits always completes a lecture, credits alone never, and more slack never asks for more', () => {
  fc.assert(
    fc.property(rule, fc.integer({ min: 10, max: 50_000 }), (completion, tenths) => {
      const durationSeconds = tenths / 10
      const needed = neededSeconds({ durationSeconds, completion })
      if (completion.by === 'hand') return assert.equal(needed, 0)
      const end = durationSeconds - slackOf(durationSeconds, completion)
      const course = { lectures: new Map([['a', durationSeconds]]), completion }
      assert.ok(needed > 0 && needed <= end, `${needed} of ${end}`)
      assert.deepEqual(reachedBy({ a: [[0, end]] }, course), ['a'])
      assert.deepEqual(reachedBy({ a: [[end, durationSeconds]] }, course), [])
      const stricter = { ...completion, endSlackSeconds: 0 }
      assert.ok(neededSeconds({ durationSeconds, completion: stricter }) >= needed)
    }),
  )
})

test('credits count for nothing: who skips content for them lacks it', () => {
  const completion: CompletionRule = { by: 'watching', watchedShare: 1, endSlackSeconds: 20 }
  const lecture = { durationSeconds: 100, completion }
  assert.equal(neededSeconds({ ...lecture, completion: { ...completion, watchedShare: 0.5 } }), 40)
  const ranges: [number, number][] = [[10, 100]]
  const lack = lackOf(lecture, { ranges, completed: false })
  assert.deepEqual([lack.neededSeconds, lack.watchedSeconds, lack.missing], [80, 70, [[0, 10]]])
  assert.equal(
    lack.explanation,
    'You have watched 1:10 of 1:20 (without the last 0:20); the lecture is completed at 1:20, so 0:10 more is needed.',
  )
})

test('whatever a lecture asks for, there is always a way to complete it', () => {
  fc.assert(
    fc.property(rule, someTask, fc.integer({ min: 0, max: 100 }), (completion, task, durationSeconds) => {
      const lecture = lectureOf(completion, task, durationSeconds)
      const best = [undefined, 'one', 'two', 'three'].flatMap((partId) =>
        (['item', 'question'] as const).map((kind) =>
          result(partId, { kind, completed: true, passed: true, bestScore: 1 }),
        ),
      )
      const ways = [mayBeByHand(lecture), neededSeconds(lecture) > 0, isReached(lecture, ...best)]
      assert.ok(ways.includes(true))
      if (completion.by === 'hand') assert.deepEqual(ways, [true, false, false])
    }),
  )
})

test('doing better never takes a completion back, and the order of results says nothing', () => {
  fc.assert(
    fc.property(rule, someTask, someResults, fc.nat(), (completion, task, results, which) => {
      const lecture = lectureOf(completion, task)
      const before = toldBy(lecture, results)
      assert.deepEqual(toldBy(lecture, results.toReversed()), before)
      const better = results.map((one, index) =>
        index === which % Math.max(results.length, 1)
          ? { ...one, completed: true, passed: true, bestScore: 1 }
          : one,
      )
      const after = toldBy(lecture, better)
      assert.ok(after.partsDone >= before.partsDone && (after.isReached || !before.isReached))
    }),
  )
})

test('a part that says nothing of passing is done when it is gone through, if something else was passed', () => {
  const lecture = lectureOf(passing, items(false, true))
  const read = result('one', { completed: true })
  assert.equal(isReached(lecture, read), false)
  assert.equal(isReached(lecture, read, result('two', { completed: true, bestScore: 0.7 })), false)
  assert.equal(isReached(lecture, read, result('two', { bestScore: 0.75 })), true)
  const failed = result('one', { completed: true, bestScore: 0.3 })
  assert.equal(isReached(lecture, failed, result('two', { bestScore: 0.75 })), false)
  assert.equal(isReached(lectureOf(passing, items(false)), read), false)
})

test('questions that were not answered count as nothing, and those that are gone as far as they are the best', () => {
  const told = (questions: number, ...scores: number[]) =>
    toldBy(
      lectureOf(passing, { questions }),
      scores.map((bestScore, index) => result(`q${index}`, { kind: 'question', bestScore })),
    )
  assert.deepEqual(told(4, 1, 1, 0.9), { parts: 4, partsDone: 3, score: 0.725, isReached: false })
  assert.equal(told(4, 1, 1, 1).isReached, true)
  assert.deepEqual(told(1, 0.2, 1, 0.5), { parts: 1, partsDone: 1, score: 1, isReached: true })
})
