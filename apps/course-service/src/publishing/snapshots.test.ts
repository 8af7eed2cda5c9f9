import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { defaultCompletion } from '@aetherlearn/contracts/course/completion'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, mediaSecret, openFixture, uploadTiny, type Person } from '../fixture.ts'
import { readGrant } from '../media/grant.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const student = await fixture.person('student')
const snapshots = fixture.mongo.collection('snapshots')

/** Live, with the student in it. */
async function liveCourse(titles = ['Sets', 'Unions']) {
  const draft = await draftOf(instructor, titles)
  const folders = []
  for (const id of draft.lectureIds) folders.push((await makeReady(fixture, instructor, id)).folder)
  const params = { courseId: draft.courseId }
  const published = await instructor.courses.publish({ params })
  await student.courses.enroll({ params })
  return { ...draft, params, folders, published }
}
const folderFor = async ({ courses }: Person, lectureId: string) => {
  const { hlsUrl } = await courses.getPlayback({ params: { lectureId } })
  return readGrant(hlsUrl.split('/')[4] ?? '', mediaSecret, Date.now()).folder
}
const outline = async (params: { courseId: string }) => {
  const course = await instructor.courses.getCourse({ params })
  if (!('role' in course)) throw new Error('the outline was expected')
  return course
}

test('a new video shows to its people at once, to students with the next publish', async () => {
  const { params, lectureIds, folders } = await liveCourse()
  const [lectureId = ''] = lectureIds
  await uploadTiny(instructor, lectureId)
  assert.equal(await folderFor(student, lectureId), folders[0])
  const { folder } = await makeReady(fixture, instructor, lectureId)
  assert.notEqual(folder, folders[0])
  assert.equal(await folderFor(student, lectureId), folders[0])
  assert.equal(await folderFor(instructor, lectureId), folder)
  await instructor.courses.publish({ params })
  assert.equal(await folderFor(student, lectureId), folder)
})

test('a lecture that is renamed or deleted in the draft stays as it was for students', async () => {
  const { params, lectureIds, folders, sectionId } = await liveCourse()
  const [first = '', second = ''] = lectureIds
  await instructor.courses.changeLecture({ params: { lectureId: first }, body: { lectureTitle: 'Other' } })
  await instructor.courses.deleteLecture({ params: { lectureId: second } })
  const read = (lectureId: string) => student.courses.getLecture({ params: { lectureId } })
  assert.equal((await read(first)).lectureTitle, 'Sets')
  assert.deepEqual(await read(second), {
    _id: second,
    courseId: params.courseId,
    sectionId,
    lectureTitle: 'Unions',
    status: 'READY',
    durationSeconds: 60,
    isPlayable: true,
    revision: 0,
  })
  assert.equal(await folderFor(student, second), folders[1])
  const gone = await refusal(instructor.courses.getPlayback({ params: { lectureId: second } }))
  assert.equal(gone.code, 'LECTURE_NOT_FOUND')
  const stranger = await fixture.person('student')
  const unknown = await refusal(stranger.courses.getPlayback({ params: { lectureId: second } }))
  assert.equal(unknown.code, 'NOT_ENROLLED')
  await instructor.courses.deleteSection({ params: { sectionId } })
  assert.equal(await folderFor(student, first), folders[0])
})

test('with the next publish a deleted lecture is gone for students as well', async () => {
  const { params, lectureIds } = await liveCourse()
  const [, second = ''] = lectureIds
  await instructor.courses.deleteLecture({ params: { lectureId: second } })
  await instructor.courses.publish({ params })
  const refused = await refusal(student.courses.getPlayback({ params: { lectureId: second } }))
  assert.equal(refused.code, 'LECTURE_NOT_FOUND')
})

test('a snapshot from before videos were frozen plays the video of the draft', async () => {
  const { params, courseId, lectureIds, published } = await liveCourse()
  const $unset = { lectures: 1, digest: 1, publishedBy: 1 }
  await snapshots.updateOne({ courseId }, { $unset })
  const { folder } = await makeReady(fixture, instructor, lectureIds[0] ?? '')
  assert.equal(await folderFor(student, lectureIds[0] ?? ''), folder)
  const [version] = await instructor.courses.listVersions({ params })
  assert.equal(version?.publishedBy, instructor.id)
  const again = await instructor.courses.rollback({ params, body: { version: 1 } })
  assert.deepEqual(again.sections, published.sections)
  assert.equal(await folderFor(student, lectureIds[0] ?? ''), folder)
  assert.deepEqual((await instructor.courses.getDiff({ params })).replaced, [])
  assert.equal((await outline(params)).hasUnpublishedChanges, true)
})

test('versions are listed newest first with who published them and why', async () => {
  const { params, sectionId, published } = await liveCourse()
  await instructor.courses.changeSection({ params: { sectionId }, body: { sectionTitle: 'Two' } })
  const admin = await fixture.person('admin')
  await admin.courses.publish({ params, body: { note: 'a better title' } })
  const versions = await instructor.courses.listVersions({ params })
  assert.deepEqual(
    versions.map(({ version, publishedBy, note, totalLectures }) => [
      version,
      publishedBy,
      note,
      totalLectures,
    ]),
    [
      [2, admin.id, 'a better title', 2],
      [1, instructor.id, undefined, 2],
    ],
  )
  assert.deepEqual(await instructor.courses.getVersion({ params: { ...params, version: 1 } }), published)
  const none = await refusal(instructor.courses.getVersion({ params: { ...params, version: 9 } }))
  assert.equal(none.code, 'VERSION_NOT_FOUND')
})

test('what was published once and what changed since is for the people of the course alone', async () => {
  const { params } = await liveCourse()
  const version = { params: { ...params, version: 1 } }
  const hidden = await draftOf(instructor)
  for (const { courses } of [student, await fixture.person('instructor')]) {
    for (const call of [
      () => courses.listVersions({ params }),
      () => courses.getVersion(version),
      () => courses.getDiff({ params }),
    ])
      assert.equal((await refusal(call())).code, 'FORBIDDEN')
    const draft = courses.listVersions({ params: { courseId: hidden.courseId } })
    assert.equal((await refusal(draft)).code, 'COURSE_NOT_FOUND')
  }
})

test('the draft differs from what is published from the first edit until it is taken back or published', async () => {
  const { params, sectionId, lectureIds } = await liveCourse()
  const [lectureId = ''] = lectureIds
  const differs = async () => (await outline(params)).hasUnpublishedChanges
  const rename = (lectureTitle: string) =>
    instructor.courses.changeLecture({ params: { lectureId }, body: { lectureTitle } })
  assert.equal(await differs(), false)
  await rename('Other')
  assert.equal(await differs(), true)
  await rename('Sets')
  assert.equal(await differs(), false)
  await instructor.courses.changeCourse({ params, body: { seatLimit: 5 } })
  assert.equal(await differs(), false)
  await instructor.courses.changeCourse({ params, body: { completion: defaultCompletion } })
  assert.equal(await differs(), false)
  await instructor.courses.changeCourse({ params, body: { description: 'All of it' } })
  assert.equal(await differs(), true)
  await instructor.courses.publish({ params })
  assert.equal(await differs(), false)
  await makeReady(fixture, instructor, lectureId)
  assert.equal(await differs(), true)
  await instructor.courses.publish({ params })
  await instructor.courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'later' } })
  assert.equal(await differs(), true)
})

test('the diff goes from what is published to the draft, or between any two versions', async () => {
  const { params, sectionId, lectureIds } = await liveCourse()
  const [first = '', second = ''] = lectureIds
  const { courses } = instructor
  await courses.changeCourse({ params, body: { title: 'Sets and numbers' } })
  await courses.changeLecture({ params: { lectureId: first }, body: { lectureTitle: 'Numbers' } })
  await courses.moveLecture({ params: { lectureId: second }, body: { sectionId, position: 0 } })
  await makeReady(fixture, instructor, second)
  // Without a video it would not be published, so students would not see it.
  await courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'later' } })
  const diff = await courses.getDiff({ params })
  assert.deepEqual(diff.details, [{ field: 'title', from: 'Algebra', to: 'Sets and numbers' }])
  assert.deepEqual(diff.renamed, [{ kind: 'lecture', _id: first, from: 'Sets', to: 'Numbers' }])
  assert.equal(diff.moved.length, 1)
  assert.deepEqual(diff.replaced, [{ kind: 'lecture', _id: second, title: 'Unions' }])
  assert.deepEqual([diff.from, diff.to, diff.added, diff.removed], [1, undefined, [], []])
  await courses.publish({ params })
  const { from, to, ...between } = await courses.getDiff({ params, query: { from: 1, to: 2 } })
  assert.deepEqual([from, to], [1, 2])
  assert.deepEqual({ ...between, from: 1 }, diff)
  const never = await draftOf(instructor)
  const [lectureId = ''] = never.lectureIds
  await makeReady(fixture, instructor, lectureId)
  const all = await courses.getDiff({ params: { courseId: never.courseId } })
  assert.deepEqual([all.from, all.added.map(({ _id }) => _id)], [0, [never.sectionId, lectureId]])
})

test('a rollback is a new version with the old content and its videos; the draft stays', async () => {
  const { params, lectureIds, folders, published } = await liveCourse()
  const [lectureId = ''] = lectureIds
  const { courses } = instructor
  await makeReady(fixture, instructor, lectureId)
  await courses.changeCourse({ params, body: { title: 'Worse' } })
  await courses.publish({ params, body: { note: 'a mistake' } })
  const back = await courses.rollback({ params, body: { version: 1 } })
  assert.equal(back.version, 3)
  assert.deepEqual({ ...back, version: 1, publishedAt: published.publishedAt }, published)
  assert.deepEqual(await student.courses.getCourse({ params }), back)
  assert.equal(await folderFor(student, lectureId), folders[0])
  const [newest] = await courses.listVersions({ params })
  assert.deepEqual([newest?.version, newest?.rolledBackFrom, newest?.note], [3, 1, undefined])
  const draft = await outline(params)
  assert.deepEqual([draft.title, draft.hasUnpublishedChanges], ['Worse', true])
  await courses.changeCourse({ params, body: { title: 'Algebra' } })
  const facts = await fixture.left('course.published', 'courseId', params.courseId)
  assert.deepEqual(
    facts.map((fact) => [fact.version, fact.title]),
    [
      [1, 'Algebra'],
      [2, 'Worse'],
      [3, 'Algebra'],
    ],
  )
  assert.equal((await refusal(courses.rollback({ params, body: { version: 7 } }))).code, 'VERSION_NOT_FOUND')
  assert.equal((await courses.listVersions({ params })).length, 3)
})

test('an order that did not see the last edit changes nothing', async () => {
  const { params } = await liveCourse()
  const { revision } = await instructor.courses.changeCourse({ params, body: { title: 'Other' } })
  const stale = { revision: revision - 1 }
  const { courses } = instructor
  const publishAt = '2999-01-01T00:00:00Z'
  for (const call of [
    () => courses.publish({ params, body: stale }),
    () => courses.rollback({ params, body: { version: 1, ...stale } }),
    () => courses.changeStatus({ params, body: { status: 'archived', ...stale } }),
    () => courses.schedule({ params, body: { publishAt, ...stale } }),
  ]) {
    const { code, currentRevision } = await refusal(call())
    assert.deepEqual([code, currentRevision], ['STALE_EDIT', revision])
  }
  assert.equal((await courses.listVersions({ params })).length, 1)
  assert.equal((await outline(params)).publishAt, undefined)
  assert.equal((await courses.publish({ params, body: { revision } })).version, 2)
})

test('when lectures are completed is published with the course, and told to listeners until it is the default', async () => {
  const { params } = await liveCourse()
  const told = async () => (await fixture.left('course.published', 'courseId', params.courseId)).at(-1)
  assert.equal('completion' in ((await told()) ?? {}), false)
  const completion = { by: 'watching', watchedShare: 0.8, endSlackSeconds: 20 } as const
  await instructor.courses.changeCourse({ params, body: { completion } })
  assert.deepEqual((await instructor.courses.publish({ params })).completion, completion)
  assert.deepEqual((await told())?.completion, completion)
  await instructor.courses.changeCourse({ params, body: { completion: defaultCompletion } })
  assert.equal('completion' in (await instructor.courses.publish({ params })), false)
  assert.equal('completion' in ((await told()) ?? {}), false)
})
