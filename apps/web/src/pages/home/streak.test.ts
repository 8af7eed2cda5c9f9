import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freezeWords, streakWords } from './streak.ts'

const today = '2026-03-04'
const streak = { currentStreak: 5, lastActiveDate: '2026-03-03', freezeDays: 0 }

test('a streak says what keeps it going today', () => {
  assert.equal(streakWords(streak, today), 'Learn today to make it 6 days.')
  const learned = { ...streak, lastActiveDate: today }
  assert.equal(streakWords(learned, today), 'You have learned today. Come back tomorrow to make it 6 days.')
  const none = { ...streak, currentStreak: 0 }
  assert.equal(streakWords(none, today), 'Complete a lecture today to begin a streak.')
})

test('freeze days are explained, whether there are any or not', () => {
  assert.match(freezeWords({ freezeDays: 0 }), /earn a freeze day/)
  assert.match(freezeWords({ freezeDays: 1 }), /^Your freeze day saves/)
  assert.match(freezeWords({ freezeDays: 2 }), /^Your 2 freeze days save/)
})
