import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayOf, placeOfDay, unpackDays, type PackedDays } from './days.ts'
import { activeWithin, cohortsOf, type Student } from './rules.ts'

const at = (text: string) => new Date(`${text}T12:00:00Z`)
const daysAt = (...dates: string[]) => dates.map((date) => dayOf(at(date)))
let count = 0
const aStudent = (student: Partial<Student> = {}): Student => ({
  userId: String((count += 1)).padStart(24, '0'),
  enrolledAt: at('2026-03-02'),
  enrolled: true,
  completedLectures: 0,
  completedCourse: false,
  watchTimeMs: 0,
  lastActiveAt: null,
  activeDays: [],
  ...student,
})

test('a course without students has no cohorts', () => {
  assert.deepEqual(cohortsOf([], 4, at('2026-03-02')), [])
})

test('students are counted in the month in which they enrolled, oldest first, also those who have left', () => {
  const students = [
    aStudent({ enrolledAt: new Date('2026-04-01T00:00:00Z'), watchTimeMs: 1000, completedLectures: 1 }),
    aStudent({ enrolledAt: new Date('2026-03-31T23:59:59.999Z'), enrolled: false }),
    aStudent({ watchTimeMs: 90_500, completedLectures: 4, completedCourse: true }),
    aStudent({ completedLectures: 2, activeDays: daysAt('2026-04-07') }),
  ]
  const [march, april, ...more] = cohortsOf(students, 4, at('2026-04-08'))
  assert.deepEqual(more, [])
  assert.deepEqual(march, {
    month: '2026-03',
    students: 3,
    left: 1,
    activeLast7Days: 1,
    completed: 1,
    averageWatchTimeSeconds: 30.167,
    averageProgressPercent: 50,
    // Of the sixth week, which began for two on 6 April, one was active.
    retentionPercent: [0, 0, 0, 0, 0, 50],
  })
  assert.deepEqual(april?.retentionPercent, [0, 0])
  assert.deepEqual([april?.students, april?.averageProgressPercent], [1, 25])
})

test('a week begins on the weekday on which the student enrolled, and has seven days', () => {
  const of = (...dates: string[]) =>
    cohortsOf([aStudent({ activeDays: daysAt(...dates) })], 1, at('2026-03-22'))[0]?.retentionPercent
  assert.deepEqual(of(), [0, 0, 0])
  assert.deepEqual(of('2026-03-02'), [100, 0, 0])
  assert.deepEqual(of('2026-03-08'), [100, 0, 0])
  assert.deepEqual(of('2026-03-09', '2026-03-15'), [0, 100, 0])
  assert.deepEqual(of('2026-03-01', '2026-03-16'), [0, 0, 100])
})

test('a week counts only those for whom it has begun', () => {
  const early = aStudent({ activeDays: daysAt('2026-03-09') })
  const late = aStudent({ enrolledAt: at('2026-03-09'), activeDays: daysAt('2026-03-09') })
  assert.deepEqual(cohortsOf([early, late], 1, at('2026-03-15'))[0]?.retentionPercent, [50, 100])
  assert.deepEqual(cohortsOf([early, late], 1, at('2026-03-16'))[0]?.retentionPercent, [50, 50, 0])
})

test('today is one of the last seven days, and the day a week ago is not', () => {
  const active = (date: string) =>
    activeWithin(aStudent({ activeDays: daysAt(date) }), 7, dayOf(at('2026-03-20')))
  assert.deepEqual(['2026-03-20', '2026-03-14', '2026-03-13', '2026-03-21'].map(active), [1, 1, 0, 0])
})

test('whatever days are packed, in whatever pieces, the same come out in order', () => {
  const someDays = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 80 })
  fc.assert(
    fc.property(someDays, someDays, (some, others) => {
      const [packed, alsoPacked]: [PackedDays, PackedDays] = [{}, {}]
      // As $bit does it: in any order, and again.
      for (const [days, into] of [
        [some, packed],
        [[...others, ...others].reverse(), alsoPacked],
      ] as const)
        for (const { name, bits } of days.map(placeOfDay)) into[name] = (into[name] ?? 0) | bits
      const expected = [...new Set([...some, ...others])].sort((a, b) => a - b)
      assert.deepEqual(unpackDays(packed, alsoPacked), expected)
    }),
  )
})

test('what is counted of a cohort does not depend on how its students lie', () => {
  const student = fc.record({
    enrolledAt: fc.date({ min: at('2026-01-01'), max: at('2026-06-01'), noInvalidDate: true }),
    activeDays: fc.uniqueArray(fc.integer({ min: dayOf(at('2025-12-01')), max: dayOf(at('2026-07-01')) })),
    enrolled: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(student, { maxLength: 30 }), (some) => {
      const students = some.map(aStudent)
      const cohorts = cohortsOf(students, 3, at('2026-06-10'))
      assert.deepEqual(cohortsOf(students.toReversed(), 3, at('2026-06-10')), cohorts)
      assert.equal(
        cohorts.reduce((sum, cohort) => sum + cohort.students, 0),
        students.length,
      )
      assert.ok(cohorts.flatMap((cohort) => cohort.retentionPercent).every((share) => share <= 100))
    }),
  )
})
