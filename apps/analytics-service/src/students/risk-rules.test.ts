import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayOf } from './days.ts'
import { atRisk, riskRules } from './risk-rules.ts'
import type { Student } from './rules.ts'

const now = new Date('2026-06-30T12:00:00Z')
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000)
let count = 0
/** Enrolled a month ago, and comes every day. */
const aStudent = (student: Partial<Student> = {}): Student => ({
  userId: String((count += 1)).padStart(24, '0'),
  enrolledAt: ago(40),
  enrolled: true,
  completedLectures: 5,
  completedCourse: false,
  watchTimeMs: 60_000,
  lastActiveAt: now,
  activeDays: Array.from({ length: 40 }, (_, i) => dayOf(now) - i).reverse(),
  ...student,
})
const activeAgo = (...days: number[]) => ({
  activeDays: days.map((one) => dayOf(now) - one).reverse(),
  lastActiveAt: ago(Math.min(...days)),
})
const reasons = (student: Partial<Student>, others: Student[] = []) =>
  atRisk([aStudent(student), ...others], 10, now)[0]?.reasons ?? []
const rules = (student: Partial<Student>, others: Student[] = []) =>
  reasons(student, others).map(({ rule }) => rule)

test('who comes and keeps up is not at risk', () => {
  assert.deepEqual(atRisk([aStudent()], 10, now), [])
})

test('never started: nothing for a week after enrolling', () => {
  const nothing = { lastActiveAt: null, activeDays: [], completedLectures: 0, watchTimeMs: 0 }
  assert.deepEqual(rules({ ...nothing, enrolledAt: ago(6) }), [])
  assert.deepEqual(reasons({ ...nothing, enrolledAt: ago(7) }), [
    {
      rule: 'never-started',
      explanation: 'Enrolled 7 days ago and has not watched or completed anything yet.',
    },
  ])
})

test('inactive: away for two weeks', () => {
  assert.deepEqual(rules(activeAgo(13)), [])
  assert.deepEqual(reasons(activeAgo(14)), [
    { rule: 'inactive', explanation: 'Was last active 14 days ago.' },
  ])
})

test('behind: less than half of what the middle one of the same month has', () => {
  const class_ = (...completed: number[]) =>
    completed.map((completedLectures) => aStudent({ completedLectures }))
  assert.deepEqual(reasons({ completedLectures: 1 }, class_(6, 6, 4, 4)), [
    {
      rule: 'behind',
      explanation:
        'Has completed 10 % of the lectures, where half of those who enrolled in the same month have completed 40 % or more.',
    },
  ])
  assert.deepEqual(rules({ completedLectures: 2 }, class_(6, 6, 4, 4)), [], 'exactly half')
  assert.deepEqual(rules({ completedLectures: 0 }, class_(6, 6, 4)), [], 'four students are too few')
  const left = class_(9, 9, 9).map((student) => ({ ...student, enrolled: false }))
  assert.deepEqual(rules({ completedLectures: 0 }, [...class_(6), ...left]), [], 'who left is no measure')
  const fresh = { enrolledAt: ago(13) }
  const freshClass = class_(6, 6, 6, 6).map((student) => ({ ...student, ...fresh }))
  assert.deepEqual(rules({ ...fresh, completedLectures: 0 }, freshClass), [], 'enrolled for 13 days')
})

test('slowing down: half as many days as in the two weeks before', () => {
  assert.deepEqual(reasons(activeAgo(3, 14, 15, 20, 27)), [
    {
      rule: 'slowing-down',
      explanation: 'Was active on 1 day of the last 14, after 4 days of the 14 before.',
    },
  ])
  assert.deepEqual(rules(activeAgo(3, 4, 14, 15, 20, 27)), ['slowing-down'])
  assert.deepEqual(rules(activeAgo(3, 4, 13, 14, 15, 20, 27)), [], 'more than half')
  assert.deepEqual(rules(activeAgo(3, 14, 15, 20, 28)), [], 'three days before are too few')
})

test('who has completed the course or left it is not at risk', () => {
  const away = { ...activeAgo(30) }
  assert.deepEqual(rules({ ...away, completedCourse: true }), [])
  assert.deepEqual(rules({ ...away, enrolled: false }), [])
  assert.deepEqual(rules(away), ['inactive'])
})

test('most reasons come first, then who has been away for longest', () => {
  const others = [6, 6, 6, 6].map((completedLectures) => aStudent({ completedLectures }))
  const away = aStudent(activeAgo(20))
  const longer = aStudent(activeAgo(30))
  const both = aStudent({ ...activeAgo(15), completedLectures: 0 })
  const found = atRisk([away, ...others, longer, both], 10, now)
  assert.deepEqual(
    found.map(({ userId }) => userId),
    [both, longer, away].map(({ userId }) => userId),
  )
  assert.deepEqual(
    found[0]?.reasons.map(({ rule }) => rule),
    ['inactive', 'behind'],
  )
})

test('every rule stands in words beside the list', () => {
  assert.deepEqual(Object.keys(riskRules), ['never-started', 'inactive', 'behind', 'slowing-down'])
})
