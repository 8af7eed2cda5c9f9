import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constantRate } from './frame-rate.ts'
import type { Rational } from './probe.ts'

const rate = (text: string): Rational | undefined => {
  const [num = 0, den = 0] = text.split('/').map(Number)
  return num > 0 && den > 0 ? { num, den } : undefined
}
const chosen = (fits: string, average: string) => {
  const { num, den } = constantRate(rate(fits), rate(average))
  return `${num}/${den}`
}

test('a constant rate is kept as it is', () => {
  for (const text of [
    '24000/1001',
    '25/1',
    '30000/1001',
    '30/1',
    '50/1',
    '60000/1001',
    '60/1',
    '10/1',
    '18/1',
  ]) {
    assert.equal(chosen(text, text), text)
  }
  assert.equal(chosen('30/1', '2970/100'), '30/1', 'a camera left out a frame now and then')
  assert.equal(chosen('19001/317', '59.94/1'), '60000/1001', 'times were rounded to milliseconds')
})

test('a rate above 60 is halved, so that no frame is shown for longer than others', () => {
  assert.equal(chosen('120/1', '120/1'), '120/2')
  assert.equal(chosen('120000/1001', '120000/1001'), '120000/2002')
  assert.equal(chosen('144/1', '144/1'), '144/4')
  assert.equal(chosen('240/1', '240/1'), '240/4')
})

test('a slide show gets frames enough to seek on', () => {
  assert.equal(chosen('1/1', '1/1'), '8/1')
  assert.equal(chosen('1/10', '1/10'), '64/10')
})

test('a variable rate becomes the lowest usual one that is not below its average', () => {
  assert.equal(chosen('90000/1', '2997/100'), '30000/1001')
  assert.equal(chosen('1000/1', '14/1'), '15/1')
  assert.equal(chosen('60/1', '2184/100'), '24000/1001')
  assert.equal(chosen('120/1', '75/1'), '60/1')
  assert.equal(chosen('600/1', '3/1'), '10/1')
  assert.equal(chosen('50/1', '25/1'), '25/1', 'a rate of fields')
})

test('a source that says nothing sensible of its rate gets 25', () => {
  assert.equal(chosen('0/0', '0/0'), '25/1')
  assert.equal(chosen('90000/1', '0/0'), '25/1')
  assert.equal(chosen('30/1', '0/0'), '30/1')
})
