import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ApiError } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, type Person } from '../fixture.ts'
import { enrolmentModel } from './store.ts'

const stores = await testStores()
const mint = await createTokenMint()
/** Two instances over one database. */
const [one, two] = [await openFixture(stores, mint), await openFixture(stores, mint)]
after(async () => {
  await one.close()
  await two.close()
  await stores.close()
})
const instructor = await one.person('instructor')
const Enrolments = enrolmentModel(one.mongo)
const seatsTaken = (courseId: string) => Enrolments.countDocuments({ courseId, active: true })

async function liveCourse(seatLimit: number | null = null) {
  const { courseId, lectureIds } = await draftOf(instructor)
  const params = { courseId }
  await makeReady(one, instructor, lectureIds[0] ?? '')
  await instructor.courses.changeCourse({ params, body: { seatLimit } })
  await instructor.courses.publish({ params, body: {} })
  return params
}
const codeOf = async (call: Promise<unknown>) =>
  call.then(
    () => 'SEATED',
    (error: unknown) => (error instanceof ApiError ? error.code : Promise.reject(error)),
  )
async function tally(codes: Promise<string>[]) {
  const counts: Record<string, number> = {}
  for (const code of await Promise.all(codes)) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
const people = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, n) => (n % 2 === 0 ? one : two).person('student')))

test('of 500 who enrol at once through two instances, as many as there are seats get one, the others are told', async () => {
  const params = await liveCourse(137)
  const students = await people(500)
  const codes = await tally(students.map(({ courses }) => codeOf(retry(() => courses.enroll({ params })))))
  assert.deepEqual(codes, { SEATED: 137, COURSE_FULL: 363 })
  assert.equal(await seatsTaken(params.courseId), 137)
  assert.equal((await one.left('enrolment.created', 'courseId', params.courseId)).length, 137)
})

test('without a limit all of 200 who enrol at once are in', async () => {
  const params = await liveCourse()
  const students = await people(200)
  const codes = await tally(students.map(({ courses }) => codeOf(retry(() => courses.enroll({ params })))))
  assert.deepEqual(codes, { SEATED: 200 })
  assert.equal(await seatsTaken(params.courseId), 200)
})

test('who has a seat keeps it when the limit falls below; a seat that gets free goes to the next', async () => {
  const params = await liveCourse(2)
  const [ana, ben, eve] = (await people(3)) as [Person, Person, Person]
  await ana.courses.enroll({ params })
  await ben.courses.enroll({ params })
  assert.equal(await codeOf(eve.courses.enroll({ params })), 'COURSE_FULL')
  await instructor.courses.changeCourse({ params, body: { seatLimit: 1 } })
  await ana.courses.enroll({ params })
  await ana.courses.leave({ params })
  assert.equal(await codeOf(eve.courses.enroll({ params })), 'COURSE_FULL')
  await ben.courses.leave({ params })
  assert.equal(await codeOf(eve.courses.enroll({ params })), 'SEATED')
})

test('seats that are taken and left by many at once are never more than there are', async () => {
  const params = await liveCourse(5)
  const students = await people(30)
  const rush = students.map(async ({ courses }) => {
    // On a busy machine some are told to come again, and may have had their seat, or have left it, all the same.
    if ((await codeOf(retry(() => courses.enroll({ params })))) !== 'SEATED') return
    assert.ok((await seatsTaken(params.courseId)) <= 5)
    const left = await codeOf(retry(() => courses.leave({ params })))
    assert.ok(left === 'SEATED' || left === 'NOT_ENROLLED', left)
  })
  await Promise.all(rush)
  assert.equal(await seatsTaken(params.courseId), 0)
})

test('a course that is withdrawn while people enrol takes nobody after that', async () => {
  const params = await liveCourse()
  const students = await people(40)
  const rush = students.map(async ({ courses }) => codeOf(courses.enroll({ params })))
  await retry(() => instructor.courses.unpublish({ params }))
  const taken = await seatsTaken(params.courseId)
  // Who is told that there was no time, on a busy machine, may have a seat all the same.
  const { SEATED = 0, COURSE_NOT_FOUND = 0, UNAVAILABLE = 0 } = await tally(rush)
  assert.equal(SEATED + COURSE_NOT_FOUND + UNAVAILABLE, 40)
  assert.ok(SEATED <= taken && taken <= SEATED + UNAVAILABLE, `${SEATED} seated of ${taken}`)
  assert.equal(await seatsTaken(params.courseId), taken)
})

test('students are listed with their names, in pages, the latest to join first', async () => {
  const params = await liveCourse()
  const joined = []
  for (let n = 0; n < 5; n += 1) {
    const student = await one.knownPerson('student')
    await student.courses.enroll({ params })
    joined.unshift(student)
  }
  const { courses } = instructor
  const first = await courses.listStudents({ params, query: { limit: 3 } })
  const cursor = first.nextCursor ?? assert.fail('there is another page')
  const second = await courses.listStudents({ params, query: { limit: 3, cursor } })
  assert.equal('nextCursor' in second, false)
  assert.deepEqual(
    [...first.students, ...second.students].map(({ userId, fullName, email }) => [userId, fullName, email]),
    joined.map(({ id, fullName, email }) => [id, fullName, email]),
  )
})

test('who looks after the students adds them by id or address and takes them out again, within the limit', async () => {
  const params = await liveCourse(2)
  const [ana, ben, eve] = [
    await one.knownPerson('student'),
    await one.knownPerson('student'),
    await one.knownPerson('student'),
  ]
  const { courses } = instructor
  const added = await courses.addStudent({ params, body: { email: ana.email } })
  assert.deepEqual([added.userId, added.fullName], [ana.id, ana.fullName])
  assert.deepEqual(await courses.addStudent({ params, body: { userId: ana.id } }), added)
  assert.equal((await ana.courses.getCourse({ params }))._id, params.courseId)
  await courses.addStudent({ params, body: { userId: ben.id } })
  assert.equal(await codeOf(courses.addStudent({ params, body: { userId: eve.id } })), 'COURSE_FULL')
  await courses.removeStudent({ params: { ...params, userId: ana.id } })
  assert.equal(await codeOf(ana.courses.getCourse({ params })), 'NOT_ENROLLED')
  const again = courses.removeStudent({ params: { ...params, userId: ana.id } })
  assert.equal((await refusal(again)).code, 'USER_NOT_FOUND')
  await courses.addStudent({ params, body: { userId: ana.id } })
  const facts = [
    ...(await one.left('enrolment.created', 'userId', ana.id)),
    ...(await one.left('enrolment.ended', 'userId', ana.id)),
  ]
  assert.deepEqual(facts.map(({ sequence }) => sequence).sort(), [1, 2, 3])
  assert.equal(await codeOf(courses.addStudent({ params, body: { userId: newId() } })), 'USER_NOT_FOUND')
  assert.equal(await codeOf(courses.addStudent({ params, body: {} })), 'INVALID_INPUT')
})

test('students are looked after by the owner, editors and assistants; others learn no more than strangers', async () => {
  const params = await liveCourse()
  const student = await one.knownPerson('student')
  const who = {
    editor: await one.person('instructor'),
    assistant: await one.person('instructor'),
    viewer: await one.person('instructor'),
    stranger: await one.person('instructor'),
  }
  const named = (['editor', 'assistant', 'viewer'] as const).map((role) => ({ userId: who[role].id, role }))
  await one.stores.models.Courses.updateOne({ _id: params.courseId }, { $set: { people: named } })
  const all = async ({ courses }: Person) => [
    await codeOf(courses.listStudents({ params })),
    await codeOf(courses.addStudent({ params, body: { userId: student.id } })),
    await codeOf(courses.removeStudent({ params: { ...params, userId: student.id } })),
  ]
  assert.deepEqual(await all(who.editor), ['SEATED', 'SEATED', 'SEATED'])
  assert.deepEqual(await all(who.assistant), ['SEATED', 'SEATED', 'SEATED'])
  assert.deepEqual(await all(who.viewer), ['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'])
  assert.deepEqual(await all(who.stranger), ['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'])
  await instructor.courses.unpublish({ params })
  const absent = 'COURSE_NOT_FOUND'
  assert.deepEqual(await all(who.stranger), [absent, absent, absent])
  const add = instructor.courses.addStudent({ params, body: { userId: student.id } })
  assert.equal(await codeOf(add), 'COURSE_NOT_OPEN')
})
