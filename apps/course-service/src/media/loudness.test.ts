import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loudnessFor } from './loudness.ts'

const adviceAt = (integratedLufs: number, truePeakDbtp = -3) =>
  loudnessFor({ integratedLufs, rangeLu: 5, truePeakDbtp }).advice

test('sound that students hear well is passed without a word', () => {
  for (const lufs of [-24, -23, -16, -9]) assert.equal(adviceAt(lufs), undefined)
  assert.equal(adviceAt(-16, 0), undefined)
  const measured = { integratedLufs: -16, rangeLu: 5, truePeakDbtp: -1 }
  assert.deepEqual(loudnessFor(measured), measured)
})

test('silent, quiet, loud and distorted sound each has its own advice', () => {
  assert.match(adviceAt(-70) ?? '', /silent/)
  assert.match(adviceAt(-60) ?? '', /silent/)
  assert.match(adviceAt(-59.9) ?? '', /quiet \(−60 LUFS/)
  assert.match(adviceAt(-24.1) ?? '', /quiet/)
  assert.match(adviceAt(-8.9) ?? '', /very loud/)
  assert.match(adviceAt(-16, 0.1) ?? '', /distorted/)
  assert.match(adviceAt(-5, 3) ?? '', /very loud/)
})
