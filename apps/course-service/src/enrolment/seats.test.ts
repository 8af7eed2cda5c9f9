import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { ALLOWED_SECONDS } from '../media/file-routes.ts'
import { createSeats, SEAT_SECONDS } from './seats.ts'
import { placeKey, type EnrolmentPlace } from './store.ts'

/** A clock and an enrolment store that tests move as they like. */
function scene() {
  const place: EnrolmentPlace = { courseId: newId(), userId: newId() }
  const state = { now: 0, enrolled: true, away: false }
  const activeAmong = async (places: EnrolmentPlace[]) => {
    if (state.away) throw new Error('MongoDB is away')
    return new Map(state.enrolled ? places.map((one) => [placeKey(one), one]) : [])
  }
  const seats = createSeats({ activeAmong }, () => state.now)
  return { state, isTaken: () => seats.isTaken(place) }
}

test('who left by another instance has no place here within a minute, an edge before us included', async () => {
  const { state, isTaken } = scene()
  assert.equal(await isTaken(), true)
  state.enrolled = false
  // A player that was silent all the time: nothing was looked up in between.
  state.now = SEAT_SECONDS * 1000
  assert.equal(await isTaken(), false)
  assert.ok(SEAT_SECONDS + ALLOWED_SECONDS < 60)
})

test('while MongoDB is away whoever had a place keeps it', async () => {
  const { state, isTaken } = scene()
  assert.equal(await isTaken(), true)
  state.away = true
  state.now = 3600_000
  assert.equal(await isTaken(), true)
  state.away = false
  state.enrolled = false
  state.now += SEAT_SECONDS * 1000
  assert.equal(await isTaken(), false)
})
