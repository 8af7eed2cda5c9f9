import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mediaReady } from '@aetherlearn/contracts/media'
import { refusal } from '@aetherlearn/testing/client'
import { dyingAt } from '@aetherlearn/testing/mortal'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { draftOf, makeReady, openFixture, uploadTiny, type Fixture, type Person } from '../fixture.ts'
import { sweepRemovals, type RemovalSweepDeps } from './sweep.ts'

const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const objects = await server.openStore()
const onS3 = await openFixture(stores, mint, { objects })
const onDisk = await openFixture(stores, mint)
after(async () => {
  await onS3.close()
  await onDisk.close()
  await stores.close()
  await server.close()
})

/** A live course with a student, a picture, two videos and an upload that is under way. */
async function liveCourse(fixture: Fixture, owner: Person) {
  const { courseId, lectureIds } = await draftOf(owner, ['Sets', 'Maps', 'Next'])
  const [first = '', second = '', third = ''] = lectureIds
  const params = { courseId }
  const made = [await makeReady(fixture, owner, first), await makeReady(fixture, owner, second)]
  await owner.courses.publish({ params, body: {} })
  const { uploadId } = await owner.uploads.initializeUpload({ body: { lectureId: third, size: 9_000_000 } })
  const student = await fixture.person('student')
  await student.courses.enroll({ params })
  const srt = Buffer.from('1\n00:00:00,000 --> 00:00:01,000\nHello')
  await owner.courses.putCaptions({ params: { lectureId: first, language: 'en' }, raw: srt })
  const picture = `thumbnails/${courseId}/1/large.webp`
  await fixture.objects.put(picture, Buffer.from('picture'))
  const keys = made.flatMap(({ uploadId: id, folder }) => [`raw/${id}`, `${folder}/master.m3u8`])
  const ids = [courseId, ...lectureIds, uploadId, ...made.map((video) => video.uploadId)]
  return { courseId, student, ids, keys: [...keys, picture] }
}
type Live = Awaited<ReturnType<typeof liveCourse>>

/** What tells others, and what is kept for a while so that nothing that comes late brings the course back. */
const told = ['outbox', 'catalogue']

async function assertNothingLeft(
  { mongo, objects: store }: Fixture,
  { ids, keys }: Pick<Live, 'ids' | 'keys'>,
) {
  for (const { name } of (await mongo.db?.listCollections().toArray()) ?? assert.fail()) {
    if (told.includes(name)) continue
    const rows = JSON.stringify(await mongo.collection(name).find().toArray())
    for (const id of ids) assert.ok(!rows.includes(id), `${name} still knows ${id}`)
  }
  for (const key of keys) assert.equal(await store.head(key), undefined, key)
}

const depsOf = ({ stores: all, objects: store }: Fixture): RemovalSweepDeps => ({ ...all, objects: store })
async function sweep(deps: RemovalSweepDeps) {
  await sweepRemovals(deps)
  await sweepAssets(deps)
}

/** The same, but its process dies at the call of this number. */
function dying(deps: RemovalSweepDeps, fatal: number) {
  const { mortal, lived } = dyingAt(fatal)
  const { removals, uploads, assets, objects: store, usage } = deps
  const stored = { removals: mortal(removals), uploads: mortal(uploads), assets: mortal(assets) }
  return { ...stored, objects: mortal(store), usage: mortal(usage), lived }
}

// The steps are the same on both; on S3 each takes longer.
for (const [name, fixture, stride] of [
  ['disk', onDisk, 1],
  ['s3', onS3, 5],
] as const) {
  test(`${name}: whichever step the process dies at, nothing is left of a removed course, and others keep all`, async () => {
    const owner = await fixture.person('instructor')
    const other = await liveCourse(fixture, owner)
    for (let fatal = 1, lived = false; !lived; fatal += stride) {
      assert.ok(fatal < 200)
      const course = await liveCourse(fixture, owner)
      await owner.courses.removeCourse({ params: { courseId: course.courseId } })
      const mortals = dying(depsOf(fixture), fatal)
      await sweep(mortals).catch(() => undefined)
      lived = mortals.lived()
      // What a released video waits for is only seen in the round after.
      await sweep(depsOf(fixture))
      await assertNothingLeft(fixture, course)
    }
    for (const key of other.keys) assert.ok(await fixture.objects.head(key), key)
    const { sections } = await other.student.courses.getCourse({ params: { courseId: other.courseId } })
    assert.equal(sections[0]?.lectures.length, 2)
    assert.equal((await owner.uploads.getUsage()).usedBytes, 2 * 1000 + 9_000_000)
  })
}

test('two instances may take away the same course at the same moment', async () => {
  const owner = await onDisk.person('instructor')
  const course = await liveCourse(onDisk, owner)
  await owner.courses.removeCourse({ params: { courseId: course.courseId } })
  await Promise.all([sweep(depsOf(onDisk)), sweep(depsOf(onDisk))])
  await sweep(depsOf(onDisk))
  await assertNothingLeft(onDisk, course)
})

test('from its removal on nobody sees the course, whoever they are, and it is removed once', async () => {
  const owner = await onDisk.person('instructor')
  const stranger = await onDisk.person('instructor')
  const { courseId, student } = await liveCourse(onDisk, owner)
  const params = { courseId }
  assert.equal((await refusal(stranger.courses.removeCourse({ params }))).status, 403)
  assert.deepEqual(await owner.courses.removeCourse({ params }), {})
  for (const { courses } of [owner, student, await onDisk.person('admin')]) {
    assert.equal((await refusal(courses.getCourse({ params }))).status, 404)
  }
  assert.equal((await refusal(owner.courses.removeCourse({ params }))).status, 404)
  assert.equal((await refusal(student.courses.getPublished({ params }))).status, 404)
  assert.deepEqual(await student.courses.listEnrolled(), [])
  assert.ok((await owner.courses.listTaught()).every(({ _id }) => _id !== courseId))
  assert.ok((await student.courses.listPublished()).every(({ _id }) => _id !== courseId))
  assert.equal((await onDisk.left('course.deleted', 'courseId', courseId)).length, 1)
})

test('a video goes when it is replaced and published over, not before, and when it is made too late', async () => {
  const owner = await onDisk.person('instructor')
  const draft = await draftOf(owner)
  const [lectureId = ''] = draft.lectureIds
  const params = { courseId: draft.courseId }
  const old = await makeReady(onDisk, owner, lectureId)
  await owner.courses.publish({ params, body: {} })
  const next = await makeReady(onDisk, owner, lectureId)
  await sweep(depsOf(onDisk))
  assert.ok(await onDisk.objects.head(`${old.folder}/master.m3u8`), 'students still play it')
  await owner.courses.deleteLecture({ params: { lectureId }, query: {} })
  await sweep(depsOf(onDisk))
  await assertNothingLeft(onDisk, {
    ids: [next.uploadId],
    keys: [`${next.folder}/master.m3u8`, `raw/${next.uploadId}`],
  })
  assert.ok(await onDisk.objects.head(`${old.folder}/master.m3u8`))
})

test('what is made of a video that nobody waits for any more is removed as well', async () => {
  const owner = await onDisk.person('instructor')
  const [lectureId = ''] = (await draftOf(owner)).lectureIds
  const uploadId = await uploadTiny(owner, lectureId)
  await owner.courses.deleteLecture({ params: { lectureId }, query: {} })
  await sweep(depsOf(onDisk))
  assert.equal((await onDisk.left('media.discarded', 'uploadId', uploadId)).length, 1)
  const folder = `media/${lectureId}/${uploadId}/late`
  await onDisk.objects.put(`${folder}/video.mp4`, Buffer.from('late'))
  const files = { hls: 'a', video: 'video.mp4', poster: 'c', storyboard: 'd' }
  const size = { durationSeconds: 1, width: 2, height: 2 }
  await onDisk.hear(mediaReady, { lectureId, uploadId, instructorId: owner.id, folder, ...files, ...size })
  await sweep(depsOf(onDisk))
  await assertNothingLeft(onDisk, { ids: [uploadId], keys: [`${folder}/video.mp4`] })
})
