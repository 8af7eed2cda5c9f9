import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mediaReady } from '@aetherlearn/contracts/media'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { assertWhole } from '../editing/curriculum.fixture.ts'
import { draftOf, makeReady, openFixture, uploadTiny } from '../fixture.ts'
import { sweepRemovals } from '../removal/sweep.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')
const { courses } = instructor
const { models } = fixture.stores
const swept = { ...fixture.stores, objects: fixture.objects }

/** What an instructor sees of a draft, without its ids. */
async function contentOf(courseId: string) {
  const { sections } = await courses.getCourse({ params: { courseId } })
  return sections.map(({ sectionTitle, lectures }) => ({
    sectionTitle,
    lectures: lectures.map((lecture) => ({
      lectureTitle: lecture.lectureTitle,
      status: 'status' in lecture ? lecture.status : undefined,
      durationSeconds: lecture.durationSeconds,
    })),
  }))
}
const lecturesOf = async (courseId: string) => (await contentOf(courseId)).map(({ lectures }) => lectures)

test('a duplicate is a draft of its maker’s with everything in the same order, and neither changes with the other', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['Sets', 'Maps', 'Rings'])
  const [sets = '', maps = ''] = lectureIds
  await makeReady(fixture, instructor, sets)
  await courses.moveLecture({ params: { lectureId: maps }, body: { sectionId, position: 0 } })
  const completion = { by: 'passing', watchedShare: 0.5, passingScore: 0.6 } as const
  const details = {
    description: 'All of it',
    level: 'advanced',
    price: 4900,
    seatLimit: 7,
    completion,
  } as const
  await courses.changeCourse({ params: { courseId }, body: details })
  await courses.publish({ params: { courseId } }).catch(() => undefined)
  const admin = await fixture.person('admin')
  const copy = await admin.courses.duplicateCourse({ params: { courseId }, body: {} })
  assert.equal(copy.title, 'Algebra (copy)')
  assert.equal(copy.creator, admin.id)
  assert.deepEqual([copy.status, copy.revision, copy.totalLectures], ['draft', 0, 3])
  const { description, level, price, seatLimit } = copy
  assert.deepEqual({ description, level, price, seatLimit, completion: copy.completion }, details)
  await assertWhole(models, copy._id)
  const before = await contentOf(courseId)
  assert.deepEqual(
    before[0]?.lectures.map(({ lectureTitle }) => lectureTitle),
    ['Maps', 'Sets', 'Rings'],
  )
  const seen = await admin.courses.getCourse({ params: { courseId: copy._id } })
  assert.deepEqual(
    seen.sections[0]?.lectures.map(({ lectureTitle }) => lectureTitle),
    ['Maps', 'Sets', 'Rings'],
  )
  const [copied] = seen.sections[0]?.lectures ?? []
  await admin.courses.changeLecture({
    params: { lectureId: copied?._id ?? '' },
    body: { lectureTitle: 'Other' },
  })
  assert.deepEqual(await contentOf(courseId), before)
})

test('a video plays in the duplicate for as long as it is there, also when the original is removed; then it goes', async () => {
  const { courseId, lectureIds } = await draftOf(instructor)
  const { uploadId, folder } = await makeReady(fixture, instructor, lectureIds[0] ?? '')
  const copy = await courses.duplicateCourse({ params: { courseId }, body: { title: 'Mine' } })
  assert.equal(copy.title, 'Mine')
  await courses.removeCourse({ params: { courseId } })
  await sweepRemovals(swept)
  await sweepAssets(swept)
  const outline = await courses.getCourse({ params: { courseId: copy._id } })
  const lectureId = outline.sections[0]?.lectures[0]?._id ?? ''
  const { hlsUrl } = await courses.getPlayback({ params: { lectureId } })
  const played = await fetch(fixture.origin + hlsUrl)
  assert.deepEqual([played.status, await played.text()], [200, '#EXTM3U\n'])
  assert.notEqual(await fixture.objects.head(`raw/${uploadId}`), undefined)
  await courses.removeCourse({ params: { courseId: copy._id } })
  await sweepRemovals(swept)
  await sweepAssets(swept)
  assert.equal(await fixture.objects.head(`raw/${uploadId}`), undefined)
  assert.equal(await fixture.objects.head(`${folder}/master.m3u8`), undefined)
})

test('a video that is still being made becomes ready in the duplicate as well', async () => {
  const { courseId, lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const uploadId = await uploadTiny(instructor, lectureId)
  const copy = await courses.duplicateCourse({ params: { courseId }, body: {} })
  await courses.deleteLecture({ params: { lectureId }, query: {} })
  const names = { hls: 'master.m3u8', video: 'v.mp4', poster: 'p.jpg', storyboard: 's.vtt' }
  const made = { folder: `media/${lectureId}/${uploadId}/1`, durationSeconds: 60, width: 1280, height: 720 }
  await fixture.hear(mediaReady, { lectureId, uploadId, instructorId: instructor.id, ...names, ...made })
  await sweepAssets(swept)
  const [lectures] = await lecturesOf(copy._id)
  assert.deepEqual(lectures, [{ lectureTitle: 'Sets', status: 'READY', durationSeconds: 60 }])
  assert.notEqual(await fixture.objects.head(`raw/${uploadId}`), undefined)
})

test('whoever may not edit a course cannot duplicate it: 403 for a known one, 404 for a foreign draft', async () => {
  const { courseId, lectureIds } = await draftOf(instructor)
  const stranger = await fixture.person('instructor')
  const ask = () => refusal(stranger.courses.duplicateCourse({ params: { courseId }, body: {} }))
  assert.equal((await ask()).code, 'COURSE_NOT_FOUND')
  await makeReady(fixture, instructor, lectureIds[0] ?? '')
  await courses.publish({ params: { courseId } })
  assert.equal((await ask()).code, 'FORBIDDEN')
  assert.equal((await stranger.courses.listTaught()).length, 0)
  await courses.removeCourse({ params: { courseId } })
  const gone = await refusal(courses.duplicateCourse({ params: { courseId }, body: {} }))
  assert.equal(gone.code, 'COURSE_NOT_FOUND')
})

test('2,000 lectures are duplicated in under 5 s, all or none of them', async (t) => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor)
  const { uploadId, folder } = await makeReady(fixture, instructor, lectureIds[0] ?? '')
  const names = { hls: 'master.m3u8', video: 'v.mp4', poster: 'p.jpg', storyboard: 's.vtt' }
  const rows = Array.from({ length: 1999 }, (_, n) => {
    const own = newId()
    const media = { uploadId: own, folder, ...names }
    const place = { courseId, sectionId, lectureTitle: `Number ${n}` }
    return { _id: newId(), ...place, status: 'READY', uploadId: own, media, durationSeconds: 60 }
  })
  await models.Lectures.insertMany(rows)
  const lectures = [lectureIds[0] ?? '', ...rows.map(({ _id }) => _id)]
  await models.Sections.updateOne({ _id: sectionId }, { $set: { lectures } })
  await models.Courses.updateOne({ _id: courseId }, { $set: { totalLectures: 2000 } })
  const owned = { lectureId: lectureIds[0], ownerId: instructor.id, sizeBytes: 1, rawKey: `raw/${uploadId}` }
  const Assets = fixture.mongo.model('Asset')
  const others = rows.map((row) => ({ _id: row.uploadId, ...owned }))
  await Assets.insertMany(others.slice(1))
  const [drafts, sections] = [await models.Courses.countDocuments(), await models.Sections.countDocuments()]
  // One video is about to be gone.
  const refused = await refusal(courses.duplicateCourse({ params: { courseId }, body: {} }))
  assert.equal(refused.code, 'LECTURE_NOT_READY')
  assert.deepEqual(
    [await models.Courses.countDocuments(), await models.Sections.countDocuments()],
    [drafts, sections],
  )
  await Assets.insertMany(others.slice(0, 1))
  const start = performance.now()
  const copy = await courses.duplicateCourse({ params: { courseId }, body: {} })
  const ms = Math.round(performance.now() - start)
  t.diagnostic(`duplicate of 2,000 lectures: ${ms} ms`)
  assert.equal(copy.totalLectures, 2000)
  await assertWhole(models, copy._id)
  assert.deepEqual(await contentOf(copy._id), await contentOf(courseId))
  assert.ok(ms < 5000, `${ms} ms`)
})
