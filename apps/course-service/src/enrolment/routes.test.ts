import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { retry } from '@aetherlearn/sdk/retry'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')

async function liveCourse() {
  const draft = await draftOf(instructor)
  await makeReady(fixture, instructor, draft.lectureIds[0] ?? '')
  await instructor.courses.publish({ params: { courseId: draft.courseId } })
  return draft
}

test('enrolling answers 201 once and 200 after that; the listeners are told once', async () => {
  const { courseId } = await liveCourse()
  const student = await fixture.person('student')
  const enrol = () =>
    rawCall(fixture.app, { method: 'POST', url: `/api/v1/course/${courseId}/enroll`, token: student.token })
  const answers = [await enrol(), await enrol(), await enrol()]
  assert.deepEqual(
    answers.map(({ statusCode }) => statusCode),
    [201, 200, 200],
  )
  const enrolment = answers[0]?.json()
  assert.deepEqual([enrolment.courseId, enrolment.userId], [courseId, student.id])
  assert.deepEqual(answers[2]?.json(), enrolment)
  assert.equal((await fixture.left('enrolment.created', 'userId', student.id)).length, 1)
})

test('twenty enrolments of one student at once make one', async () => {
  const { courseId } = await liveCourse()
  const { courses, id } = await fixture.person('student')
  // They wait for one another: on a busy machine some are told to come again.
  const enrol = () => retry(() => courses.enroll({ params: { courseId } }))
  await Promise.all(Array.from({ length: 20 }, enrol))
  assert.equal((await fixture.left('enrolment.created', 'userId', id)).length, 1)
})

test('a draft cannot be enrolled in, and does not exist for a student', async () => {
  const { courseId } = await draftOf(instructor)
  const { courses } = await fixture.person('student')
  assert.equal((await refusal(courses.enroll({ params: { courseId } }))).code, 'COURSE_NOT_FOUND')
})

test('an enrolled student reads the snapshot, not the draft', async () => {
  const { courseId, sectionId, lectureIds } = await liveCourse()
  const { courses } = await fixture.person('student')
  const params = { courseId }
  assert.equal((await refusal(courses.getCourse({ params }))).code, 'NOT_ENROLLED')
  await courses.enroll({ params })
  const add = { params: { sectionId }, body: { lectureTitle: 'later' } }
  const later = await instructor.courses.addLecture(add)
  const course = await courses.getCourse({ params })
  assert.equal(course.totalLectures, 1)
  assert.equal('status' in course, false)
  assert.equal((await courses.getLecture({ params: { lectureId: lectureIds[0] ?? '' } })).status, 'READY')
  assert.equal(
    (await refusal(courses.getLecture({ params: { lectureId: later._id } }))).code,
    'LECTURE_NOT_FOUND',
  )
})

test('leaving ends the enrolment, and the sequence grows with every change', async () => {
  const { courseId } = await liveCourse()
  const { courses, id } = await fixture.person('student')
  const params = { courseId }
  await courses.enroll({ params })
  await courses.leave({ params })
  assert.equal((await refusal(courses.leave({ params }))).code, 'NOT_ENROLLED')
  assert.deepEqual(await courses.listEnrolled(), [])
  await courses.enroll({ params })
  const facts = [
    ...(await fixture.left('enrolment.created', 'userId', id)),
    ...(await fixture.left('enrolment.ended', 'userId', id)),
  ]
  assert.deepEqual(facts.map(({ sequence }) => sequence).sort(), [1, 2, 3])
})

test('enrolled courses are listed latest first, and a withdrawn one stays with its students', async () => {
  const [first, second] = [await liveCourse(), await liveCourse()]
  const { courses } = await fixture.person('student')
  await courses.enroll({ params: { courseId: first.courseId } })
  await courses.enroll({ params: { courseId: second.courseId } })
  await instructor.courses.unpublish({ params: { courseId: first.courseId } })
  const ids = (await courses.listEnrolled()).map(({ _id }) => _id)
  assert.deepEqual(ids, [second.courseId, first.courseId])
  assert.equal((await courses.getCourse({ params: { courseId: first.courseId } })).totalLectures, 1)
  const late = await fixture.person('student')
  const enrol = late.courses.enroll({ params: { courseId: first.courseId } })
  assert.equal((await refusal(enrol)).code, 'COURSE_NOT_FOUND')
})
