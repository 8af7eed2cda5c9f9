import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { userErased, userRegistered, userUpdated } from '@aetherlearn/contracts/identity'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'
import { dayOf } from './days.ts'
import { atRisk } from './risk-rules.ts'
import { cohortsOf } from './rules.ts'

const stores = await testStores()
const mint = await createTokenMint()
const now = Date.parse('2026-06-30T12:00:00Z')
const service = await openFixture(stores, mint.verifyToken, { now: () => now })
after(async () => {
  await service.close()
  await stores.close()
})
const at = (date: string) => `${date}T12:00:00.000Z`
const DAY_MS = 86_400_000
const ago = (days: number) => new Date(now - days * DAY_MS).toISOString()

async function aCourse() {
  const [courseId, creatorId, lectures] = [newId(), newId(), [newId(), newId(), newId(), newId()]]
  await service.publish({ courseId, creatorId, lectures })
  const as = async (role: 'student' | 'instructor' | 'admin', id?: string) =>
    clientOf(service.app, analyticsApi, await mint.tokenFor({ role, ...(id && { id }) }))
  const creator = await as('instructor', creatorId)
  const params = { courseId }
  const cohorts = async () => (await creator.getCohorts({ params })).cohorts
  const risk = (limit = 100) => creator.listStudentsAtRisk({ params, query: { limit } })
  return { courseId, creatorId, lectures, params, as, cohorts, risk }
}
type Course = Awaited<ReturnType<typeof aCourse>>

async function aStudent({ courseId }: Course, enrolledAt = at('2026-05-04')) {
  const userId = newId()
  await service.enrol({ courseId, userId, at: enrolledAt })
  const member = { courseId, userId }
  const completeLecture = (lectureId = '', when = at('2026-05-05')) =>
    service.hear(lectureCompleted, { ...member, lectureId, at: when })
  const completeCourse = (when = at('2026-05-06')) => service.hear(courseCompleted, { ...member, at: when })
  const register = (fullName: string, when = at('2026-05-01'), event: typeof userUpdated = userRegistered) =>
    service.hear(event, { userId, email: 'a@example.org', fullName, role: 'student', at: when })
  /** As a flush does. */
  const watch = (ms: number, when: string) => {
    const lastActiveAt = new Date(when)
    const batch = {
      courseId,
      students: [{ userId, watchTimeMs: ms, lastActiveAt, days: [dayOf(lastActiveAt)] }],
    }
    return transaction(service.mongo, (session) => service.activity.add([batch], session))
  }
  return { ...member, completeLecture, completeCourse, register, watch }
}

test('cohorts show what the students of a month have watched and completed', async () => {
  const course = await aCourse()
  const [ana, ben] = [await aStudent(course), await aStudent(course)]
  await aStudent(course, at('2026-06-29'))
  await ana.completeLecture(course.lectures[0])
  await ana.completeLecture(course.lectures[1])
  await ana.completeLecture(course.lectures[1])
  await ana.watch(30_000, at('2026-05-12'))
  await ana.watch(31_000, at('2026-06-28'))
  await ben.completeCourse()
  await service.leave({ ...ben, at: at('2026-06-01') })
  const [may, june] = await course.cohorts()
  assert.deepEqual(may, {
    month: '2026-05',
    students: 2,
    left: 1,
    activeLast7Days: 1,
    completed: 1,
    averageWatchTimeSeconds: 30.5,
    averageProgressPercent: 25,
    retentionPercent: [50, 50, 0, 0, 0, 0, 0, 50, 0],
  })
  assert.deepEqual([june?.month, june?.students, june?.retentionPercent], ['2026-06', 1, [0]])
})

test('students at risk are listed by their names, with the reasons in sentences', async () => {
  const course = await aCourse()
  const [away, never] = [await aStudent(course, ago(60)), await aStudent(course, ago(20))]
  await away.register('Ana Away')
  await away.watch(12_345, ago(15))
  await away.completeLecture(course.lectures[0], ago(16))
  const keen = await aStudent(course, ago(20))
  await keen.watch(1000, ago(0))
  const found = await course.risk()
  assert.deepEqual(found.students, [
    {
      userId: never.userId,
      enrolledAt: ago(20),
      lastActiveAt: null,
      progressPercent: 0,
      watchTimeSeconds: 0,
      reasons: [
        {
          rule: 'never-started',
          explanation: 'Enrolled 20 days ago and has not watched or completed anything yet.',
        },
      ],
    },
    {
      userId: away.userId,
      fullName: 'Ana Away',
      enrolledAt: ago(60),
      lastActiveAt: ago(15),
      progressPercent: 25,
      watchTimeSeconds: 12.345,
      reasons: [{ rule: 'inactive', explanation: 'Was last active 15 days ago.' }],
    },
  ])
  assert.deepEqual([found.total, found.enrolled], [2, 3])
  assert.match(found.rules['inactive'] ?? '', /14 days/)
  const first = await course.risk(1)
  assert.deepEqual([first.students.length, first.total], [1, 2])
})

test('a completion is activity, also where nothing was watched', async () => {
  const course = await aCourse()
  const student = await aStudent(course, ago(60))
  await student.completeLecture(course.lectures[0], ago(3))
  assert.deepEqual((await course.risk()).students, [])
  assert.equal((await course.cohorts())[0]?.activeLast7Days, 1)
})

test('only who works on the course sees its students', async () => {
  const { params, as, courseId, creatorId } = await aCourse()
  const viewer = newId()
  await service.changeStaff({ courseId, staffIds: [viewer], sequence: 1 })
  const expected = new Map([
    [await as('student'), 'FORBIDDEN'],
    [await as('instructor'), 'FORBIDDEN'],
    [await as('instructor', viewer), 'seen'],
    [await as('instructor', creatorId), 'seen'],
    [await as('admin'), 'seen'],
  ])
  for (const [client, answer] of expected)
    for (const look of [
      () => client.getCohorts({ params }),
      () => client.listStudentsAtRisk({ params, query: { limit: 1 } }),
    ])
      assert.equal(answer === 'seen' ? (await look(), answer) : (await refusal(look())).code, answer)
  const unknown = { params: { courseId: newId() } }
  const admin = await as('admin')
  assert.equal((await refusal(admin.getCohorts(unknown))).code, 'COURSE_NOT_FOUND')
})

test('events in any order come to the same', async () => {
  const course = await aCourse()
  const userId = newId()
  const member = { courseId: course.courseId, userId }
  await service.hear(courseCompleted, { ...member, at: at('2026-06-03') })
  await service.hear(lectureCompleted, {
    ...member,
    lectureId: course.lectures[0] ?? '',
    at: at('2026-06-02'),
  })
  assert.deepEqual(await course.cohorts(), [], 'not enrolled, as far as is known')
  // Joined in May, left, joined again in June: the last that happened is the first that is heard.
  await service.enrol({ ...member, sequence: 3, at: at('2026-06-01') })
  await service.enrol({ ...member, sequence: 1, at: at('2026-05-04') })
  await service.leave({ ...member, sequence: 2, at: at('2026-05-20') })
  const [cohort] = await course.cohorts()
  assert.deepEqual(
    [cohort?.month, cohort?.students, cohort?.left, cohort?.completed, cohort?.averageProgressPercent],
    ['2026-05', 1, 0, 1, 25],
  )
})

test('a lecture that the course no longer has counts for nobody, and counts again when it is back', async () => {
  const course = await aCourse()
  const { courseId, creatorId } = course
  const [first = '', second = '', ...others] = course.lectures
  const student = await aStudent(course)
  await student.completeLecture(first)
  await student.completeLecture(second)
  const progress = async () => (await course.cohorts())[0]?.averageProgressPercent
  assert.equal(await progress(), 50)
  await service.publish({ courseId, creatorId, version: 3, lectures: [second, ...others] })
  assert.equal(await progress(), 33.3)
  await service.publish({ courseId, creatorId, version: 4, lectures: [first, second, ...others] })
  assert.equal(await progress(), 50)
  // Comes late; all that it says is that there was such a lecture.
  const passing = newId()
  await service.publish({ courseId, creatorId, version: 2, lectures: [passing] })
  await student.completeLecture(passing)
  assert.equal(await progress(), 50)
})

test('a name is the latest that was said, in whatever order', async () => {
  const course = await aCourse()
  const student = await aStudent(course, ago(60))
  await student.register('Ana New', at('2026-05-03'), userUpdated)
  await student.register('Ana Old', at('2026-05-01'))
  assert.equal((await course.risk()).students[0]?.fullName, 'Ana New')
})

test('of a removed course no student is left, and none comes back', async () => {
  const course = await aCourse()
  const student = await aStudent(course)
  const rows = () => service.mongo.collection('students').countDocuments({})
  const before = await rows()
  await service.hear(courseDeleted, { courseId: course.courseId, version: 9 })
  assert.equal(await rows(), before - 1)
  await student.completeLecture(course.lectures[0])
  await student.completeCourse()
  await aStudent(course)
  assert.equal(await rows(), before - 1)
})

test('who is erased is in no cohort and on no list, whatever comes late', async () => {
  const course = await aCourse()
  const student = await aStudent(course, ago(60))
  await student.register('Ana Gone')
  assert.equal((await course.risk()).total, 1)
  await service.hear(userErased, { userId: student.userId, at: at('2026-06-30') })
  await student.watch(1000, ago(0))
  await student.completeLecture(course.lectures[0])
  await student.register('Ana Gone', at('2026-06-30'))
  await service.enrol({ ...student, sequence: 5, at: ago(0) })
  assert.deepEqual(await course.cohorts(), [])
  assert.deepEqual(await service.names.among([student.userId]), new Map())
})

test('of ten thousand students each is counted once', async (t) => {
  const course = await aCourse()
  const { lectures } = course
  const students = 10_000
  const users = Array.from({ length: students }, newId)
  const courseId = new Types.ObjectId(course.courseId)
  const today = dayOf(now)
  const some = <T>(values: T[], i: number) => values.filter((_, place) => (i >> place) % 2 === 1)
  // Not all in one write, which a busy machine may not do in the time that a connection waits.
  const insert = async (name: string, rows: object[]) => {
    for (let i = 0; i < rows.length; i += 1000)
      await service.mongo.collection(name).insertMany(rows.slice(i, i + 1000))
  }
  await insert(
    'students',
    users.map((userId, i) => ({
      courseId,
      userId: new Types.ObjectId(userId),
      sequence: 1,
      active: true,
      enrolledAt: new Date(ago(i % 365)),
      completedLectures: some(lectures, i).map((lectureId) => new Types.ObjectId(lectureId)),
    })),
  )
  const days = { [String(Math.floor(today / 30) - 1)]: 0x3fff_ffff, [String(Math.floor(today / 30))]: 1 }
  await insert(
    'studentActivity',
    users.map((userId) => ({
      courseId,
      userId: new Types.ObjectId(userId),
      watchTimeMs: 1000,
      lastActiveAt: new Date(ago(1)),
      days,
    })),
  )
  const start = performance.now()
  // As the routes do, without their limit of time, which a busy machine may well miss.
  const found = await service.students.ofCourse(course.courseId)
  const cohorts = cohortsOf(found.students, found.lectures, new Date(now))
  const risk = atRisk(found.students, found.lectures, new Date(now))
  t.diagnostic(`${risk.length} at risk of ${students}: ${Math.round(performance.now() - start)} ms`)
  assert.equal(
    cohorts.reduce((sum, cohort) => sum + cohort.students, 0),
    students,
  )
  assert.equal(found.students.filter(({ enrolled }) => enrolled).length, students)
  assert.equal(new Set(found.students.map(({ userId }) => userId)).size, students)
})
