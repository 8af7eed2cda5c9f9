import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OFF, captionsFor } from './caption-choice.ts'

test('captions are in the language that somebody would like, or in one that is near it', () => {
  const offered = ['de', 'en', 'pt-BR']
  assert.equal(captionsFor(offered, ['EN']), 'en')
  assert.equal(captionsFor(offered, ['pt-PT', 'de']), 'pt-BR')
  assert.equal(captionsFor(offered, ['fr', 'de-AT']), 'de')
  assert.equal(captionsFor(['en', 'en-GB'], ['en-GB']), 'en-GB')
})

test('somebody whose language is not there gets the first one, and nothing where there is none', () => {
  assert.equal(captionsFor(['de', 'en'], ['fr']), 'de')
  assert.equal(captionsFor([], ['fr']), OFF)
})
