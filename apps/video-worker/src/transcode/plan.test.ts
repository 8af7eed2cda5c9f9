import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf, segmentFrames } from './plan.ts'
import type { Source } from './probe.ts'

const source = (seconds: number, num = 25, den = 1, height = 1080): Source => ({
  ...{ durationSeconds: seconds, width: (height * 16) / 9, height, rotation: 0, isInterlaced: false },
  ...{ frameRate: { num, den }, transfer: 'sdr' },
})
const partsOf = (seconds: number, num = 25, den = 1) =>
  planOf(source(seconds, num, den), { format: 'fmp4', partSeconds: 60 }).parts

test('a video of less than two parts is not cut', () => {
  assert.deepEqual(partsOf(119), [{ index: 0, from: 0 }])
  assert.equal(planOf(source(3600), { format: 'fmp4' }).parts.length, 1)
})

test('parts meet frame by frame, the last goes on to the end and is no short rest', () => {
  assert.deepEqual(partsOf(150), [
    { index: 0, from: 0, to: 1500 },
    { index: 1, from: 1500, to: 3000 },
    { index: 2, from: 3000 },
  ])
  for (const seconds of [120, 149.9, 3601, 36_000.4]) {
    const parts = partsOf(seconds, 30_000, 1001)
    for (const [i, { from, to }] of parts.entries())
      assert.equal(to, parts[i + 1]?.from, `${seconds} s: ${from}`)
    const rest = (seconds * 30_000) / 1001 - (parts.at(-1)?.from ?? 0)
    assert.ok(rest >= 900 * 0.9, `${rest} frames are left for the last of ${seconds} s`)
  }
})

test('parts begin with a segment, in both formats and at odd frame rates', () => {
  for (const [num, den] of [
    [25, 1],
    [30_000, 1001],
    [60_000, 1001],
    [15, 2],
    [10, 1],
  ] as const) {
    for (const format of ['fmp4', 'ts'] as const) {
      const plan = planOf(source(600, num, den), { format, partSeconds: 60 })
      assert.ok(
        Math.abs((plan.gopFrames * den) / num - 2) < 0.1,
        `a key frame every ${plan.gopFrames} frames`,
      )
      assert.ok(plan.parts.length >= 9)
      for (const { from } of plan.parts) assert.equal(from % segmentFrames(plan), 0)
    }
  }
})

test('the smallest rung is made by itself, where somebody could watch it before the others are done', () => {
  const setsOf = (seconds: number, height: number) =>
    planOf(source(seconds, 25, 1, height), { format: 'fmp4' }).sets.map(({ name, rungs }) => [name, ...rungs])
  assert.deepEqual(setsOf(60, 1080), [
    ['first', '360p'],
    ['rest', '1080p', '720p', '480p'],
  ])
  assert.deepEqual(setsOf(60, 360), [['all', '360p']])
  assert.deepEqual(setsOf(5, 720), [['all', '720p', '480p', '360p']])
})
