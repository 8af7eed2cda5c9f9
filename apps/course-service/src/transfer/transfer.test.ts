import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, test } from 'node:test'
import type { CourseManifest } from '@aetherlearn/contracts/course/transfer'
import { refusal } from '@aetherlearn/testing/client'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openPromise } from 'yauzl'
import { sweepAssets } from '../assets/sweep.ts'
import { assertWhole } from '../editing/curriculum.fixture.ts'
import { draftOf, openFixture, uploadTiny, videoBytes, type Fixture } from '../fixture.ts'
import { sweepRemovals } from '../removal/sweep.ts'
import { download, importZip, sha256 } from './archives.fixture.ts'

const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const objects = await server.openStore()
const onDisk = await openFixture(stores, mint)
const onS3 = await openFixture(stores, mint, { objects })
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-export-test-'))
after(async () => {
  for (const fixture of [onDisk, onS3]) await fixture.close()
  await stores.close()
  await server.close()
  await rm(folder, { recursive: true })
})

/** Read with another program than the one that made it. */
async function unzipped(bytes: Buffer) {
  const path = join(folder, `${sha256(bytes)}.zip`)
  await writeFile(path, bytes)
  const zip = await openPromise(path, { lazyEntries: true, autoClose: true })
  const files = new Map<string, Buffer>()
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)))
  }
  const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '') as CourseManifest
  files.delete('manifest.json')
  return { files, manifest }
}

async function roundTrip(fixture: Fixture) {
  const instructor = await fixture.person('instructor')
  const { courses } = instructor
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['Sets', 'Maps', 'Rings'])
  const [sets = '', maps = '', rings = ''] = lectureIds
  await courses.addSection({ params: { courseId }, body: { sectionTitle: 'Empty <b>“ü”</b>' } })
  await courses.moveLecture({ params: { lectureId: rings }, body: { sectionId, position: 0 } })
  const completion = { by: 'watching', watchedShare: 0.8, endSlackSeconds: 9 } as const
  const details = { description: 'Tout\nde ça', language: 'fr', price: 4900, seatLimit: 7, completion }
  await courses.changeCourse({ params: { courseId }, body: details })
  const [first, second] = [videoBytes(300_000), videoBytes(70_000)]
  await uploadTiny(instructor, sets, first)
  await uploadTiny(instructor, maps, second)
  const captioned = (language: string, text: string, label: string) =>
    courses.putCaptions({ params: { lectureId: sets, language }, query: { label }, raw: Buffer.from(text) })
  await captioned('en', '1\n00:00:00,000 --> 00:00:01,000\nA < B & “C”\n', 'English')
  await captioned('pt-BR', 'WEBVTT\n\n00:00.500 --> 00:02.000 align:start\nOlá\n', 'Português (da Ana)')
  const { answer, bytes } = await download(fixture, instructor, courseId)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/zip')
  const exported = await unzipped(bytes)
  assert.deepEqual(
    exported.manifest.sections.map(({ lectures }) => lectures.map(({ lectureTitle }) => lectureTitle)),
    [['Rings', 'Sets', 'Maps'], []],
  )
  assert.deepEqual(exported.files.get('videos/1-2.mp4'), first)
  assert.deepEqual(exported.files.get('videos/1-3.mp4'), second)
  assert.match(String(exported.files.get('captions/1-2.en.vtt')), /^WEBVTT\n[^]*A &lt; B &amp; “C”\n$/)

  const other = await fixture.person('instructor')
  const made = await importZip(other, bytes)
  assert.equal(made.creator, other.id)
  assert.deepEqual([made.status, made.totalLectures, made.seatLimit], ['draft', 3, 7])
  assert.deepEqual(made.completion, completion)
  const { lectures } = await assertWhole(fixture.stores.models, made._id)
  assert.deepEqual(lectures.map(({ status }) => status).sort(), [
    'AWAITING_MEDIA',
    'PROCESSING',
    'PROCESSING',
  ])
  for (const { status, _id, uploadId } of lectures) {
    const jobs = await fixture.left('video-queue', 'uploadId', String(uploadId))
    assert.equal(jobs.length, status === 'PROCESSING' ? 1 : 0)
    if (status !== 'PROCESSING') continue
    assert.equal(Object(jobs[0]).lectureId, String(_id))
    assert.ok([first, second].map(sha256).includes(Object(jobs[0]).sha256))
  }
  const setsAgain = lectures.find(({ lectureTitle }) => lectureTitle === 'Sets')?._id
  const listed = await other.courses.listCaptions({ params: { lectureId: String(setsAgain) } })
  assert.deepEqual(
    listed.map(({ language, label, cueCount }) => [language, label, cueCount]),
    [
      ['en', 'English', 1],
      ['pt-BR', 'Português (da Ana)', 1],
    ],
  )
  const usage = await other.uploads.getUsage()
  assert.deepEqual([usage.usedBytes, usage.openUploads], [370_000, 0])

  const again = await unzipped((await download(fixture, other, made._id)).bytes)
  assert.deepEqual(again, exported)

  await other.courses.removeCourse({ params: { courseId: made._id } })
  const swept = { ...fixture.stores, objects: fixture.objects }
  await sweepRemovals(swept)
  await sweepAssets(swept)
  for (const { uploadId } of lectures) {
    if (uploadId !== undefined) assert.equal(await fixture.objects.head(`raw/${String(uploadId)}`), undefined)
  }
  assert.equal((await other.uploads.getUsage()).usedBytes, 0)
  assert.equal(await fixture.mongo.collection('imports').countDocuments(), 0)
  assert.equal(await fixture.mongo.collection('captions').countDocuments({ courseId: made._id }), 0)
}

test('a course that is exported, imported and exported again is the same, on the disk', () =>
  roundTrip(onDisk))

test('a course that is exported, imported and exported again is the same, on S3', () => roundTrip(onS3))

test('who may not edit a course cannot export it', async () => {
  const { courseId } = await draftOf(await onDisk.person('instructor'))
  const stranger = await onDisk.person('instructor')
  const problem = await refusal(stranger.courses.exportCourse({ params: { courseId } }))
  assert.equal(problem.code, 'COURSE_NOT_FOUND')
})
