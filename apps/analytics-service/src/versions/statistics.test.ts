import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceFrom } from '../proof/simulated-class.ts'
import { meanOf, newcombe, studentsT, welch, wilson, type Estimate } from './statistics.ts'

const near = (found: number, known: number, digits: number) =>
  assert.equal(found.toFixed(digits), known.toFixed(digits))
const interval = ({ low, high }: Estimate, known: [low: number, high: number], digits: number) => {
  near(low, known[0], digits)
  near(high, known[1], digits)
}

test('score intervals of a share are those that Newcombe printed (1998, Statistics in Medicine 17:857, table I)', () => {
  interval(wilson({ count: 81, of: 263 }), [0.2553, 0.3662], 4)
  interval(wilson({ count: 15, of: 148 }), [0.0624, 0.1605], 4)
  interval(wilson({ count: 0, of: 20 }), [0, 0.1611], 4)
  interval(wilson({ count: 1, of: 29 }), [0.0061, 0.1718], 4)
})

test('intervals of a difference of shares are those that he printed (17:873, table II, method 10)', () => {
  interval(newcombe({ count: 48, of: 80 }, { count: 56, of: 70 }), [0.0524, 0.3339], 4)
  interval(newcombe({ count: 3, of: 10 }, { count: 9, of: 10 }), [0.1705, 0.809], 4)
  interval(newcombe({ count: 0, of: 10 }, { count: 10, of: 10 }), [0.6075, 1], 4)
})

test('the points of Student’s t are those of the tables', () => {
  for (const [freedom, t] of [
    [1, 12.7062],
    [2, 4.3027],
    [10, 2.2281],
    [30, 2.0423],
    [120, 1.9799],
    [100_000, 1.96],
  ] as const)
    near(studentsT(freedom), t, 4 - Math.floor(Math.log10(t)))
})

/** Hours of sleep gained by two drugs, on which Gosset showed his test (1908); the interval is that of R's `t.test`. */
const sleep = {
  first: [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
  second: [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
}
test('intervals of means and of their difference are those of R', () => {
  interval(welch(sleep.second, sleep.first), [-3.3654832, 0.2054832], 5)
  interval(meanOf(sleep.first), [-0.5297804, 2.0297804], 5)
})

test('where nobody differs from anybody the interval is a point, and no number is missing', () => {
  assert.deepEqual(welch([1, 1, 1], [1, 1]), { value: 0, low: 0, high: 0 })
  assert.deepEqual(meanOf([0.5, 0.5]), { value: 0.5, low: 0.5, high: 0.5 })
})

const TIMES = 2000
/** How often the interval has the truth in it, of so many worlds that are made up. */
function covered(make: (chance: ReturnType<typeof chanceFrom>) => Estimate, truth: number): number {
  const chance = chanceFrom(7)
  const hits = Array.from({ length: TIMES }, () => make(chance)).filter(
    ({ low, high }) => low <= truth && truth <= high,
  )
  return hits.length / TIMES
}
const about95 = (share: number) => assert.ok(share > 0.935 && share < 0.975, `${share}`)

test('in 95 of 100 worlds the truth lies within: shares of few and of many', () => {
  const count = (chance: ReturnType<typeof chanceFrom>, of: number, share: number) => ({
    count: Array.from({ length: of }).filter(() => chance.happens(share)).length,
    of,
  })
  for (const [n, m, p, q] of [
    [12, 30, 0.3, 0.5],
    [60, 60, 0.9, 0.8],
  ] as const) {
    about95(covered((chance) => wilson(count(chance, n, p)), p))
    about95(covered((chance) => newcombe(count(chance, n, p), count(chance, m, q)), q - p))
  }
})

test('in 95 of 100 worlds the truth lies within: means of shares that are watched', () => {
  const watched = (chance: ReturnType<typeof chanceFrom>, of: number, power: number) =>
    Array.from({ length: of }, () => (chance.below(1000) / 999) ** power)
  about95(covered((chance) => welch(watched(chance, 15, 1), watched(chance, 40, 2)), 1 / 3 - 1 / 2))
  about95(covered((chance) => meanOf(watched(chance, 25, 1)), 1 / 2))
})
