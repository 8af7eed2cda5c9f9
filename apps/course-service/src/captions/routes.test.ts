import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  MAX_CAPTIONS_BYTES,
  MAX_CAPTION_HITS,
  MAX_CAPTION_LANGUAGES,
} from '@aetherlearn/contracts/course/captions'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { sweepAssets } from '../assets/sweep.ts'
import { draftOf, makeReady, openFixture, uploadTiny, type Person } from '../fixture.ts'
import { sweepRemovals } from '../removal/sweep.ts'
import { createCaptionFiles } from './files.ts'
import { captionModel } from './store.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { mongo, objects } = fixture
const all = fixture.stores
const files = createCaptionFiles(all.captions)
const rows = captionModel(mongo)

const owner = await fixture.person('instructor')
const srt = (...said: string[]) =>
  said.map((text, n) => `${n + 1}\n00:00:0${n},000 --> 00:00:0${n + 1},000\n${text}\n`).join('\n')
const put = ({ courses }: Person, lectureId: string, language: string, text: string, label?: string) =>
  courses.putCaptions({
    params: { lectureId, language },
    raw: Buffer.from(text),
    headers: { 'content-type': 'video/mp4' },
    ...(label === undefined ? {} : { query: { label } }),
  })
const list = async ({ courses }: Person, lectureId: string) =>
  (await courses.listCaptions({ params: { lectureId } })).map(({ language, label, cueCount }) => [
    language,
    label,
    cueCount,
  ])
const search = ({ courses }: Person, lectureId: string, q: string, language?: string) =>
  courses.searchCaptions({
    params: { lectureId },
    query: { q, ...(language === undefined ? {} : { language }) },
  })

async function readyLecture() {
  const { courseId, lectureIds } = await draftOf(owner)
  const [lectureId = ''] = lectureIds
  return { courseId, lectureId, ...(await makeReady(fixture, owner, lectureId)) }
}
async function publishedLecture() {
  const lecture = await readyLecture()
  const params = { courseId: lecture.courseId }
  await owner.courses.publish({ params })
  const student = await fixture.person('student')
  await student.courses.enroll({ params })
  return { ...lecture, params, student }
}

test('captions are added by a file of any of the three formats, replaced, listed and removed', async () => {
  const { lectureId } = await readyLecture()
  assert.deepEqual(await list(owner, lectureId), [])
  const added = await put(owner, lectureId, 'PT-br', srt('Olá'))
  assert.deepEqual([added.language, added.label, added.cueCount], ['pt-BR', 'Português (Brasil)', 1])
  assert.ok(Math.abs(Date.parse(added.updatedAt) - Date.now()) < 60_000)
  await put(owner, lectureId, 'en', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello', ' English (edited) ')
  const ttml = '<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="1s" end="2s">Hallo</p></body></tt>'
  await put(owner, lectureId, 'de', ttml)
  assert.deepEqual(await list(owner, lectureId), [
    ['de', 'Deutsch', 1],
    ['en', 'English (edited)', 1],
    ['pt-BR', 'Português (Brasil)', 1],
  ])
  await put(owner, lectureId, 'de', srt('Guten', 'Tag'))
  const remove = (language: string) => owner.courses.deleteCaptions({ params: { lectureId, language } })
  await remove('en')
  await remove('pt-br')
  assert.equal((await refusal(remove('en'))).code, 'CAPTIONS_NOT_FOUND')
  assert.deepEqual(await list(owner, lectureId), [['de', 'Deutsch', 2]])
})

test('a file that cannot be read, is too large, or a language that is none, is refused and changes nothing', async () => {
  const { lectureId } = await readyLecture()
  await put(owner, lectureId, 'en', srt('Hello'))
  const broken = await refusal(put(owner, lectureId, 'en', 'Hello,\nthis is a letter'))
  assert.deepEqual([broken.status, broken.code], [400, 'CAPTIONS_UNREADABLE'])
  assert.match(broken.detail ?? '', /^Line 1: a time line such as/)
  assert.equal((await refusal(put(owner, lectureId, 'en', ''))).code, 'CAPTIONS_UNREADABLE')
  const large = srt('Hello').padEnd(MAX_CAPTIONS_BYTES + 1)
  assert.equal((await refusal(put(owner, lectureId, 'en', large))).code, 'TOO_LARGE')
  for (const language of ['e', 'en_US', 'en--us', '12', 'en-verylonglanguage']) {
    assert.equal((await refusal(put(owner, lectureId, language, srt('x')))).code, 'INVALID_INPUT', language)
  }
  for (const label of ['', '  ', 'a\nb', 'x'.repeat(61)]) {
    assert.equal((await refusal(put(owner, lectureId, 'en', srt('x'), label))).code, 'INVALID_INPUT', label)
  }
  assert.deepEqual(await list(owner, lectureId), [['en', 'English', 1]])
})

test('who may edit the course changes captions, who may play the lecture reads them, and nobody else', async () => {
  const { lectureId, student, params } = await publishedLecture()
  const [viewer, editor, stranger, admin] = [
    await fixture.knownPerson('instructor'),
    await fixture.knownPerson('instructor'),
    await fixture.person('instructor'),
    await fixture.person('admin'),
  ]
  await owner.courses.putPerson({ params, body: { userId: viewer.id, role: 'viewer' } })
  await owner.courses.putPerson({ params, body: { userId: editor.id, role: 'editor' } })
  for (const who of [owner, editor, admin]) await put(who, lectureId, 'en', srt('Hello'))
  const remove = ({ courses }: Person) => courses.deleteCaptions({ params: { lectureId, language: 'en' } })
  for (const who of [viewer, stranger, student]) {
    assert.equal((await refusal(put(who, lectureId, 'en', srt('x')))).code, 'FORBIDDEN')
    assert.equal((await refusal(remove(who))).code, 'FORBIDDEN')
  }
  for (const who of [owner, editor, viewer, admin, student]) {
    assert.deepEqual(await list(who, lectureId), [['en', 'English', 1]])
    assert.equal((await search(who, lectureId, 'hello')).hits.length, 1)
  }
  const outsider = await fixture.person('student')
  for (const who of [stranger, outsider]) {
    assert.equal((await refusal(list(who, lectureId))).code, 'NOT_ENROLLED')
    assert.equal((await refusal(search(who, lectureId, 'hello'))).code, 'NOT_ENROLLED')
  }
  const hidden = (await readyLecture()).lectureId
  assert.equal((await refusal(list(stranger, hidden))).code, 'LECTURE_NOT_FOUND')
  assert.equal((await refusal(put(stranger, hidden, 'en', srt('x')))).code, 'LECTURE_NOT_FOUND')
})

test('captions are those of a video: another video has its own, and students see those of the one they play', async () => {
  const { lectureId, student } = await publishedLecture()
  await put(owner, lectureId, 'en', srt('Old'))
  await uploadTiny(owner, lectureId)
  assert.deepEqual(await list(owner, lectureId), [])
  await put(owner, lectureId, 'de', srt('Neu'))
  assert.deepEqual(await list(owner, lectureId), [['de', 'Deutsch', 1]])
  assert.deepEqual(await list(student, lectureId), [['en', 'English', 1]])
  assert.equal((await search(student, lectureId, 'neu')).hits.length, 0)
  assert.equal((await search(student, lectureId, 'old')).hits.length, 1)
})

test('a lecture without a video takes no captions and has none', async () => {
  const { lectureIds } = await draftOf(owner)
  const [lectureId = ''] = lectureIds
  assert.equal((await refusal(put(owner, lectureId, 'en', srt('x')))).code, 'LECTURE_NOT_READY')
  assert.deepEqual(await list(owner, lectureId), [])
  assert.deepEqual(await search(owner, lectureId, 'x'), { hits: [], hasMore: false })
})

test('words are found whatever their case, accents and punctuation, and over the border of two captions', async () => {
  const { lectureId } = await readyLecture()
  await put(owner, lectureId, 'fr', srt('L’été, c’est', 'une saison.', 'ÉTÉ !'))
  await put(owner, lectureId, 'en', srt('The union', 'of two sets', 'Unions everywhere'))
  const at = async (q: string, language?: string) =>
    (await search(owner, lectureId, q, language)).hits.map((hit) => [
      hit.language,
      hit.startSeconds,
      hit.endSeconds,
    ])
  assert.deepEqual(await at('ete'), [
    ['fr', 0, 1],
    ['fr', 2, 3],
  ])
  assert.deepEqual(await at('UNION OF   TWO'), [['en', 0, 2]])
  assert.deepEqual(await at('union'), [
    ['en', 0, 1],
    ['en', 2, 3],
  ])
  assert.deepEqual(await at('union', 'fr'), [])
  assert.deepEqual(await at('union', 'EN'), await at('union'))
  assert.deepEqual(await at('…'), [])
  const [hit] = (await search(owner, lectureId, 'union of two')).hits
  assert.equal(hit?.text, 'The union\nof two sets')
})

test('a search answers so many hits, the earliest, and says that there are more', async () => {
  const { lectureId } = await readyLecture()
  const cue = (n: number) => `00:00:${String(n % 60).padStart(2, '0')}.000 --> 01:00:00.000\nsame words\n\n`
  await put(owner, lectureId, 'en', `WEBVTT\n\n${Array.from({ length: 300 }, (_, n) => cue(n)).join('')}`)
  await put(owner, lectureId, 'de', `WEBVTT\n\n${cue(0)}`)
  const { hits, hasMore } = await search(owner, lectureId, 'same')
  assert.deepEqual([hits.length, hasMore], [MAX_CAPTION_HITS, true])
  assert.deepEqual(
    hits
      .slice(0, 6)
      .map((hit) => [hit.language, hit.startSeconds])
      .toSorted()[0],
    ['de', 0],
  )
  assert.equal((await search(owner, lectureId, 'same', 'de')).hasMore, false)
})

test('of two who send the same language at once one is second, and a video has so many languages', async () => {
  const { lectureId, uploadId } = await readyLecture()
  const six = Array.from({ length: 6 }, (_, n) => srt(`Version ${n}`))
  await Promise.all(six.map((text) => retry(() => put(owner, lectureId, 'en', text))))
  assert.equal(await rows.countDocuments({ lectureId, uploadId }), 1)
  const letters = [...'abcdefghijklmnopqrstuvwxyz'].flatMap((letter) => [`a${letter}`, `b${letter}`])
  const others = letters.slice(0, MAX_CAPTION_LANGUAGES - 1)
  for (const language of others) await put(owner, lectureId, `x${language}`, srt('x'))
  assert.equal((await refusal(put(owner, lectureId, 'zu', srt('x')))).code, 'TOO_LARGE')
  await put(owner, lectureId, 'en', srt('Replaced all the same'))
})

test('a player is given a playlist as long as the video and WebVTT in which nothing can run', async () => {
  const { lectureId, uploadId } = await readyLecture()
  await put(
    owner,
    lectureId,
    'en',
    srt('<script>alert(1)</script> & <img src=x onerror=alert(1)>', 'b'),
    'A "label"',
  )
  const video = { lectureId, uploadId }
  assert.deepEqual(await files.captionsOf(video), [{ language: 'en', label: 'A "label"' }])
  const playlist = await files.captionFile(video, 'en.m3u8')
  assert.equal(playlist?.contentType, 'application/vnd.apple.mpegurl')
  assert.equal(
    playlist?.text,
    `#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:60
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXTINF:60.000,
en.vtt
#EXT-X-ENDLIST
`,
  )
  const segment = await files.captionFile(video, 'en.vtt')
  assert.equal(segment?.contentType, 'text/vtt; charset=utf-8')
  assert.equal(
    segment?.text,
    `WEBVTT
X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000

00:00:00.000 --> 00:00:01.000
&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img src=x onerror=alert(1)&gt;

00:00:01.000 --> 00:00:02.000
b
`,
  )
  await put(owner, lectureId, 'en', srt('c'))
  assert.notEqual((await files.captionFile(video, 'en.vtt'))?.etag, segment?.etag)
  for (const name of ['de.vtt', 'en.mp4', 'en', '../en.vtt', 'en.vtt/'])
    assert.equal(await files.captionFile(video, name), undefined)
  const replaced = { lectureId, uploadId: (await makeReady(fixture, owner, lectureId)).uploadId }
  assert.deepEqual(await files.captionsOf(replaced), [])
  assert.match((await files.captionFile(video, 'en.m3u8'))?.text ?? '', /EXTINF:1.000,/)
})

test('captions go with their video and with their course', async () => {
  const { courseId, lectureId, uploadId } = await readyLecture()
  await put(owner, lectureId, 'en', srt('First'))
  const next = await makeReady(fixture, owner, lectureId)
  await put(owner, lectureId, 'en', srt('Second'))
  const later = new Date(Date.now() + 3600_000)
  await sweepAssets({ ...all, objects }, later)
  assert.equal(await rows.countDocuments({ uploadId }), 0)
  assert.equal(await rows.countDocuments({ uploadId: next.uploadId }), 1)
  await owner.courses.removeCourse({ params: { courseId } })
  assert.equal((await refusal(put(owner, lectureId, 'de', srt('x')))).code, 'LECTURE_NOT_FOUND')
  await sweepRemovals({ ...all, objects })
  assert.equal(await rows.countDocuments({ courseId }), 0)
})

test('a duplicate begins with the same captions, and from then on each has its own', async () => {
  const { courseId, lectureId } = await readyLecture()
  await put(owner, lectureId, 'en', srt('Hello'), 'Mine')
  await put(owner, lectureId, 'de', srt('Hallo'))
  const copy = await owner.courses.duplicateCourse({ params: { courseId } })
  const { sections } = await owner.courses.getCourse({ params: { courseId: copy._id } })
  const twin = sections[0]?.lectures[0]?._id ?? ''
  assert.deepEqual(await list(owner, twin), await list(owner, lectureId))
  await put(owner, twin, 'en', srt('Hello', 'again'))
  await owner.courses.deleteCaptions({ params: { lectureId: twin, language: 'de' } })
  assert.deepEqual(await list(owner, twin), [['en', 'English', 2]])
  assert.deepEqual(await list(owner, lectureId), [
    ['de', 'Deutsch', 1],
    ['en', 'Mine', 1],
  ])
  await owner.courses.removeCourse({ params: { courseId } })
  await sweepRemovals({ ...all, objects })
  assert.deepEqual(await list(owner, twin), [['en', 'English', 2]])
})
