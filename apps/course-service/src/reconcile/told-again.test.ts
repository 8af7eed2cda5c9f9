import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const { objects } = fixture
const hoursOn = (hours: number) => new Date(Date.now() + hours * 3600_000)
const sweep = (now: Date) => sweepAssets({ ...fixture.stores, objects }, now)
const isThere = async ({ folder }: { folder: string }) =>
  (await objects.head(`${folder}/720p/segment-0001.m4s`)) !== undefined

type Video = { uploadId: string; folder: string }
/** As a worker does that is given the job of a video which it finished before. */
const tellAgain = (lectureId: string, { uploadId, folder }: Video) =>
  fixture.hear(mediaReady, {
    ...{ lectureId, uploadId, instructorId: instructor.id, folder },
    ...{ hls: 'master.m3u8', video: 'video.mp4', poster: 'poster.jpg', storyboard: 'storyboard.vtt' },
    ...{ durationSeconds: 60, width: 1280, height: 720 },
  })

test('a video that is told of again stays where it is for as long as a lecture plays it', async () => {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const video = await makeReady(fixture, instructor, lectureId)
  const read = () => instructor.courses.getLecture({ params: { lectureId } })
  const before = await read()
  await tellAgain(lectureId, video)
  await sweep(hoursOn(1000))
  assert.ok(await isThere(video))
  assert.deepEqual(await read(), before)
})

test('a replaced video that is told of again stays for those whom a version shows it', async () => {
  const { courseId, lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const older = await makeReady(fixture, instructor, lectureId)
  await instructor.courses.publish({ params: { courseId } })
  await makeReady(fixture, instructor, lectureId)
  await tellAgain(lectureId, older)
  await sweep(hoursOn(1000))
  assert.ok(await isThere(older))
})

test('a replaced video that is told of again goes no sooner than its viewers were promised, and goes then', async () => {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const older = await makeReady(fixture, instructor, lectureId)
  const newer = await makeReady(fixture, instructor, lectureId)
  await tellAgain(lectureId, older)
  await sweep(new Date())
  assert.ok(await isThere(older))
  await sweep(hoursOn(1000))
  assert.ok(!(await isThere(older)))
  assert.ok(await isThere(newer))
})

test('a failure that is told of again does no harm to the video that came after it', async () => {
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const older = await makeReady(fixture, instructor, lectureId)
  const newer = await makeReady(fixture, instructor, lectureId)
  const failure = { code: 'UNREADABLE', advice: 'Export it again' }
  for (const { uploadId } of [older, newer])
    await fixture.hear(mediaFailed, { lectureId, uploadId, instructorId: instructor.id, failure })
  assert.equal((await instructor.courses.getLecture({ params: { lectureId } })).status, 'READY')
})
