import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { mediaFailed } from '@aetherlearn/contracts/media'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, uploadTiny } from '../fixture.ts'
import { tellPlayable, tellReady } from './ladder.fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const folderOf = (lectureId: string, uploadId: string, run = 1) => `media/${lectureId}/${uploadId}/${run}`
const get = (url: string) => fixture.app.inject(url)
const beside = (hlsUrl: string, name: string) => hlsUrl.replace('master.m3u8', name)
const read = (lectureId: string) => instructor.courses.getLecture({ params: { lectureId } })
const play = (lectureId: string) => instructor.courses.getPlayback({ params: { lectureId } })

async function processing() {
  const { courseId, lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const uploadId = await uploadTiny(instructor, lectureId)
  return { courseId, lectureId, uploadId, instructor, folder: folderOf(lectureId, uploadId) }
}

test('the smallest rendition plays while the others are made, and tells its instructor once', async () => {
  const { courseId, ...video } = await processing()
  const { lectureId } = video
  const saidBefore = fixture.said.length
  assert.equal((await read(lectureId)).isPlayable, false)
  assert.equal((await refusal(play(lectureId))).code, 'LECTURE_NOT_READY')
  await tellPlayable(fixture, video)
  const { status, isPlayable } = await read(lectureId)
  assert.deepEqual([status, isPlayable], ['PROCESSING', true])
  const { hlsUrl, durationSeconds, videoUrl, posterUrl, storyboardUrl } = await play(lectureId)
  assert.deepEqual(
    [durationSeconds, videoUrl, posterUrl, storyboardUrl],
    [50, undefined, undefined, undefined],
  )
  assert.match((await get(hlsUrl)).body, /,RESOLUTION=640x360,.*\n360p\/index.m3u8\n$/)
  assert.equal((await get(beside(hlsUrl, '360p/1-0001.m4s'))).body, 'small picture')
  const outline = await instructor.courses.getCourse({ params: { courseId } })
  assert.equal('role' in outline && outline.sections[0]?.lectures[0]?.isPlayable, true)
  await tellPlayable(fixture, { ...video, folder: folderOf(lectureId, video.uploadId, 2) })
  const types = fixture.said.slice(saidBefore).map((text) => JSON.parse(text).type)
  assert.deepEqual(types, ['lecture.playable', 'notification'])
})

test('the other renditions join under the same address once they are made', async () => {
  const video = await processing()
  await tellPlayable(fixture, video)
  const { hlsUrl } = await play(video.lectureId)
  const early = await get(hlsUrl)
  await tellReady(fixture, video)
  const again = { url: hlsUrl, headers: { 'if-none-match': String(early.headers.etag) } }
  const deadline = Date.now() + 10_000
  let late = await fixture.app.inject(again)
  while (late.statusCode === 304 && Date.now() < deadline) late = await fixture.app.inject(again)
  assert.match(late.body, /RESOLUTION=1280x720[^\n]*\n720p\/index.m3u8\n#EXT[^\n]*RESOLUTION=640x360/)
  const whole = await play(video.lectureId)
  assert.deepEqual([whole.durationSeconds, whole.videoUrl?.endsWith('/video.mp4')], [60, true])
  const { isPlayable, loudness } = await read(video.lectureId)
  assert.equal(isPlayable, true)
  assert.match(loudness?.advice ?? '', /quiet/)
})

test('a later attempt in another folder takes the place of the early video', async () => {
  const video = await processing()
  await tellPlayable(fixture, video)
  const later = { ...video, folder: folderOf(video.lectureId, video.uploadId, 2) }
  await tellReady(fixture, later)
  const { hlsUrl } = await play(video.lectureId)
  assert.match((await get(hlsUrl)).body, /720p\/index.m3u8/)
  assert.equal((await get(beside(hlsUrl, '720p/1-0001.m4s'))).body, '0123456789')
})

test('a failure, another upload and a late word leave nothing of the early video to play', async () => {
  const failed = await processing()
  await tellPlayable(fixture, failed)
  const failure = { code: 'UNREADABLE', advice: 'Export it again' }
  await fixture.hear(mediaFailed, { ...failed, instructorId: instructor.id, failure })
  await tellPlayable(fixture, failed)
  const replaced = await processing()
  await tellPlayable(fixture, replaced)
  await uploadTiny(instructor, replaced.lectureId)
  await tellPlayable(fixture, replaced)
  for (const { lectureId } of [failed, replaced]) {
    assert.equal((await read(lectureId)).isPlayable, false)
    assert.equal((await refusal(play(lectureId))).code, 'LECTURE_NOT_READY')
  }
})

test('students never see the early video: they go on with the one that they were published', async () => {
  const student = await fixture.person('student')
  const { courseId, lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const { folder } = await makeReady(fixture, instructor, lectureId)
  await instructor.courses.publish({ params: { courseId } })
  await student.courses.enroll({ params: { courseId } })
  const uploadId = await uploadTiny(instructor, lectureId)
  await tellPlayable(fixture, { lectureId, uploadId, instructor, folder: folderOf(lectureId, uploadId) })
  const { hlsUrl, videoUrl } = await student.courses.getPlayback({ params: { lectureId } })
  assert.equal((await get(hlsUrl)).body, '#EXTM3U\n')
  assert.equal((await get(beside(hlsUrl, '360p/1-0001.m4s'))).statusCode, 404)
  assert.equal((await get(beside(hlsUrl, '720p/segment-0001.m4s'))).statusCode, 200)
  assert.ok(videoUrl !== undefined && folder !== '')
  assert.equal((await student.courses.getLecture({ params: { lectureId } })).loudness, undefined)
})
