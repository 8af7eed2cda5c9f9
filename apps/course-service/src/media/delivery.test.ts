import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, mediaSecret, openFixture, uploadTiny } from '../fixture.ts'
import { sweepAssets } from '../assets/sweep.ts'
import { writeGrant } from './grant.ts'
import { renditions, tellReady } from './ladder.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const fixture = await openFixture(stores, mint)
after(async () => {
  await fixture.close()
  await stores.close()
})

const instructor = await fixture.person('instructor')
const student = await fixture.person('student')
const { courseId, lectureIds } = await draftOf(instructor)
const [lectureId = ''] = lectureIds
const uploadId = await uploadTiny(instructor, lectureId)
const folder = `media/${lectureId}/${uploadId}/1`
await tellReady(fixture, { lectureId, uploadId, folder, instructor })
await instructor.courses.publish({ params: { courseId } })
await student.courses.enroll({ params: { courseId } })
const playback = () => student.courses.getPlayback({ params: { lectureId } })
const { hlsUrl } = await playback()
const beside = (name: string) => hlsUrl.replace('master.m3u8', name)
const segment = beside('720p/1-0001.m4s')
type Method = 'GET' | 'HEAD' | 'OPTIONS'
const ask = (url: string, method: Method = 'GET', headers: Record<string, string> = {}) =>
  fixture.app.inject({ url, method, headers: { origin: 'https://school.test', ...headers } })

test('players of other sites may read what a link opens, in parts as well, and see why one does not', async () => {
  for (const url of [hlsUrl, segment, segment.replace('/media/', '/media/x')]) {
    const { headers } = await ask(url)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['access-control-allow-credentials'], undefined)
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
    assert.match(String(headers['access-control-expose-headers']), /Accept-Ranges.*Content-Range.*ETag/)
  }
  const wanted = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'range' }
  for (const url of [hlsUrl, segment]) {
    const { statusCode, headers } = await ask(url, 'OPTIONS', wanted)
    assert.equal(statusCode, 204)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.match(String(headers['access-control-allow-headers']), /Range/)
    assert.equal(headers['access-control-allow-methods'], 'GET, HEAD')
  }
})

test('each kind of file has the type that players ask for; other kinds are not there', async () => {
  const types = {
    '720p/1-0001.ts': 'video/mp2t',
    '720p/1-0001.m4s': 'video/iso.segment',
    '720p/init.mp4': 'video/mp4',
    '720p/index.m3u8': 'application/vnd.apple.mpegurl',
    'storyboard.vtt': 'text/vtt; charset=utf-8',
  }
  for (const [name, type] of Object.entries(types)) {
    await fixture.objects.put(`${folder}/${name}`, Buffer.from('0123456789'))
    const { statusCode, headers } = await ask(beside(name))
    assert.deepEqual([statusCode, headers['content-type']], [200, type])
  }
  await fixture.objects.put(`${folder}/720p/plan.json`, Buffer.from('{}'))
  assert.equal((await ask(beside('720p/plan.json'))).statusCode, 404)
})

test('HEAD says what GET would, without a byte of it', async () => {
  const { statusCode, headers, body } = await ask(segment, 'HEAD')
  assert.deepEqual([statusCode, headers['content-length'], body], [200, '10', ''])
  const part = await ask(segment, 'HEAD', { range: 'bytes=2-4' })
  assert.deepEqual([part.statusCode, part.headers['content-range']], [206, 'bytes 2-4/10'])
  assert.equal((await ask(hlsUrl, 'HEAD')).headers['content-length'], String((await ask(hlsUrl)).body.length))
  assert.equal((await ask(beside('720p/none.m4s'), 'HEAD')).statusCode, 404)
})

test('captions are in the playback, in the master playlist and under the same link, and go when they are removed', async () => {
  const params = { lectureId, language: 'pt-BR' }
  const file = 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nOlá\n'
  const query = { label: 'Português' }
  await instructor.courses.putCaptions({ params, query, raw: new TextEncoder().encode(file) })
  const { captions, hlsUrl: master } = await playback()
  assert.deepEqual(
    captions.map(({ language, label }) => [language, label]),
    [['pt-BR', 'Português']],
  )
  const vtt = await ask(captions[0]?.url ?? '')
  assert.equal(vtt.headers['content-type'], 'text/vtt; charset=utf-8')
  assert.match(vtt.body, /^WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n[\s\S]*Olá/)
  // The clock of an MPEG transport stream begins later than that of fMP4, whose segments have a header.
  const rung = `${folder}/${renditions.at(-1)?.name}/index.m3u8`
  for (const [lines, start] of [
    ['#EXTINF:4,\na.ts', 90_000],
    ['#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\na.m4s', 0],
  ] as const) {
    await fixture.objects.put(rung, Buffer.from(`#EXTM3U\n${lines}\n`))
    assert.match((await ask(captions[0]?.url ?? '')).body, new RegExp(`MPEGTS:${start},LOCAL`))
  }
  assert.equal(vtt.headers['cache-control'], 'private, no-cache')
  const later = async (wanted: RegExp) => {
    const deadline = Date.now() + 10_000
    while (Date.now() < deadline) if (wanted.test((await ask(master)).body)) return true
    return false
  }
  assert.ok(await later(/NAME="Português",LANGUAGE="pt-BR",[^\n]*URI="captions\/pt-BR.m3u8"/))
  const playlist = await ask(master.replace('master.m3u8', 'captions/pt-BR.m3u8'))
  assert.match(playlist.body, /#EXTINF:60.000,\npt-BR.vtt\n/)
  assert.equal((await ask(master.replace('master.m3u8', 'captions/fr.vtt'))).statusCode, 404)
  await instructor.courses.deleteCaptions({ params })
  assert.equal((await ask(captions[0]?.url ?? '')).statusCode, 404)
  assert.ok(await later(/^(?![\s\S]*SUBTITLES)/))
})

test('an edge learns whether a link holds and by which folder its files are kept, and a browser keeps them for itself', async () => {
  const allow = beside('allow')
  const yes = await ask(allow)
  assert.deepEqual([yes.statusCode, yes.headers['x-media-key']], [204, folder])
  assert.equal(yes.headers['cache-control'], 'private, max-age=30')
  const [, , , , grant = ''] = hlsUrl.split('/')
  // Another letter, and not any fixed ones: one signature in a thousand ends with those.
  const other = grant.at(-2) === 'A' ? 'B' : 'A'
  const forged = `${grant.slice(0, -2)}${other}${grant.at(-1)}`
  const { statusCode, headers } = await ask(`/api/v1/media/${forged}/allow`)
  assert.deepEqual([statusCode, headers['x-media-key']], [403, undefined])
  const expires = Math.floor(Date.now() / 1000) + 9
  const last = writeGrant({ folder, userId: student.id, courseId, expires }, mediaSecret)
  const brief = await ask(`/api/v1/media/${last}/allow`)
  assert.ok(Number(/max-age=(\d+)$/.exec(String(brief.headers['cache-control']))?.[1]) <= 9)
  assert.equal((await ask(segment)).headers['cdn-cache-control'], undefined)
})

test('only where an edge asks may one keep files for all, and never what is composed', async () => {
  const edged = await openFixture(stores, mint, { folder: fixture.folder, edgeAsks: true })
  after(() => edged.close())
  const kept = await edged.app.inject(segment)
  assert.equal(kept.headers['cdn-cache-control'], 'public, max-age=31536000, immutable')
  assert.equal(kept.headers['cache-control'], 'private, max-age=3600, immutable')
  const master = await edged.app.inject(hlsUrl)
  assert.deepEqual(
    [master.headers['cdn-cache-control'], master.headers['cache-control']],
    [undefined, 'private, no-cache'],
  )
})

test('whoever plays a replaced video finishes it; only then are its files removed', async () => {
  const draft = await draftOf(instructor)
  const [replaced = ''] = draft.lectureIds
  const first = await makeReady(fixture, instructor, replaced)
  const course = { courseId: draft.courseId }
  const params = { lectureId: replaced }
  // Somebody plays the draft, which no version of the course keeps.
  const old = await instructor.courses.getPlayback({ params })
  const oldSegment = old.hlsUrl.replace('master.m3u8', '720p/segment-0001.m4s')
  await makeReady(fixture, instructor, replaced)
  await instructor.courses.publish({ params: course })
  await student.courses.enroll({ params: course })
  const deps = { ...fixture.stores, objects: fixture.objects }
  const expires = Date.parse(old.expiresAt)
  await sweepAssets(deps, new Date(expires - 1000))
  assert.equal((await ask(oldSegment)).statusCode, 200)
  await sweepAssets(deps, new Date(expires + 60_000))
  assert.equal((await ask(oldSegment)).statusCode, 404)
  assert.equal(await fixture.objects.head(`${first.folder}/master.m3u8`), undefined)
  assert.equal((await ask((await student.courses.getPlayback({ params })).hlsUrl)).statusCode, 200)
})

test('students go on with the old video under their link although the new one is published', async () => {
  const old = (await playback()).hlsUrl
  const next = await makeReady(fixture, instructor, lectureId)
  await instructor.courses.publish({ params: { courseId } })
  await sweepAssets({ ...fixture.stores, objects: fixture.objects }, new Date(Date.now() + 86_400_000))
  assert.equal((await ask(old.replace('master.m3u8', '720p/1-0001.m4s'))).body, '0123456789')
  assert.match((await ask(old)).body, /720p\/index.m3u8/)
  const now = await playback()
  assert.equal((await ask(now.hlsUrl)).body, '#EXTM3U\n')
  const course = await student.courses.getCourse({ params: { courseId } })
  const placed = course.sections.flatMap((part) =>
    typeof part === 'string' || !('lectures' in part) ? [] : part.lectures.map(({ _id }) => _id),
  )
  assert.deepEqual(placed, [lectureId])
  assert.notEqual(next.uploadId, uploadId)
})
