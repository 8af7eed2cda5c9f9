import assert from 'node:assert/strict'
import { after, test, type TestContext } from 'node:test'

import { transaction } from '@aetherlearn/service-kit/mongo'
import { retry } from '@aetherlearn/sdk/retry'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { createChanges } from './changes.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const student = await fixture.person('student')
const { courses } = instructor
const { Courses, Sections, Lectures } = fixture.stores.models

/** A busy machine does not write ten thousand within the second and a half that a call may take. */
const inThousands = <T>(all: T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / 1000) }, (_, n) => all.slice(n * 1000, (n + 1) * 1000))

/** A draft of READY lectures, written as the routes and the worker would have left it. */
async function largeDraft(lectureCount: number, sectionCount: number, title: string) {
  const course = await courses.createCourse({ body: { title: 'Large', category: 'Tests' } })
  const courseId = course._id
  const sections = Array.from({ length: sectionCount }, (_, n) => ({
    _id: newId(),
    courseId,
    sectionTitle: `${n} ${title}`,
    lectures: new Array<string>(),
  }))
  const lectures = Array.from({ length: lectureCount }, (_, n) => {
    const [_id, uploadId] = [newId(), newId()]
    const section = sections[n % sectionCount] ?? assert.fail()
    section.lectures.push(_id)
    const folder = `media/${_id}/${uploadId}/${newId()}`
    const names = {
      hls: 'master.m3u8',
      video: 'video.mp4',
      poster: 'poster.jpg',
      storyboard: 'storyboard.vtt',
    }
    return {
      _id,
      courseId,
      sectionId: section._id,
      lectureTitle: `${n} ${title}`,
      status: 'READY',
      uploadId,
      media: { uploadId, folder, ...names },
      durationSeconds: 60,
    }
  })
  for (const some of inThousands(lectures)) await Lectures.insertMany(some, { ordered: false })
  const assets = lectures.map(({ _id, uploadId }) => ({
    _id: uploadId,
    lectureId: _id,
    ownerId: instructor.id,
    sizeBytes: 1000,
    rawKey: `raw/${uploadId}`,
  }))
  const Assets = fixture.mongo.model('Asset')
  for (const some of inThousands(assets)) await Assets.insertMany(some, { ordered: false })
  await Sections.insertMany(sections)
  const change = { sections: sections.map(({ _id }) => _id), totalLectures: lectureCount }
  await Courses.updateOne({ _id: courseId }, { $set: change })
  return { courseId, params: { courseId }, lectureIds: lectures.map(({ _id }) => _id) }
}

/** The best of three where the first takes longer than `enoughMs`: other tests share the machine. */
async function timed<T>(t: TestContext, name: string, call: () => Promise<T>, enoughMs = Infinity) {
  let best: { answer: T; ms: number } | undefined
  for (let tries = 0; tries < 3 && (best === undefined || best.ms > enoughMs); tries += 1) {
    const start = performance.now()
    // A route gives up after 1.6 s.
    const answer = await retry(call)
    const ms = Math.round(performance.now() - start)
    if (best === undefined || ms < best.ms) best = { answer, ms }
  }
  if (best === undefined) throw new Error('not measured')
  t.diagnostic(`${name}: ${best.ms} ms`)
  return best
}

test('2,000 lectures are published, compared and rolled back within the time of a request', async (t) => {
  const { params, lectureIds } = await largeDraft(2000, 40, 'A lecture with a title of ordinary length')
  const first = await timed(t, 'publish', () => courses.publish({ params }))
  assert.equal(first.answer.totalLectures, 2000)
  await courses.changeLecture({
    params: { lectureId: lectureIds[999] ?? '' },
    body: { lectureTitle: 'Other' },
  })
  const diff = await timed(t, 'diff', () => courses.getDiff({ params }))
  assert.equal(diff.answer.renamed.length, 1)
  await courses.publish({ params })
  const back = await timed(t, 'rollback', () => courses.rollback({ params, body: { version: 1 } }), 1000)
  assert.deepEqual(back.answer.sections, first.answer.sections)
  assert.ok(back.ms <= 1000, `${back.ms} ms`)
  const outline = await timed(t, 'outline', () => courses.getCourse({ params }))
  assert.ok('hasUnpublishedChanges' in outline.answer && outline.answer.hasUnpublishedChanges)
  await student.courses.enroll({ params })
  const lectureId = lectureIds.at(-1) ?? ''
  await timed(t, 'playback of one lecture', () => student.courses.getPlayback({ params: { lectureId } }))
  await timed(t, 'its 50 next', async () => {
    for (let n = 0; n < 50; n += 1) await student.courses.getPlayback({ params: { lectureId } })
  })
})

test('10,000 lectures with the longest titles fit in one snapshot; one more is 409', async (t) => {
  const { courseId, params, lectureIds } = await largeDraft(10_000, 200, 'ü'.repeat(190))
  // Not by the route, which would give up on a busy machine.
  const changes = createChanges({ ...fixture.stores.publishing, reviewRequired: false })
  const order = { courseId, caller: { id: instructor.id, role: 'instructor' }, traceId: '0'.repeat(32) }
  const { answer } = await timed(t, 'publish', () => changes.publish(order))
  assert.equal(answer.course.totalLectures, 10_000)
  const [stored] = await fixture.mongo
    .collection('snapshots')
    .aggregate([{ $match: { courseId } }, { $project: { bytes: { $bsonSize: '$$ROOT' } } }])
    .toArray()
  t.diagnostic(`snapshot: ${stored?.['bytes']} bytes`)
  assert.ok(stored?.['bytes'] < 16 * 1024 * 1024)
  const [lectureId = ''] = lectureIds
  const { sectionId } = await courses.getLecture({ params: { lectureId } })
  await courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'One more' } })
  await assert.rejects(changes.publish(order), {
    code: 'COURSE_NOT_PUBLISHABLE',
    status: 409,
    message: /at most 10000/,
  })
  assert.equal((await courses.listVersions({ params })).length, 1)
})

test('a snapshot larger than MongoDB takes is 409 before it is sent', async () => {
  const { params, courseId } = await largeDraft(1, 1, 'x')
  const course = await courses.publish({ params })
  const lecture = { _id: newId(), lectureTitle: 'x'.repeat(1000), durationSeconds: 60 }
  const sections = [{ _id: newId(), sectionTitle: 'One', lectures: new Array(16_000).fill(lecture) }]
  const row = { courseId, version: 2, course: { ...course, sections } }
  const add = transaction(fixture.mongo, (session) => fixture.stores.snapshots.add(row, session))
  await assert.rejects(add, { code: 'COURSE_NOT_PUBLISHABLE', message: /titles and texts are too long/ })
  assert.equal((await courses.listVersions({ params })).length, 1)
})
