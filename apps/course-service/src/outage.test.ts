import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, octets, openFixture, videoBytes } from './fixture.ts'

const stores = await ownStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await stores.mongo.signal('SIGCONT')
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')
const { courses, uploads } = instructor

/** Answers within the 2 s that we promise, with what is meant for a client to try again. */
async function assertUnavailable(call: Promise<unknown>) {
  const started = performance.now()
  const problem = await refusal(call)
  assert.deepEqual([problem.status, problem.code], [503, 'UNAVAILABLE'])
  assert.ok(performance.now() - started < 2200)
}

test('while MongoDB is frozen every call is 503 in time, videos play on, and all comes back by itself', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['Sets', 'Unions'])
  const [lectureId = '', second = ''] = lectureIds
  await makeReady(fixture, instructor, lectureId)
  await courses.publish({ params: { courseId } })
  const student = await fixture.person('student')
  await student.courses.enroll({ params: { courseId } })
  const { hlsUrl } = await student.courses.getPlayback({ params: { lectureId } })
  assert.equal((await fetch(fixture.origin + hlsUrl)).status, 200)
  const raw = new Uint8Array(videoBytes(1000))
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId: second, size: raw.length } })
  const put = () => uploads.putChunk({ params: { uploadId, index: 0 }, raw, headers: octets })
  const complete = () => uploads.completeUpload({ body: { uploadId, lectureId: second, totalChunks: 1 } })

  await stores.mongo.signal('SIGSTOP')
  const down = [
    () => courses.getCourse({ params: { courseId } }),
    () => courses.listPublished(),
    () => courses.createCourse({ body: { title: 'a', category: 'b' } }),
    () => courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'lost' } }),
    () => courses.publish({ params: { courseId } }),
    put,
    complete,
  ]
  await Promise.all(down.map((call) => assertUnavailable(call())))
  assert.equal((await fetch(fixture.origin + hlsUrl)).status, 200)

  await stores.mongo.signal('SIGCONT')
  // MongoDB holds for some seconds what those asked for who were given up: a client is told 503 and tries again.
  await retry(put)
  await retry(complete)
  assert.equal((await courses.getLecture({ params: { lectureId: second } })).status, 'PROCESSING')
  const { totalLectures, sections } = await courses.getCourse({ params: { courseId } })
  assert.equal(sections[0]?.lectures.length, totalLectures)
})
