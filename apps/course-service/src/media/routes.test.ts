import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, mediaSecret, openFixture } from '../fixture.ts'
import { readGrant, writeGrant } from './grant.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const student = await fixture.person('student')
const { courseId, lectureIds } = await draftOf(instructor, ['Sets', 'Unions'])
const [lectureId = '', unready = ''] = lectureIds
const { folder } = await makeReady(fixture, instructor, lectureId)
const params = { lectureId }
const get = (url: string, headers: Record<string, string> = {}) => fixture.app.inject({ url, headers })
const addressOf = (file: string, given = folder, inSeconds = 60, secret = mediaSecret) => {
  const expires = Math.floor(Date.now() / 1000) + inSeconds
  return `/api/v1/media/${writeGrant({ folder: given, userId: student.id, expires }, secret)}/${file}`
}
const segment = '720p/segment-0001.m4s'

test('a creator plays a draft; a student only what is published, and only when enrolled', async () => {
  const { hlsUrl, durationSeconds, captions } = await instructor.courses.getPlayback({ params })
  assert.deepEqual([durationSeconds, captions], [60, []])
  assert.equal((await get(hlsUrl)).body, '#EXTM3U\n')
  assert.equal((await refusal(student.courses.getPlayback({ params }))).code, 'LECTURE_NOT_FOUND')
  await instructor.courses.publish({ params: { courseId } })
  assert.equal((await refusal(student.courses.getPlayback({ params }))).code, 'NOT_ENROLLED')
  await student.courses.enroll({ params: { courseId } })
  const playback = await student.courses.getPlayback({ params })
  assert.equal((await get(playback.hlsUrl)).statusCode, 200)
  assert.ok(Date.parse(playback.expiresAt) > Date.now())
  const late = { lectureId: unready }
  assert.equal((await refusal(student.courses.getPlayback({ params: late }))).code, 'LECTURE_NOT_FOUND')
  assert.equal((await refusal(instructor.courses.getPlayback({ params: late }))).code, 'LECTURE_NOT_READY')
  await student.courses.leave({ params: { courseId } })
  assert.equal((await get(playback.hlsUrl)).json().code, 'LINK_INVALID')
  assert.equal((await refusal(student.courses.getPlayback({ params }))).code, 'NOT_ENROLLED')
})

test('names relative to the playlist work under the same grant, with the types that players ask for', async () => {
  const { hlsUrl } = await instructor.courses.getPlayback({ params })
  const answer = await get(new URL(segment, `http://x${hlsUrl}`).pathname)
  assert.equal(answer.body, '0123456789')
  assert.equal(answer.headers['content-type'], 'video/iso.segment')
  assert.equal((await get(hlsUrl)).headers['content-type'], 'application/vnd.apple.mpegurl')
  assert.match(String(answer.headers['cache-control']), /^private, max-age=3600/)
})

test('a grant that was changed, has expired, was signed by others or names another folder opens nothing', async () => {
  const good = addressOf(segment)
  assert.equal((await get(good)).statusCode, 200)
  const [, grant = ''] = /media\/([^/]+)\//.exec(good) ?? []
  const [text = '', signature = ''] = grant.split('.')
  const elsewhere = JSON.stringify({ folder: 'raw', userId: student.id, expires: 9_999_999_999 })
  const last = signature.at(-1) === 'A' ? 'B' : 'A'
  const forged = [
    `${Buffer.from(elsewhere).toString('base64url')}.${signature}`,
    `${text}.${signature.slice(0, -1)}${last}`,
    `${text}.${signature}A`,
    `${text}.${signature}.A`,
    `${text}.`,
    text,
    'x',
  ]
  for (let flipped = 0; flipped < signature.length; flipped += 7) {
    const letter = signature[flipped] === 'x' ? 'y' : 'x'
    forged.push(`${text}.${signature.slice(0, flipped)}${letter}${signature.slice(flipped + 1)}`)
  }
  for (const bad of forged) {
    const answer = await get(good.replace(grant, bad))
    assert.equal(answer.statusCode, 403, bad)
    assert.equal(answer.json().code, 'LINK_INVALID')
  }
  assert.equal((await get(addressOf(segment, folder, -1))).statusCode, 403)
  assert.equal(
    (await get(addressOf(segment, folder, 60, 'another secret of 32 characters!!'))).statusCode,
    403,
  )
})

test('nothing outside the folder of the grant can be named', async () => {
  for (const name of [
    '../master.m3u8',
    '..%2fmaster.m3u8',
    '%2e%2e/x.mp4',
    'a/b/c.mp4',
    '.m3u8',
    'x%00.mp4',
    'raw',
    '',
  ]) {
    const { statusCode, body } = await get(addressOf(name))
    assert.ok([400, 403, 404].includes(statusCode), `${name}: ${statusCode} ${body}`)
  }
  assert.equal((await get(addressOf('absent.mp4'))).json().code, 'MEDIA_NOT_FOUND')
})

test('ranges are answered with exactly their bytes, and those outside the file with its length', async () => {
  const url = addressOf(segment)
  const ask = async (range: string, more = {}) => {
    const { statusCode, body, headers } = await get(url, { range, ...more })
    return [statusCode, body, headers['content-range']]
  }
  assert.deepEqual(await ask('bytes=2-4'), [206, '234', 'bytes 2-4/10'])
  assert.deepEqual(await ask('bytes=7-'), [206, '789', 'bytes 7-9/10'])
  assert.deepEqual(await ask('bytes=-3'), [206, '789', 'bytes 7-9/10'])
  assert.deepEqual(await ask('bytes=5-999'), [206, '56789', 'bytes 5-9/10'])
  assert.deepEqual(await ask('bytes=4-2'), [200, '0123456789', undefined])
  assert.deepEqual(await ask('items=0-1'), [200, '0123456789', undefined])
  assert.deepEqual(await ask('bytes=0-1', { 'if-range': '"other"' }), [200, '0123456789', undefined])
  const outside = await get(url, { range: 'bytes=10-' })
  assert.equal(outside.statusCode, 416)
  assert.equal(outside.headers['content-range'], 'bytes */10')
  assert.equal(outside.headers['cache-control'], undefined)
})

test('a file that the browser has already is not sent again', async () => {
  const url = addressOf(segment)
  const { etag } = (await get(url)).headers
  const again = await get(url, { 'if-none-match': String(etag) })
  assert.deepEqual([again.statusCode, again.body], [304, ''])
})

test('a link reads and does nothing else', async () => {
  const url = addressOf(segment)
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    const { statusCode } = await fixture.app.inject({ method, url })
    assert.ok([403, 404, 405].includes(statusCode), `${method}: ${statusCode}`)
  }
  assert.equal((await get(url)).body, '0123456789')
})

test('a link opens the video that it was written for and no other one of the same course', async () => {
  const draft = await draftOf(instructor, ['a', 'b'])
  const [a = '', b = ''] = draft.lectureIds
  const [first, second] = [await makeReady(fixture, instructor, a), await makeReady(fixture, instructor, b)]
  await fixture.objects.put(`${second.folder}/only-b.mp4`, Buffer.from('b'))
  assert.equal((await get(addressOf('only-b.mp4', second.folder))).body, 'b')
  assert.equal((await get(addressOf('only-b.mp4', first.folder))).json().code, 'MEDIA_NOT_FOUND')
  const up = '..%2f'.repeat(3)
  for (const path of [
    `${b}/${second.uploadId}/1/only-b.mp4`,
    `${up}${b}%2f${second.uploadId}%2f1%2fonly-b.mp4`,
  ]) {
    const { statusCode } = await get(addressOf(path, first.folder))
    assert.ok([400, 404].includes(statusCode), `${path}: ${statusCode}`)
  }
  // Without a grant, or with the folder in its place.
  for (const grant of ['x', encodeURIComponent(second.folder), second.uploadId]) {
    const answer = await get(`/api/v1/media/${grant}/only-b.mp4`)
    assert.deepEqual([answer.statusCode, answer.json().code], [403, 'LINK_INVALID'])
  }
})

test('a video of the draft is for the people of the course alone, also while the course is live', async () => {
  const draft = await draftOf(instructor, ['published', 'draft'])
  const course = { courseId: draft.courseId }
  const [published = '', hidden = ''] = draft.lectureIds
  await makeReady(fixture, instructor, published)
  const play = (who: typeof student, id: string) => who.courses.getPlayback({ params: { lectureId: id } })
  const other = await fixture.person('instructor')
  for (const who of [student, other])
    assert.equal((await refusal(play(who, published))).code, 'LECTURE_NOT_FOUND')
  await instructor.courses.publish({ params: course })
  await student.courses.enroll({ params: course })
  await makeReady(fixture, instructor, hidden)
  assert.equal((await refusal(play(student, hidden))).code, 'LECTURE_NOT_FOUND')
  assert.equal((await refusal(play(other, hidden))).code, 'NOT_ENROLLED')
  assert.equal((await get(`/api/v1/course/lecture/${hidden}/playback`)).statusCode, 401)
  const admin = await fixture.person('admin')
  for (const who of [instructor, admin])
    assert.equal((await get((await play(who, hidden)).hlsUrl)).statusCode, 200)
})

test('the links of somebody who no longer works on the course end', async () => {
  const draft = await draftOf(instructor)
  const [id = ''] = draft.lectureIds
  await makeReady(fixture, instructor, id)
  const grantOf = (hlsUrl: string) => readGrant(hlsUrl.split('/')[4] ?? '', mediaSecret, Date.now())
  const { hlsUrl } = await instructor.courses.getPlayback({ params: { lectureId: id } })
  const grant = grantOf(hlsUrl)
  assert.deepEqual([grant.courseId, grant.as], [draft.courseId, 'people'])
  assert.equal((await get(hlsUrl)).statusCode, 200)
  const formerly = writeGrant({ ...grant, userId: student.id }, mediaSecret)
  assert.equal((await get(`/api/v1/media/${formerly}/master.m3u8`)).json().code, 'LINK_INVALID')
})

test('a link names the lecture that is played, also where a duplicate shares the files of another', async () => {
  const draft = await draftOf(instructor)
  const [id = ''] = draft.lectureIds
  const { uploadId, folder: shared } = await makeReady(fixture, instructor, id)
  const copy = await instructor.courses.duplicateCourse({ params: { courseId: draft.courseId }, body: {} })
  const outline = await instructor.courses.getCourse({ params: { courseId: copy._id } })
  const twin = 'role' in outline ? (outline.sections[0]?.lectures[0]?._id ?? '') : ''
  for (const played of [id, twin]) {
    const { hlsUrl } = await instructor.courses.getPlayback({ params: { lectureId: played } })
    const grant = readGrant(hlsUrl.split('/')[4] ?? '', mediaSecret, Date.now())
    assert.deepEqual([grant.lectureId, grant.uploadId, grant.folder], [played, uploadId, shared])
  }
})

test('a student’s links end with the enrolment', async () => {
  const draft = await draftOf(instructor)
  const course = { courseId: draft.courseId }
  await makeReady(fixture, instructor, draft.lectureIds[0] ?? '')
  await instructor.courses.publish({ params: course })
  const reader = await fixture.person('student')
  await reader.courses.enroll({ params: course })
  const { hlsUrl, posterUrl } = await reader.courses.getPlayback({
    params: { lectureId: draft.lectureIds[0] ?? '' },
  })
  assert.equal((await get(hlsUrl)).statusCode, 200)
  await reader.courses.leave({ params: course })
  for (const url of [hlsUrl, posterUrl ?? '']) assert.equal((await get(url)).json().code, 'LINK_INVALID')
})
