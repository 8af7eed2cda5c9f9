import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languageName, languageOptions, minorUnits, money } from './course-words.ts'

test('a price reads in its own currency, and nothing is free', () => {
  assert.deepEqual([money(4900, 'EUR'), money(500, 'JPY'), money(0, 'EUR')], ['€49.00', '¥500', 'Free'])
  assert.deepEqual([minorUnits('EUR'), minorUnits('JPY'), minorUnits('KWD')], [100, 1, 1000])
})

test('a currency or language that nobody knows shows as it is', () => {
  assert.equal(money(250, 'E'), '2.5 E')
  assert.equal(languageName('not a tag'), 'not a tag')
})

test('languages are offered by name, that of the course among them', () => {
  const options = languageOptions('fi')
  assert.deepEqual(
    options.find(([tag]) => tag === 'fi'),
    ['fi', 'Finnish'],
  )
  assert.deepEqual(
    options.map(([, name]) => name),
    options.map(([, name]) => name).toSorted((a, b) => a.localeCompare(b)),
  )
})
