import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CmiValues } from '@aetherlearn/contracts/progress/packages'
import fc from 'fast-check'
import {
  beginning,
  commit,
  entryOf,
  nothingKept,
  opened,
  resultOf,
  totalOf,
  type Commit,
  type Item,
  type Kept,
} from './rules.ts'
import { faultsOf, readCmi } from './values.ts'

const [older, newer]: [Item, Item] = [{ standard: 'scorm-1.2' }, { standard: 'scorm-2004' }]
const MINUTE = 60_000

const open = (kept: Kept, id: string, openedAt: number) => opened(kept, { id, openedAt })
/** A commit that is accepted. */
function keep(item: Item, kept: Kept, said: Partial<Commit> & Pick<Commit, 'sessionId' | 'at'>): Kept {
  const outcome = commit(item, kept, { sequence: 1, cmi: {}, finished: false, ...said })
  assert.ok(outcome.kind === 'kept', outcome.kind)
  return outcome.kept
}
const spent = (time: string, more: CmiValues = {}): CmiValues => ({ 'cmi.session_time': time, ...more })

test('the time of all sessions adds up, each bounded by what passed on our clock', () => {
  const first = keep(newer, open(nothingKept, 'a', 0), {
    sessionId: 'a',
    at: 10 * MINUTE,
    cmi: spent('PT4M', { 'cmi.exit': 'suspend' }),
    finished: true,
  })
  assert.equal(totalOf(first), 240)
  const second = open(first, 'b', 20 * MINUTE)
  assert.equal(beginning(newer, second).totalSeconds, 240)
  const boasting = keep(newer, second, { sessionId: 'b', at: 21 * MINUTE, cmi: spent('PT9H') })
  assert.equal(totalOf(boasting), 240 + 61)
  const honest = keep(newer, boasting, {
    sessionId: 'b',
    sequence: 2,
    at: 23 * MINUTE,
    cmi: spent('PT2M30S'),
  })
  assert.equal(totalOf(honest), 240 + 150)
})

test('two tabs earn no more time than passed', () => {
  const both = open(open(nothingKept, 'a', 0), 'b', 0)
  const one = keep(newer, both, { sessionId: 'a', at: 5 * MINUTE, cmi: spent('PT5M') })
  const other = keep(newer, one, { sessionId: 'b', at: 6 * MINUTE, cmi: spent('PT6M') })
  assert.equal(totalOf(other), 300 + 61)
})

test('what is older, doubled or of a session before the one that kept something changes nothing', () => {
  const both = open(open(nothingKept, 'a', 0), 'b', 1)
  const say = (sessionId: string, sequence: number, word: string): Commit => ({
    sessionId,
    sequence,
    at: 1000,
    finished: false,
    cmi: { 'cmi.suspend_data': word },
  })
  const first = keep(newer, both, say('a', 5, 'a5'))
  for (const late of [say('a', 5, 'doubled'), say('a', 4, 'late')])
    assert.equal(commit(newer, first, late).kind, 'known')
  const second = keep(newer, first, say('b', 1, 'b1'))
  assert.equal(commit(newer, second, say('a', 6, 'the other tab')).kind, 'over')
  assert.equal(commit(newer, second, say('somebody', 7, 'unknown')).kind, 'over')
})

test('in whatever order commits of two sessions arrive, the last of the later session is kept', () => {
  const words = [1, 2, 3].flatMap((sequence) => ['a', 'b'].map((sessionId) => ({ sessionId, sequence })))
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (arriving) => {
      const all = [...arriving, { sessionId: 'b', sequence: 3 }, ...arriving]
      const kept = all.reduce(
        (before, { sessionId, sequence }) => {
          const cmi = { 'cmi.location': `${sessionId}${sequence}` }
          const outcome = commit(newer, before, { sessionId, sequence, at: 9, finished: false, cmi })
          return outcome.kind === 'kept' ? outcome.kept : before
        },
        open(open(nothingKept, 'a', 0), 'b', 1),
      )
      assert.equal(kept.cmi['cmi.location'], 'b3')
    }),
  )
})

test('an item goes on where it was suspended or cut off; one of 2004 that was left for good begins anew', () => {
  assert.equal(entryOf(older, nothingKept), 'ab-initio')
  const left = (item: Item, exit: string | undefined, finished: boolean) => {
    const name = item.standard === 'scorm-1.2' ? 'cmi.core.exit' : 'cmi.exit'
    const cmi = { 'cmi.suspend_data': 'page 3', ...(exit !== undefined && { [name]: exit }) }
    const kept = keep(item, open(nothingKept, 'a', 0), { sessionId: 'a', at: 1, cmi, finished })
    const { entry, cmi: given } = beginning(item, kept)
    return [entry, given['cmi.suspend_data'], given[name]]
  }
  for (const item of [older, newer]) {
    assert.deepEqual(left(item, 'suspend', true), ['resume', 'page 3', undefined])
    assert.deepEqual(left(item, undefined, false), ['resume', 'page 3', undefined])
  }
  assert.deepEqual(left(older, undefined, true), ['', 'page 3', undefined])
  assert.deepEqual(left(newer, 'normal', true), ['ab-initio', undefined, undefined])
})

test('an attempt that began anew takes neither the time nor the completion of the one before', () => {
  const done = keep(newer, open(nothingKept, 'a', 0), {
    sessionId: 'a',
    at: MINUTE,
    cmi: spent('PT1M', { 'cmi.completion_status': 'completed', 'cmi.score.scaled': '0.9' }),
    finished: true,
  })
  const again = keep(newer, open(done, 'b', 2 * MINUTE), {
    sessionId: 'b',
    at: 3 * MINUTE,
    cmi: spent('PT30S', { 'cmi.completion_status': 'incomplete', 'cmi.score.scaled': '0.2' }),
  })
  assert.equal(totalOf(again), 30)
  assert.deepEqual([again.completed, again.score], [true, 0.9])
  assert.deepEqual(resultOf(newer, again), { score: 0.2 })
})

const told = (item: Item, cmi: CmiValues, finished = true) => {
  const { completed, passed, score } = readCmi(item.standard, cmi, {
    finished,
    masteryScore: item.masteryScore,
  })
  return [completed, passed, score]
}

test('SCORM 1.2 says by one word whether it is completed and passed, and mastery overrules it', () => {
  const status = (word: string, raw?: string): CmiValues => ({
    'cmi.core.lesson_status': word,
    ...(raw !== undefined && { 'cmi.core.score.raw': raw }),
  })
  assert.deepEqual(told(older, status('passed')), [true, true, undefined])
  assert.deepEqual(told(older, status('completed', '70')), [true, undefined, 0.7])
  assert.deepEqual(told(older, status('failed', '20')), [false, false, 0.2])
  assert.deepEqual(told(older, status('incomplete', '20')), [false, undefined, 0.2])
  const asked: Item = { ...older, masteryScore: 0.8 }
  assert.deepEqual(told(asked, status('passed', '70')), [false, false, 0.7])
  assert.deepEqual(told(asked, status('completed', '80')), [true, true, 0.8])
  assert.deepEqual(told(asked, status('incomplete', '90')), [false, undefined, 0.9])
})

test('SCORM 2004 says completion, success and score each for itself', () => {
  assert.deepEqual(told(newer, { 'cmi.completion_status': 'completed' }), [true, undefined, undefined])
  assert.deepEqual(told(newer, { 'cmi.success_status': 'passed' }, false), [true, true, undefined])
  const scored = { 'cmi.score.scaled': '0.75', 'cmi.success_status': 'passed' }
  assert.deepEqual(
    told({ ...newer, masteryScore: 0.8 }, { ...scored, 'cmi.completion_status': 'incomplete' }),
    [false, false, 0.75],
  )
  assert.deepEqual(
    told(newer, { 'cmi.score.raw': '5', 'cmi.score.min': '0', 'cmi.score.max': '10' }, false),
    [false, undefined, 0.5],
  )
})

test('what is left without a word about completion is done, unless it is to go on', () => {
  assert.deepEqual(told(older, {}), [true, undefined, undefined])
  assert.deepEqual(told(older, { 'cmi.core.exit': 'suspend' }), [false, undefined, undefined])
  assert.deepEqual(told(older, {}, false), [false, undefined, undefined])
  assert.deepEqual(told(newer, { 'cmi.completion_status': 'unknown' }), [true, undefined, undefined])
  assert.deepEqual(told(newer, { 'cmi.completion_status': 'incomplete' }), [false, undefined, undefined])
})

test('values that we judge by are refused by name where they are none', () => {
  const faulty = (item: Item, cmi: CmiValues) => faultsOf(item.standard, cmi).map(({ field }) => field)
  const olderFaults: CmiValues = {
    'cmi.core.lesson_status': 'done',
    'cmi.core.session_time': '90 minutes',
    'cmi.core.score.raw': 'good',
    'cmi.suspend_data': 'anything',
  }
  assert.deepEqual(
    faulty(older, olderFaults),
    ['core.lesson_status', 'core.session_time', 'core.score.raw'].map((name) => `body.cmi.cmi.${name}`),
  )
  assert.deepEqual(faulty(newer, { 'cmi.score.scaled': '1.5', 'cmi.session_time': 'P' }), [
    'body.cmi.cmi.score.scaled',
    'body.cmi.cmi.session_time',
  ])
  for (const time of ['PT1H5M', 'P1DT0.25S', 'P2M', 'PT90S'])
    assert.deepEqual(faulty(newer, spent(time)), [], time)
  for (const time of ['0001:30:00', '00:00:07.25'])
    assert.deepEqual(faulty(older, { 'cmi.core.session_time': time }), [], time)
})
