import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
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
const student = await fixture.person('student')
const { courses } = instructor

test('a course without a ready video cannot be published, and each lecture says what it lacks', async () => {
  const { courseId, lectureIds } = await draftOf(instructor, ['Sets', 'Unions'])
  const problem = await refusal(courses.publish({ params: { courseId } }))
  assert.equal(problem.status, 409)
  assert.equal(problem.code, 'COURSE_NOT_PUBLISHABLE')
  assert.deepEqual(
    problem.errors?.map(({ field }) => field),
    lectureIds,
  )
  assert.match(problem.errors?.[1]?.message ?? '', /Unions.*no video or package yet/)
  const [{ status } = { status: 'none' }] = await courses.listTaught()
  assert.equal(status, 'draft')
  assert.deepEqual(await fixture.left('course.published', 'courseId', courseId), [])
})

test('publishing freezes the ready lectures in curriculum order and tells the listeners', async () => {
  const { courseId, lectureIds } = await draftOf(instructor, ['a', 'b', 'c'])
  const [a = '', , c = ''] = lectureIds
  const videos = new Map<string, string>()
  for (const id of [c, a]) videos.set(id, (await makeReady(fixture, instructor, id)).uploadId)
  const published = await courses.publish({ params: { courseId } })
  assert.equal(published.version, 1)
  assert.deepEqual([published.totalLectures, published.durationSeconds], [2, 120])
  assert.deepEqual(
    published.sections[0]?.lectures.map(({ _id }) => _id),
    [a, c],
  )
  assert.deepEqual(await student.courses.getPublished({ params: { courseId } }), published)
  const [fact] = await fixture.left('course.published', 'courseId', courseId)
  const lectures = [a, c].map((lectureId, n) => ({
    lectureId,
    lectureTitle: 'ac'[n],
    durationSeconds: 60,
    videoId: videos.get(lectureId),
  }))
  assert.deepEqual(fact, { courseId, creatorId: instructor.id, title: 'Algebra', version: 1, lectures })
})

test('students see the snapshot until the next publish, whatever happens to the draft', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['a', 'b'])
  const params = { courseId }
  const [a = '', b = ''] = lectureIds
  await makeReady(fixture, instructor, a)
  const first = await courses.publish({ params })
  await makeReady(fixture, instructor, b)
  await courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'c' } })
  assert.deepEqual(await courses.getPublished({ params }), first)
  const second = await courses.publish({ params })
  assert.equal(second.version, 2)
  assert.equal(second.totalLectures, 2)
  assert.deepEqual(await courses.getPublished({ params }), second)
})

test('the catalogue is newest first and keeps to its limit; a withdrawn course leaves it', async () => {
  const ids: string[] = []
  for (let n = 0; n < 3; n += 1) {
    const { courseId, lectureIds } = await draftOf(instructor)
    await makeReady(fixture, instructor, lectureIds[0] ?? '')
    await courses.publish({ params: { courseId } })
    ids.unshift(courseId)
  }
  const listed = async (limit: number) =>
    (await student.courses.listPublished({ query: { limit } })).map(({ _id }) => _id)
  assert.deepEqual(await listed(3), ids)
  assert.deepEqual(await listed(2), ids.slice(0, 2))
  const [newest = ''] = ids
  const params = { courseId: newest }
  assert.equal((await courses.unpublish({ params })).status, 'draft')
  assert.equal((await courses.unpublish({ params })).status, 'draft')
  assert.deepEqual(await listed(2), ids.slice(1))
  assert.equal((await refusal(courses.getPublished({ params }))).code, 'COURSE_NOT_FOUND')
  assert.deepEqual(await fixture.left('course.withdrawn', 'courseId', newest), [
    { courseId: newest, version: 2 },
  ])
  assert.equal((await courses.publish({ params })).version, 3)
})

test('a limit that is no number, too small or too large is refused by name', async () => {
  for (const limit of ['0', '101', 'x', '1.5', '']) {
    const answer = await fixture.app.inject(`/api/v1/course/getpublished?limit=${limit}`)
    assert.equal(answer.statusCode, 400)
    assert.equal(answer.json().errors[0].field, 'query.limit')
  }
})

test('ten publishes at once leave one snapshot per version', async () => {
  const { courseId, lectureIds } = await draftOf(instructor)
  await makeReady(fixture, instructor, lectureIds[0] ?? '')
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () => courses.publish({ params: { courseId } })),
  )
  // A publish may go on after its caller was told that it takes too long; this order, which changes nothing, comes behind all.
  const last = retry(() => courses.publish({ params: { courseId }, body: { revision: 999 } }))
  assert.equal((await refusal(last)).code, 'STALE_EDIT')
  const versions = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.version] : []))
  assert.equal(new Set(versions).size, versions.length)
  assert.ok(versions.length > 0)
  const said = (await fixture.left('course.published', 'courseId', courseId)).map(({ version }) => version)
  assert.equal(new Set(said).size, said.length)
  const stored = (await courses.listVersions({ params: { courseId } })).map(({ version }) => version)
  assert.equal(new Set(stored).size, stored.length)
  for (const version of versions) assert.ok(said.includes(version) && stored.includes(version))
})
