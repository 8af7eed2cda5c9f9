import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, type Fixture } from '../fixture.ts'
import { createSchedule, momentOf, publishDue } from './schedule.ts'

const stores = await testStores()
const mint = await createTokenMint()
const fixture = await openFixture(stores, mint)
/** Another instance of the service over the same database. */
const second = await openFixture(stores, mint)
after(async () => {
  await fixture.close()
  await second.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const { courses } = instructor
const SOON = '2990-01-01T00:00:00.000Z'

/** One round of an instance whose clock shows `at`. */
const round = ({ stores: { publishing }, live }: Fixture, at = SOON) =>
  publishDue({
    schedule: createSchedule({ ...publishing, reviewRequired: false }),
    live,
    now: () => new Date(at),
  })
const outlineOf = async (params: { courseId: string }) => {
  const course = await courses.getCourse({ params })
  return 'role' in course ? course : assert.fail('the outline was expected')
}
/** What browsers were told by both instances: with which state the schedule of this course ended. */
const endingsOf = (courseId: string) =>
  [...fixture.said, ...second.said]
    .map((text) => JSON.parse(text))
    .filter(({ type, payload }) => type === 'course.schedule-ended' && payload.courseId === courseId)
    .map(({ userId, payload }) => [userId, payload.status])
const sentences = () => [...fixture.said, ...second.said].map((text) => String(JSON.parse(text).message))

async function scheduled(publishAt = SOON) {
  const draft = await draftOf(instructor)
  const params = { courseId: draft.courseId }
  await makeReady(fixture, instructor, draft.lectureIds[0] ?? '')
  await courses.schedule({ params, body: { publishAt } })
  return { ...draft, params }
}

test('a course is published when its moment has come, not before, as the draft is by then', async () => {
  const { params, sectionId } = await scheduled()
  assert.equal((await outlineOf(params)).publishAt, SOON)
  await round(fixture, '2989-12-31T23:59:59.999Z')
  assert.equal((await outlineOf(params)).status, 'draft')
  await courses.changeSection({ params: { sectionId }, body: { sectionTitle: 'Later' } })
  await round(fixture)
  const { status, publishAt, publishedVersion, hasUnpublishedChanges } = await outlineOf(params)
  assert.deepEqual(
    [status, publishAt, publishedVersion, hasUnpublishedChanges],
    ['live', undefined, 1, false],
  )
  const published = await courses.getPublished({ params })
  assert.equal(published.sections[0]?.sectionTitle, 'Later')
  const [version] = await courses.listVersions({ params })
  assert.equal(version?.publishedBy, instructor.id)
  await round(fixture)
  assert.equal((await courses.listVersions({ params })).length, 1)
})

test('two instances at the same moment publish each due course once', async () => {
  const due = [await scheduled(), await scheduled(), await scheduled()]
  await Promise.all([round(fixture), round(second), round(fixture), round(second)])
  for (const { params, courseId } of due) {
    assert.equal((await courses.listVersions({ params })).length, 1)
    assert.equal((await fixture.left('course.published', 'courseId', courseId)).length, 1)
    assert.deepEqual(endingsOf(courseId), [[instructor.id, 'live']])
  }
})

test('a course that cannot be published keeps its draft, and its outline says why until that is mended', async () => {
  const { params, courseId, lectureIds } = await scheduled()
  const [lectureId = ''] = lectureIds
  await courses.deleteLecture({ params: { lectureId } })
  const later = await scheduled()
  await Promise.all([round(fixture), round(second)])
  const { status, publishAt, scheduleFailure } = await outlineOf(params)
  assert.deepEqual([status, publishAt, scheduleFailure?.publishAt], ['draft', undefined, SOON])
  assert.match(scheduleFailure?.detail ?? '', /at least one lecture/)
  assert.deepEqual(endingsOf(courseId), [[instructor.id, 'draft']])
  assert.equal(sentences().filter((text) => /could not be published as planned/.test(text)).length, 1)
  // The others do not wait for it.
  assert.equal((await outlineOf(later.params)).status, 'live')
  await courses.schedule({ params, body: { publishAt: SOON } })
  assert.equal((await outlineOf(params)).scheduleFailure, undefined)
  await courses.unschedule({ params })
})

test('what a lecture lacks at its moment is named', async () => {
  const draft = await draftOf(instructor, ['Sets'])
  const params = { courseId: draft.courseId }
  await courses.schedule({ params, body: { publishAt: SOON } })
  await round(fixture)
  const { scheduleFailure } = await outlineOf(params)
  assert.deepEqual(scheduleFailure?.errors, [
    { field: draft.lectureIds[0], message: '“Sets” has no video or package yet' },
  ])
})

test('a schedule that was taken back or moved, or whose course was published or put away, does nothing', async () => {
  const [taken, moved, published, archived] = [
    await scheduled(),
    await scheduled(),
    await scheduled(),
    await scheduled(),
  ]
  await courses.unschedule({ params: taken.params })
  await courses.unschedule({ params: taken.params })
  await courses.schedule({ params: moved.params, body: { publishAt: '2995-01-01T00:00:00Z' } })
  await courses.publish({ params: published.params })
  await courses.publish({ params: archived.params })
  await courses.schedule({ params: archived.params, body: { publishAt: SOON } })
  await courses.changeStatus({ params: archived.params, body: { status: 'archived' } })
  await round(fixture)
  assert.equal((await outlineOf(taken.params)).status, 'draft')
  assert.equal((await outlineOf(moved.params)).status, 'draft')
  assert.equal((await courses.listVersions({ params: published.params })).length, 1)
  assert.equal((await outlineOf(archived.params)).status, 'archived')
})

test('a moment that is past, or on no calendar, is 400 by name', async () => {
  const { courseId } = await draftOf(instructor)
  for (const publishAt of [
    '2020-01-01T00:00:00Z',
    '2990-02-28T25:00:00Z',
    '2990-02-30T10:00:00Z',
    '2990-13-01T00:00:00Z',
    '2990-01-01',
    'soon',
    '',
  ]) {
    const problem = await refusal(courses.schedule({ params: { courseId }, body: { publishAt } }))
    assert.deepEqual([problem.status, problem.errors?.[0]?.field], [400, 'body.publishAt'], publishAt)
  }
  const moment = momentOf('2990-01-01T02:00:00+02:00', new Date())
  assert.equal(moment.toISOString(), SOON)
})
