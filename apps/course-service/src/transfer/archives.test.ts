import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { after, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, videoBytes } from '../fixture.ts'
import {
  aCourseZip,
  aManifest,
  importZip,
  madeByHand,
  videoOf,
  zipOf,
  zipHeaders,
} from './archives.fixture.ts'
import { sweepImports } from './import.ts'

const MAX_BYTES = 20 * 1024 * 1024
const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint(), { importMaxBytes: MAX_BYTES })
after(async () => {
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')
const { models } = fixture.stores

/** All that is there, of which an import could have left something. */
async function everything() {
  const files = await readdir(fixture.folder, { recursive: true, withFileTypes: true })
  const imports = await fixture.mongo.collection('imports').countDocuments()
  const assets = await fixture.mongo.collection('assets').countDocuments()
  const courses = await models.Courses.countDocuments()
  const lectures = await models.Lectures.countDocuments()
  const objects = files.filter((file) => file.isFile()).map((file) => file.name)
  return { objects, imports, assets, courses, lectures, usage: await instructor.uploads.getUsage() }
}

const video = videoBytes(5000)
const manifest = (more = {}) => JSON.stringify({ ...aManifest([videoOf(video)]), ...more })
const files = (more: Record<string, Uint8Array | string> = {}) => ({
  'videos/1-1.mp4': video,
  'manifest.json': manifest(),
  ...more,
})
const named = (name: string | Buffer, content: Uint8Array = video) =>
  madeByHand([
    { name: 'manifest.json', content: Buffer.from(manifest()) },
    { name, content },
  ])
const lying = (
  says: NonNullable<Parameters<typeof madeByHand>[0][number]['says']>,
  content: Uint8Array = video,
) =>
  madeByHand([
    { name: 'manifest.json', content: Buffer.from(manifest()) },
    { name: 'videos/1-1.mp4', content, says },
  ])
const GIB = 1024 ** 3
const LINK = 0o120777 * 0x10000

const vtt = 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n'
/** A course of one video with captions in these languages. */
function withCaptions(text: string, languages = ['en'], held?: object, sizeBytes = text.length) {
  const captions = languages.map((language) => ({
    file: `captions/1-1.${language}.vtt`,
    language,
    label: language,
    sizeBytes,
  }))
  const texts = held ?? Object.fromEntries(captions.map(({ file }) => [file, text]))
  const manifest = aManifest([videoOf(video, { captions })])
  return zipOf({ 'videos/1-1.mp4': video, ...texts, 'manifest.json': JSON.stringify(manifest) })
}

const refused: [string, () => Promise<Buffer> | Buffer, number, RegExp][] = [
  ['text', () => Buffer.from('This is no zip file at all'), 415, /no whole zip/],
  [
    'an archive that ends too early',
    async () => (await aCourseZip(video)).subarray(0, 4000),
    415,
    /no whole zip/,
  ],
  ['a file above its folder', () => named('../1-1.mp4'), 400, /relative path/],
  ['a file above it, further in', () => named('videos/../../1-1.mp4'), 400, /relative path/],
  ['an absolute path', () => named('/etc/passwd'), 400, /absolute path/],
  ['a drive', () => named('C:/1-1.mp4'), 400, /absolute path/],
  ['a backslash', () => named('videos\\1-1.mp4'), 400, /invalid characters/],
  ['a NUL', () => named('videos/1-1.mp4\0.txt'), 400, /no file name/],
  ['a symbolic link', () => lying({ attributes: LINK }, Buffer.from('/etc/passwd')), 400, /no plain file/],
  ['a device', () => lying({ attributes: 0o020666 * 0x10000 }), 400, /no plain file/],
  ['an encrypted file', () => lying({ flags: 0x801, packedBytes: video.length }), 400, /size mismatch/],
  ['a deflated encrypted file', () => lying({ flags: 0x801, method: 8 }), 415, /encrypted/],
  ['unknown packing', () => lying({ method: 14 }), 415, /not known here/],
  [
    'a file twice',
    () => madeByHand([1, 2].map(() => ({ name: 'videos/1-1.mp4', content: video }))),
    400,
    /twice/,
  ],
  ['two files on the same bytes', () => lying({ offset: 0, method: 8 }), 400, /same bytes/],
  ['10 GB in some kilobytes', () => lying({ method: 8, sizeBytes: 4 * GIB - 2 }), 413, /100 times its size/],
  [
    'more than is taken',
    () => lying({ method: 8, sizeBytes: 3e7 }, Buffer.alloc(1e6)),
    413,
    /more than 20971520 bytes/,
  ],
  [
    'a million files',
    () => madeByHand([{ name: 'manifest.json', content: video }], 65_535),
    413,
    /65535 files/,
  ],
  ['no manifest', () => zipOf({ 'videos/1-1.mp4': video }), 400, /holds no manifest/],
  ['a manifest that is no JSON', () => zipOf(files({ 'manifest.json': '{' })), 400, /no JSON/],
  [
    'a manifest of the future',
    () => zipOf(files({ 'manifest.json': manifest({ schemaVersion: 2 }) })),
    400,
    /not valid/,
  ],
  [
    'an unknown field',
    () => zipOf(files({ 'manifest.json': manifest({ creator: 'me' }) })),
    400,
    /not valid/,
  ],
  ['a file too many', () => zipOf(files({ 'readme.txt': 'hello' })), 400, /does not name/],
  ['a folder of its own', () => zipOf(files({ 'videos/x/1-1.mp4': video })), 400, /does not name/],
  ['a file too few', () => zipOf({ 'manifest.json': manifest() }), 400, /which its manifest names/],
  [
    'another size than named',
    () => zipOf(files({ 'videos/1-1.mp4': videoBytes(4999) })),
    400,
    /another size/,
  ],
  ['other bytes than named', () => zipOf(files({ 'videos/1-1.mp4': videoBytes(5000) })), 400, /1-1.mp4/],
  [
    'captions that cannot be read',
    () => withCaptions('Dear all,'),
    400,
    /captions\/1-1\.en\.vtt: Line 1: a time line/,
  ],
  ['captions in a language twice', () => withCaptions(vtt, ['en', 'EN']), 400, /1-1\.EN\.vtt.*twice/],
  ['captions in no language', () => withCaptions(vtt, ['12']), 400, /language tag/],
  ['captions that are not there', () => withCaptions(vtt, ['en'], {}), 400, /which its manifest names/],
  ['captions without end', () => withCaptions(vtt, ['en'], {}, 2 ** 24), 400, /not valid/],
  ['bytes that are not packed as told', () => lying({ method: 8 }), 400, /invalid|incorrect/],
]
for (const [name, make, status, reason] of refused) {
  test(`an archive with ${name} is refused, and nothing of it stays`, async () => {
    const before = await everything()
    const problem = await refusal(importZip(instructor, await make()))
    const said = JSON.stringify([problem.detail, problem.errors])
    assert.equal(problem.status, status, said)
    assert.match(said, reason)
    assert.deepEqual(await everything(), before)
  })
}

test('what is no video is refused, also when it is a zip file within', async () => {
  const before = await everything()
  for (const content of [await aCourseZip(), Buffer.alloc(5000, '<html>')]) {
    const text = JSON.stringify(aManifest([videoOf(content)]))
    const problem = await refusal(
      importZip(instructor, await zipOf({ 'videos/1-1.mp4': content, 'manifest.json': text })),
    )
    assert.deepEqual([problem.status, problem.code], [415, 'UNSUPPORTED_MEDIA'])
  }
  assert.deepEqual(await everything(), before)
})

test('an archive whose files were packed anew by another program is taken', async () => {
  const packed = deflateRawSync(video)
  const archive = madeByHand([
    { name: 'manifest.json', content: Buffer.from(manifest()) },
    { name: 'videos/1-1.mp4', content: packed, says: { method: 8, sizeBytes: video.length } },
  ])
  const course = await importZip(instructor, archive)
  assert.equal(course.totalLectures, 1)
  await instructor.courses.removeCourse({ params: { courseId: course._id } })
})

test('too large an archive, one of unknown length, another type, and no room left are refused at once', async () => {
  const before = await everything()
  const { courses, token } = instructor
  const large = await refusal(
    courses.importCourse({ raw: new Uint8Array(MAX_BYTES + 1), headers: zipHeaders }),
  )
  assert.equal(large.status, 413)
  const authorization = `Bearer ${token}`
  const url = `${fixture.origin}/api/v1/course/import`
  const body = new Blob([new Uint8Array(100)]).stream()
  const headers = { ...zipHeaders, authorization }
  const unknown = await fetch(url, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  assert.equal(unknown.status, 400)
  assert.match(await unknown.text(), /content-length/)
  const json = { 'content-type': 'application/json', authorization }
  const other = await fetch(url, { method: 'POST', headers: json, body: '{}' })
  assert.equal(other.status, 415)
  assert.deepEqual(await everything(), before)
  const poor = await openFixture(stores, await createTokenMint(), {
    limits: { quotaBytes: 4000, maxOpenUploads: 5 },
  })
  const person = await poor.person('instructor')
  assert.equal((await refusal(importZip(person, await aCourseZip()))).code, 'QUOTA_EXCEEDED')
  await poor.close()
})

test('what an import leaves that died in the middle is swept, room included; one that is at work is let alone', async () => {
  const { imports, usage } = fixture.stores
  const before = await everything()
  const [importId, uploadId] = ['a'.repeat(24), 'b'.repeat(24)]
  const room = { ownerId: instructor.id, uploadId: importId, sizeBytes: 5000 }
  await usage.reserve(room, { quotaBytes: 1e9, maxOpenUploads: 5 })
  await imports.begin(importId, instructor.id)
  await fixture.objects.put(`imports/${importId}.zip`, await aCourseZip())
  await imports.expect(importId, uploadId)
  await fixture.objects.put(`raw/${uploadId}`, video)
  const during = await everything()
  const deps = { ...fixture.stores, objects: fixture.objects }
  await sweepImports(deps, new Date())
  assert.deepEqual(await everything(), during)
  await sweepImports(deps, new Date(Date.now() + 3600_000))
  assert.deepEqual(await everything(), before)
  await assert.rejects(() => imports.expect(importId, uploadId), { code: 'TOO_SLOW' })
})
