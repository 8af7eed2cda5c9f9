import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseStaffChanged } from '@aetherlearn/contracts/course/events'
import { erasureDone, userErased, userUpdated } from '@aetherlearn/contracts/identity'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { rowsWith } from '@aetherlearn/testing/traces'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const owner = await fixture.knownPerson('instructor')

/** A course of one seat, and a student who has it and may see the draft of another course. */
async function life() {
  const { courseId, lectureIds } = await draftOf(owner)
  const params = { courseId }
  await makeReady(fixture, owner, lectureIds[0] ?? '')
  await owner.courses.changeCourse({ params, body: { seatLimit: 1 } })
  await owner.courses.publish({ params, body: {} })
  const student = await fixture.knownPerson('student')
  await student.courses.enroll({ params })
  const seen = { courseId: (await draftOf(owner)).courseId }
  await owner.courses.putPerson({ params: seen, body: { userId: student.id, role: 'viewer' } })
  return { params, seen, student }
}
const erase = (userId: string) => fixture.hear(userErased, { userId, at: new Date().toISOString() })

test('somebody who is erased is in no collection any more but as an id that is gone', async () => {
  const { student } = await life()
  assert.deepEqual(await rowsWith(fixture.mongo, student.id), {
    courses: 1,
    enrolments: 1,
    outbox: 1,
    people: 1,
  })
  await erase(student.id)
  assert.deepEqual(await rowsWith(fixture.mongo, student.id), { erasedUsers: 1 })
  assert.deepEqual(await rowsWith(fixture.mongo, student.email), {})
})

test('it is told of every row how many there were, without saying of whom', async () => {
  const [{ student }, caseId] = [await life(), newId()]
  await fixture.hear(userErased, { userId: student.id, at: new Date().toISOString(), caseId })
  const said = await fixture.left(erasureDone.name, 'caseId', caseId)
  assert.deepEqual(
    said.map(({ removed, remaining }) => [removed, remaining]),
    [[{ courses: 1, enrolments: 1, outbox: 1, people: 1 }, 0]],
  )
  assert.deepEqual(await rowsWith(fixture.mongo, student.id), { erasedUsers: 1 })
})

test('the seat is free, and who works on a course is told without them', async () => {
  const { params, seen, student } = await life()
  const another = await fixture.knownPerson('student')
  assert.equal((await refusal(another.courses.enroll({ params }))).code, 'COURSE_FULL')
  await erase(student.id)
  await another.courses.enroll({ params })
  assert.equal((await owner.courses.listPeople({ params: seen })).length, 1)
  const said = await fixture.left(courseStaffChanged.name, 'courseId', seen.courseId)
  assert.deepEqual(
    said.map(({ sequence }) => sequence),
    [1, 2],
  )
})

test('events that come late and access tokens that are still valid bring nothing back', async () => {
  const { params, student } = await life()
  await erase(student.id)
  const { id: userId, email, fullName } = student
  const at = new Date(Date.now() + 60_000).toISOString()
  await fixture.hear(userUpdated, { userId, email, fullName, role: 'student', at })
  assert.equal((await refusal(student.courses.enroll({ params }))).code, 'UNAUTHENTICATED')
  assert.equal((await refusal(student.courses.leave({ params }))).code, 'NOT_ENROLLED')
  const added = owner.courses.addStudent({ params, body: { userId } })
  assert.equal((await refusal(added)).code, 'USER_NOT_FOUND')
  await erase(userId)
  assert.deepEqual(await rowsWith(fixture.mongo, userId), { erasedUsers: 1 })
})

test('a process that dies behind its commit leaves the rest to the next round', async () => {
  const { student } = await life()
  const { event, sweepDue } = fixture.stores.erasure
  const at = new Date().toISOString()
  await transaction(fixture.mongo, (session) => event.handle({ userId: student.id, at }, session, ''))
  assert.notDeepEqual(await rowsWith(fixture.mongo, student.id), { erasedUsers: 1 })
  await sweepDue()
  assert.deepEqual(await rowsWith(fixture.mongo, student.id), { erasedUsers: 1 })
})
