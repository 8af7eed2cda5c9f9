import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { createOffers } from './offers.ts'
import { small } from './ladder.fixture.ts'

/** A clock and a database that tests move as they like; `reads` counts how often it was asked. */
function scene() {
  const state = { now: 0, away: false, isMade: true, reads: 0 }
  const video = { lectureId: newId(), uploadId: newId() }
  const laddersOf = async (uploadIds: string[]) => {
    state.reads += 1
    if (state.away) throw new Error('MongoDB is away')
    const ladder = { folder: 'a', renditions: [small] }
    return new Map(state.isMade ? uploadIds.map((id) => [id, ladder]) : [])
  }
  const captionsOf = async () => [{ language: 'de', label: 'Deutsch' }]
  const deps = { assets: { laddersOf }, captions: { captionsOf } }
  const offers = createOffers(deps, () => state.now)
  return { state, offer: () => offers.of(video) }
}

test('a class that begins at the same moment is one look at the database', async () => {
  const { state, offer } = scene()
  const found = await Promise.all(Array.from({ length: 100 }, offer))
  assert.equal(state.reads, 1)
  assert.ok(found.every(({ ladder, tracks }) => ladder?.folder === 'a' && tracks.length === 1))
})

test('what is made later is offered within two seconds', async () => {
  const { state, offer } = scene()
  state.isMade = false
  assert.equal((await offer()).ladder, undefined)
  state.isMade = true
  state.now = 2000
  assert.equal((await offer()).ladder?.folder, 'a')
})

test('while MongoDB is away, what was offered once is offered on, a stored playlist as well', async () => {
  for (const isMade of [true, false]) {
    const { state, offer } = scene()
    state.isMade = isMade
    const before = await offer()
    state.away = true
    state.now = 3600_000
    assert.deepEqual(await offer(), before)
  }
})
