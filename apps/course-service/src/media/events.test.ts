import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, uploadTiny } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const messagesTo = (userId: string) =>
  fixture.said.map((text) => JSON.parse(text)).filter((message) => message.userId === userId)
const failure = { code: 'UNREADABLE', advice: 'Export it again' }

test('a finished video makes its lecture READY, and its instructor is told once however often it is said', async () => {
  const teacher = await fixture.person('instructor')
  const { lectureIds } = await draftOf(teacher)
  const [lectureId = ''] = lectureIds
  const { uploadId, folder } = await makeReady(fixture, teacher, lectureId)
  const names = { hls: 'a', video: 'b', poster: 'c', storyboard: 'd' }
  const size = { durationSeconds: 9, width: 2, height: 2 }
  await fixture.hear(mediaReady, { lectureId, uploadId, instructorId: teacher.id, folder, ...names, ...size })
  const lecture = await teacher.courses.getLecture({ params: { lectureId } })
  assert.deepEqual([lecture.status, lecture.durationSeconds], ['READY', 60])
  const types = messagesTo(teacher.id).map(({ type }) => type)
  assert.deepEqual(types, ['lecture.ready', 'notification'])
})

test('a failed video says why, and the next upload takes the failure away', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const uploadId = await uploadTiny(instructor, lectureId)
  await fixture.hear(mediaFailed, { lectureId, uploadId, instructorId: instructor.id, failure })
  const read = () => instructor.courses.getLecture({ params: { lectureId } })
  assert.deepEqual([(await read()).status, (await read()).failure], ['FAILED', failure])
  const types = messagesTo(instructor.id).map(({ type }) => type)
  assert.deepEqual(types, ['lecture.failed', 'notification'])
  await uploadTiny(instructor, lectureId)
  assert.deepEqual([(await read()).status, (await read()).failure], ['PROCESSING', undefined])
})

test('what became of a replaced upload changes nothing', async () => {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const older = await uploadTiny(instructor, lectureId)
  await uploadTiny(instructor, lectureId)
  await fixture.hear(mediaFailed, { lectureId, uploadId: older, instructorId: instructor.id, failure })
  await fixture.hear(mediaFailed, { lectureId, uploadId: newId(), instructorId: instructor.id, failure })
  assert.equal((await instructor.courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
})

test('files of a video that nobody waits for are removed, but those that another producer had made', async () => {
  const made = { folder: 'media/a', hls: 'a', video: 'b', poster: 'c', storyboard: 'd' }
  const size = { durationSeconds: 9, width: 2, height: 2 }
  const [lectureId, uploadId] = [newId(), newId()]
  for (const id of [uploadId, lectureId]) {
    await fixture.hear(mediaReady, { lectureId, uploadId: id, instructorId: instructor.id, ...made, ...size })
  }
  const { assets } = fixture.stores
  assert.ok((await assets.find(uploadId))?.releasedAt)
  assert.equal(await assets.find(lectureId), undefined)
})

test('while a new video is made, students go on with the one they were published', async () => {
  const student = await fixture.person('student')
  const { courseId, lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  const first = await makeReady(fixture, instructor, lectureId)
  await instructor.courses.publish({ params: { courseId } })
  await student.courses.enroll({ params: { courseId } })
  await uploadTiny(instructor, lectureId)
  const { hlsUrl } = await student.courses.getPlayback({ params: { lectureId } })
  assert.equal((await fixture.app.inject(hlsUrl)).statusCode, 200)
  assert.notEqual(await fixture.objects.head(`${first.folder}/master.m3u8`), undefined)
})
