import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { mediaReady } from '@aetherlearn/contracts/media'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { draftOf, makeReady, openFixture, uploadTiny, type Person } from '../fixture.ts'
import { madeByHand } from '../transfer/archives.fixture.ts'
import {
  cmi5Zip,
  openPackage,
  originHeaders,
  origins,
  putPackage,
  scorm12,
  scorm12Files,
  scorm12Zip,
} from './packages.fixture.ts'

const MAX_BYTES = 2 * 1024 * 1024
const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint(), { packageMaxBytes: MAX_BYTES })
after(async () => {
  await fixture.close()
  await stores.close()
})
const [instructor, student] = [await fixture.person('instructor'), await fixture.knownPerson('student')]
const { courses } = instructor
const later = () => new Date(Date.now() + 3600_000 * 24)
const sweep = (now?: Date) => sweepAssets({ ...fixture.stores, objects: fixture.objects }, now)

async function objects() {
  const files = await readdir(fixture.folder, { recursive: true, withFileTypes: true })
  return files.filter((file) => file.isFile()).length
}
/** A course of one lecture that is a package, published, with a student in it. */
async function aPackageCourse(zip?: Buffer) {
  const draft = await draftOf(instructor)
  const [lectureId = ''] = draft.lectureIds
  const lecture = await putPackage(instructor, lectureId, zip ?? (await scorm12Zip()))
  await courses.publish({ params: { courseId: draft.courseId } })
  await courses.addStudent({ params: { courseId: draft.courseId }, body: { userId: student.id } })
  return { ...draft, lectureId, lecture }
}
/** As the gateway asks, at the content origin. */
const file = (url: string, headers: Record<string, string> = originHeaders, method: 'GET' | 'HEAD' = 'GET') =>
  fixture.app.inject({ url: url.replace(origins.at, ''), headers, method })

test('a lecture becomes a package, which students open once it is published', async () => {
  const { courseId, lectureId, lecture } = await aPackageCourse()
  assert.equal(lecture.status, 'READY')
  assert.equal(lecture.isPlayable, false)
  const { packageId = '', ...about } = lecture.package ?? {}
  const sizeBytes = Object.values(scorm12Files()).reduce(
    (sum, content) => sum + Buffer.from(content).length,
    0,
  )
  assert.deepEqual(about, {
    standard: 'scorm-1.2',
    title: 'Fire & safety',
    itemCount: 2,
    fileCount: 4,
    sizeBytes,
  })
  const published = await student.courses.getPublished({ params: { courseId } })
  const [shown] = published.sections[0]?.lectures ?? []
  assert.deepEqual([shown?.package, shown?.durationSeconds], [{ standard: 'scorm-1.2' }, 0])
  const opened = await openPackage(student, lectureId)
  assert.deepEqual([opened.packageId, opened.playerUrl], [packageId, 'https://content.test/package-player/'])
  const [lesson, handout] = opened.items
  assert.match(
    lesson?.url ?? '',
    /^https:\/\/content\.test\/api\/v1\/package\/[^/]+\/content\/lesson%20one\/index\.html/,
  )
  const answer = await file(lesson?.url ?? '')
  assert.equal(answer.statusCode, 200)
  assert.match(answer.body, /Lesson one/)
  assert.equal(answer.headers['content-type'], 'text/html')
  assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  assert.equal(answer.headers['content-security-policy'], "frame-ancestors 'self' https://learn.test")
  assert.equal((await file(handout?.url ?? '')).headers['content-type'], 'application/pdf')
})

test('listeners hear what there is to open, and that it is no video', async () => {
  const { courseId, lectureId, lecture } = await aPackageCourse()
  const [fact] = await fixture.left('course.published', 'courseId', courseId)
  const [told] = (fact as { lectures: Record<string, unknown>[] }).lectures
  const { items } = await openPackage(student, lectureId)
  const bare = items.map(({ url: _url, ...item }) => item)
  const { packageId, standard, title } = lecture.package ?? {}
  assert.deepEqual(told?.['package'], { packageId, standard, title, items: bare })
  assert.equal(told?.['videoId'], undefined)
})

test('parts of a file, its tag and its head are answered as browsers ask', async () => {
  const { lectureId } = await aPackageCourse()
  const { items } = await openPackage(student, lectureId)
  const film = new URL('../film.mp4', items[0]?.url).href
  const part = await file(film, { ...originHeaders, range: 'bytes=4-7' })
  assert.deepEqual([part.statusCode, part.body, part.headers['content-type']], [206, 'film', 'video/mp4'])
  const head = await file(film, originHeaders, 'HEAD')
  assert.deepEqual([head.headers['content-length'], head.body], ['100000', ''])
  const etag = String(head.headers.etag)
  assert.equal((await file(film, { ...originHeaders, 'if-none-match': etag })).statusCode, 304)
  assert.equal((await file(new URL('../gone.js', film).href)).statusCode, 404)
})

test('a link is good at the origin of packages alone, for its time, and while its reader has a seat', async () => {
  const { courseId, lectureId } = await aPackageCourse()
  const { items, expiresAt } = await openPackage(student, lectureId)
  const url = items[0]?.url ?? ''
  assert.ok(Date.parse(expiresAt) - Date.now() > 11 * 3600_000)
  assert.equal((await file(url, {})).statusCode, 404)
  assert.equal(
    (await file(url, { ...originHeaders, 'x-content-origin': 'https://learn.test' })).statusCode,
    404,
  )
  assert.equal((await file(url.replace(/package\/./, 'package/A'))).statusCode, 403)
  const grant = url.split('/')[6] ?? ''
  assert.equal((await file(`/api/v1/media/${grant}/allow`)).statusCode, 403)
  await courses.removeStudent({ params: { courseId, userId: student.id } })
  assert.equal((await refusal(openPackage(student, lectureId))).code, 'NOT_ENROLLED')
})

test('where packages have no origin of their own they are not opened, and it is said why', async () => {
  const { lectureId } = await aPackageCourse()
  const { code, detail } = await refusal(student.courses.getPackage({ params: { lectureId } }))
  assert.equal(code, 'PACKAGES_NOT_SET_UP')
  assert.match(detail ?? '', /CONTENT_ORIGIN/)
})

test('who may not edit the course can neither give a lecture a package nor take it, and a stranger opens nothing', async () => {
  const { lectureId } = await aPackageCourse()
  const stranger = await fixture.person('instructor')
  const zip = await cmi5Zip()
  assert.equal((await refusal(putPackage(stranger, lectureId, zip))).status, 403)
  const params = { lectureId }
  assert.equal((await refusal(stranger.courses.deletePackage({ params }))).status, 403)
  assert.equal((await refusal(openPackage(stranger, lectureId))).code, 'NOT_ENROLLED')
})

const bomb = deflateRawSync(Buffer.alloc(5_000_000))
const manifestFile = { name: 'imsmanifest.xml', content: Buffer.from(scorm12) }
const lying = (name: string, content: Uint8Array, says: object) =>
  madeByHand([manifestFile, { name, content, says }])
const refused: [string, () => Buffer | Promise<Buffer>, number][] = [
  ['no zip', () => Buffer.from('no zip'), 415],
  ['a way out', () => lying('../../etc/cron.d/x', Buffer.from('x'), {}), 400],
  ['a link', () => lying('a', Buffer.from('/etc/passwd'), { attributes: 0o120777 * 0x10000 }), 400],
  ['a bomb', () => lying('a.txt', bomb, { method: 8, sizeBytes: 5_000_000 }), 413],
  ['files on the same bytes', () => lying('a.txt', Buffer.from('x'.repeat(50)), { offset: 0 }), 400],
  [
    'a size that is a lie',
    () => lying('a.txt', deflateRawSync(Buffer.alloc(900)), { method: 8, sizeBytes: 20 }),
    400,
  ],
  ['too many files', () => madeByHand([manifestFile], 50_000), 413],
  ['a manifest that opens nothing', () => scorm12Zip({ 'imsmanifest.xml': '<manifest/>' }), 400],
]
for (const [what, make, status] of refused) {
  test(`${what} is refused, and nothing of it stays`, async () => {
    const { lectureIds } = await draftOf(instructor)
    const [lectureId = ''] = lectureIds
    await sweep(later())
    const before = [await objects(), await instructor.uploads.getUsage()]
    const zip = await make()
    assert.equal((await refusal(putPackage(instructor, lectureId, zip))).status, status)
    await sweep(new Date(Date.now() + 1000))
    assert.deepEqual([await objects(), await instructor.uploads.getUsage()], before)
    assert.equal((await courses.getLecture({ params: { lectureId } })).status, 'AWAITING_MEDIA')
  })
}

test('a package larger than the setting or than the room of its instructor is refused', async () => {
  const { lectureIds } = await draftOf(instructor)
  const noise = Buffer.alloc(MAX_BYTES + 1)
  const { code } = await refusal(putPackage(instructor, lectureIds[0] ?? '', noise))
  assert.equal(code, 'TOO_LARGE')
})

test('a package takes the place of a video and a video that of a package; what nobody needs goes', async () => {
  const own = await fixture.person('instructor')
  const { courseId, lectureIds } = await draftOf(own)
  const [lectureId = ''] = lectureIds
  const params = { lectureId }
  await sweep(later())
  const [before, room] = [await objects(), await own.uploads.getUsage()]
  await makeReady(fixture, own, lectureId)
  await putPackage(own, lectureId, await scorm12Zip())
  assert.equal((await refusal(own.courses.getPlayback({ params }))).code, 'LECTURE_NOT_READY')
  await putPackage(own, lectureId, await cmi5Zip())
  await sweep(later())
  const opened = await openPackage(own, lectureId)
  assert.equal(opened.standard, 'cmi5')
  // Its zip file and two files.
  assert.equal((await objects()) - before, 3)
  const uploadId = await uploadTiny(own, lectureId)
  assert.equal((await refusal(openPackage(own, lectureId))).code, 'NO_PACKAGE')
  await fixture.hear(mediaReady, readyFact(own, lectureId, uploadId))
  await sweep(later())
  assert.equal((await own.courses.getLecture({ params })).package, undefined)
  await putPackage(own, lectureId, await scorm12Zip())
  await own.courses.deletePackage({ params })
  assert.equal((await own.courses.getLecture({ params })).status, 'AWAITING_MEDIA')
  await sweep(later())
  assert.deepEqual([await objects(), await own.uploads.getUsage()], [before, room])
  assert.equal((await refusal(own.courses.deletePackage({ params }))).code, 'NO_PACKAGE')
  assert.equal((await refusal(own.courses.publish({ params: { courseId } }))).code, 'COURSE_NOT_PUBLISHABLE')
})

test('students keep the package that was published, whatever becomes of the draft, and a rollback shows it again', async () => {
  const { courseId, lectureId, lecture } = await aPackageCourse()
  const params = { courseId }
  await putPackage(instructor, lectureId, await cmi5Zip())
  await sweep(later())
  const isFirst = async () => (await openPackage(student, lectureId)).packageId === lecture.package?.packageId
  assert.ok(await isFirst())
  const { hasUnpublishedChanges } = outline(await courses.getCourse({ params }))
  assert.equal(hasUnpublishedChanges, true)
  await courses.publish({ params })
  assert.equal(await isFirst(), false)
  await courses.rollback({ params, body: { version: 1 } })
  await sweep(later())
  assert.ok(await isFirst())
  const { items } = await openPackage(student, lectureId)
  assert.equal((await file(items[0]?.url ?? '')).statusCode, 200)
})

test('a duplicate shares the package, which stays while one of the two needs it', async () => {
  const { courseId, lecture } = await aPackageCourse()
  const copy = await courses.duplicateCourse({ params: { courseId }, body: {} })
  await courses.removeCourse({ params: { courseId } })
  await sweep(later())
  const [held] =
    outline(await courses.getCourse({ params: { courseId: copy._id } })).sections[0]?.lectures ?? []
  assert.equal(held?.package?.packageId, lecture.package?.packageId)
  const { items } = await openPackage(instructor, held?._id ?? '')
  assert.equal((await file(items[0]?.url ?? '')).statusCode, 200)
})

type Outline = Extract<Awaited<ReturnType<typeof courses.getCourse>>, { role: string }>
const outline = (course: Awaited<ReturnType<typeof courses.getCourse>>): Outline => {
  assert.ok('role' in course)
  return course
}
const readyFact = ({ id }: Person, lectureId: string, uploadId: string) => ({
  lectureId,
  uploadId,
  instructorId: id,
  folder: `media/${lectureId}/${uploadId}/1`,
  hls: 'master.m3u8',
  video: 'video.mp4',
  poster: 'poster.jpg',
  storyboard: 'storyboard.vtt',
  durationSeconds: 60,
  width: 1280,
  height: 720,
})
