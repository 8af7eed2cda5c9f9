import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { refusal } from '@aetherlearn/testing/client'
import { dyingAt } from '@aetherlearn/testing/mortal'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { draftOf, openFixture, type Fixture, type Person } from '../fixture.ts'
import { sweepRemovals } from '../removal/sweep.ts'
import { aManifest, download, importZip, sha256, zipOf } from '../transfer/archives.fixture.ts'
import { sweepUploads } from '../uploads/sweep.ts'
import {
  openPackage,
  originHeaders,
  origins,
  putPackage,
  scorm12Files,
  scorm12Zip,
} from './packages.fixture.ts'
import { takeIn } from './take-in.ts'

const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const onDisk = await openFixture(stores, mint)
const onS3 = await openFixture(stores, mint, { objects: await server.openStore() })
after(async () => {
  await onDisk.close()
  await onS3.close()
  await stores.close()
  await server.close()
})
const zip = await scorm12Zip()
const later = () => new Date(Date.now() + 24 * 3600_000)
const filesBytes = Object.values(scorm12Files()).reduce(
  (sum, content) => sum + Buffer.from(content).length,
  0,
)

async function onlyLecture({ courses }: Person, courseId: string): Promise<Lecture> {
  const course = await courses.getCourse({ params: { courseId } })
  assert.ok('role' in course)
  const lecture = course.sections[0]?.lectures[0]
  assert.ok(lecture !== undefined)
  return lecture
}
const opens = async (fixture: Fixture, person: Person, lectureId: string) => {
  const { items } = await openPackage(person, lectureId)
  const url = (items[0]?.url ?? '').replace(origins.at, '')
  return (await fixture.app.inject({ url, headers: originHeaders })).body
}

for (const [name, fixture] of [
  ['the disk', onDisk],
  ['S3', onS3],
] as const) {
  test(`a course with a package that is exported, imported and removed, on ${name}`, async () => {
    const [author, other] = [await fixture.person('instructor'), await fixture.person('instructor')]
    const { courseId, lectureIds } = await draftOf(author)
    await putPackage(author, lectureIds[0] ?? '', zip)
    const { bytes } = await download(fixture, author, courseId)
    const made = await importZip(other, bytes)
    const lecture = await onlyLecture(other, made._id)
    const { packageId, ...about } = lecture.package ?? {}
    const { packageId: first, ...original } = (await onlyLecture(author, courseId)).package ?? {}
    assert.deepEqual(about, original)
    assert.notEqual(packageId, first)
    assert.match(await opens(fixture, other, lecture._id), /Lesson one/)
    const { usedBytes, openUploads } = await other.uploads.getUsage()
    assert.deepEqual([usedBytes, openUploads], [zip.length + filesBytes, 0])
    await other.courses.removeCourse({ params: { courseId: made._id } })
    const swept = { ...fixture.stores, objects: fixture.objects }
    await sweepRemovals(swept)
    await sweepAssets(swept, later())
    assert.equal(await fixture.objects.head(`raw/${packageId}`), undefined)
    assert.equal((await other.uploads.getUsage()).usedBytes, 0)
    assert.match(await opens(fixture, author, lectureIds[0] ?? ''), /Lesson one/)
  })
}

test('a package in an archive is judged as one that is sent, and the refusal names it', async () => {
  const person = await onDisk.person('instructor')
  const bad = await zipOf({ 'index.html': 'no manifest' })
  const file = 'packages/1-1.zip'
  const sent = { file, sizeBytes: bad.length, sha256: sha256(bad) }
  const lectures = [{ lectureTitle: 'Bad', package: sent }]
  const manifest = { ...aManifest(), sections: [{ sectionTitle: 'One', lectures }] }
  const archive = await zipOf({ [file]: bad, 'manifest.json': JSON.stringify(manifest) })
  const { code, detail } = await refusal(importZip(person, archive))
  assert.equal(code, 'PACKAGE_UNREADABLE')
  assert.match(detail ?? '', /^packages\/1-1\.zip: .*no imsmanifest/)
  const { usedBytes, openUploads } = await person.uploads.getUsage()
  assert.deepEqual([usedBytes, openUploads], [0, 0])
})

test('whichever step of taking a package in the process dies at, the lecture has all of it or nothing is left', async () => {
  const { packages, assets, usage } = onDisk.stores
  let [whole, none] = [0, 0]
  for (let fatal = 1, lived = false; !lived; fatal += 1) {
    assert.ok(fatal < 100)
    const person = await onDisk.person('instructor')
    const { lectureIds } = await draftOf(person)
    const [lectureId = ''] = lectureIds
    const keys = new Set<string>()
    const death = dyingAt(fatal, (name, [key]) => name === 'put' && keys.add(String(key)))
    const { mortal } = death
    const deps = {
      packages: mortal(packages),
      assets: mortal(assets),
      usage: mortal(usage),
      objects: mortal(onDisk.objects),
      uploadLimits: { quotaBytes: 1e9, maxOpenUploads: 10 },
      packageMaxBytes: 1e9,
      grantSeconds: 600,
    }
    const body = Readable.from([zip], { objectMode: false })
    const { signal } = new AbortController()
    const caller = { id: person.id, role: 'instructor' as const }
    await takeIn(deps, { lectureId, caller, body, sizeBytes: zip.length, signal }).catch(() => undefined)
    lived = death.lived()
    await sweepAssets({ ...onDisk.stores, objects: onDisk.objects }, later())
    await sweepUploads({ ...onDisk.stores, objects: onDisk.objects }, later())
    const isThere = (await person.courses.getLecture({ params: { lectureId } })).status === 'READY'
    const { usedBytes, openUploads } = await person.uploads.getUsage()
    assert.deepEqual([usedBytes, openUploads], [isThere ? zip.length + filesBytes : 0, 0], `step ${fatal}`)
    for (const key of keys) {
      assert.equal((await onDisk.objects.head(key)) !== undefined, isThere, `${key} at step ${fatal}`)
    }
    if (isThere) whole += 1
    else none += 1
  }
  assert.ok(whole > 0 && none > 0)
})
