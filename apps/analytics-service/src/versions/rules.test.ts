import assert from 'node:assert/strict'
import { test } from 'node:test'
import { versionsOf } from './reader.ts'
import { compareVersions, studentsOf, type VersionPlayback, type VersionWatching } from './rules.ts'

const at = (day: number) => new Date(Date.UTC(2026, 0, day))
const playback = (userId: string, ranges: [number, number][], againSeconds = 0): VersionPlayback => ({
  ...{ userId, ranges, againSeconds },
})
const version = (videoId: string, playbacks: VersionPlayback[]): VersionWatching => ({
  ...{ videoId, durationSeconds: 100, playbacks },
})
const nobody = new Set<string>()
/** So many students, each with one playback from the start to somewhere. */
const upTo = (name: string, ends: number[]) => ends.map((end, i) => playback(`${name}${i}`, [[0, end]]))

test('a student is looked at once, over all their playbacks of the version', () => {
  const playbacks = [
    playback('ana', [[0, 40]], 10),
    playback('ana', [[30, 50], [80, 95]]), // prettier-ignore
    playback('ben', [[0, 89]]),
  ]
  const students = studentsOf(version('one', playbacks), new Set(['ben']))
  assert.deepEqual(Object.fromEntries(students), {
    ana: { watchedShare: 0.65, completed: false, leftEarly: false, rewatchedShare: 10 / 85 },
    ben: { watchedShare: 0.89, completed: true, leftEarly: true, rewatchedShare: 0 },
  })
})

test('who saw both versions is in neither number', () => {
  const [a, b] = [upTo('a', [10, 20, 30, 40, 50]), upTo('b', [60, 70, 80, 90, 99])]
  const both = playback('both', [[0, 100]])
  const found = compareVersions(version('one', [...a, both]), version('two', [...b, both, both]), nobody)
  assert.deepEqual(found.a, { videoId: 'one', students: 5, playbacks: 5 })
  assert.deepEqual(found.b, { videoId: 'two', students: 5, playbacks: 5 })
  assert.equal(found.sawBoth, 1)
  const [watched] = found.measures
  assert.deepEqual([watched?.a.value, watched?.b.value, watched?.difference.value], [30, 79.8, 49.8])
})

test('of fewer than five students nothing is measured', () => {
  const found = compareVersions(
    version('one', upTo('a', [1, 2, 3, 4, 5])),
    version('two', upTo('b', [1, 2, 3, 4])),
    nobody,
  )
  assert.deepEqual([found.hidden, found.measures], [true, []])
})

test('a difference that chance explains is none, one that it does not is told with its interval', () => {
  const halves = Array.from({ length: 40 }, (_, i) => 40 + (i % 20))
  const more = halves.map((end) => end + 25)
  const [same, other] = [upTo('b', halves), upTo('b', more)]
  const a = version('one', upTo('a', halves))
  const completed = new Set(['a0', 'a1', ...Array.from({ length: 30 }, (_, i) => `b${i}`)])
  const unchanged = compareVersions(a, version('two', same), nobody)
  assert.ok(unchanged.measures.every(({ differs }) => !differs))
  assert.match(
    unchanged.measures[0]?.verdict ?? '',
    /^No difference can be told: anything from [\d.]+ percentage points less to /,
  )
  const changed = compareVersions(a, version('two', other), completed)
  const told = new Map(changed.measures.map((one) => [one.measure, one]))
  assert.match(
    told.get('versionWatched')?.verdict ?? '',
    /^More of it is watched by 25 percentage points \(2\d\.?\d* to 2\d\.?\d*\)\.$/,
  )
  assert.match(told.get('versionCompleted')?.verdict ?? '', /^More complete it by 70 percentage points/)
  const { difference, differs } = told.get('versionLeftEarly')!
  assert.ok(!differs && difference.value === 0 && difference.low < 0 && difference.high > 0)
})

test('no share is below nothing or above all, however the interval comes out', () => {
  const found = compareVersions(
    version('one', upTo('a', [100, 100, 100, 100, 40])),
    version('two', upTo('b', [0, 0, 0, 0, 60])),
    nobody,
  )
  for (const { a, b, difference } of found.measures) {
    for (const { low, high } of [a, b]) assert.ok(low >= 0 && high <= 100)
    assert.ok(difference.low >= -100 && difference.high <= 100)
  }
})

test('a video that comes back is one version, seen in two stretches', () => {
  const row = (videoId: string, day: number) => ({ videoId, durationSeconds: 60, from: at(day) })
  assert.deepEqual(versionsOf([row('one', 1), row('two', 5), row('one', 9)]), [
    { videoId: 'two', durationSeconds: 60, stretches: [{ from: at(5), until: at(9) }] },
    {
      ...{ videoId: 'one', durationSeconds: 60 },
      stretches: [
        { from: at(1), until: at(5) },
        { from: at(9), until: undefined },
      ],
    },
  ])
})
