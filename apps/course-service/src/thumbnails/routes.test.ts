import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { MAX_THUMBNAIL_BYTES } from '@aetherlearn/contracts/course/thumbnails'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import sharp from 'sharp'
import { draftOf, makeReady, openFixture, type Person } from '../fixture.ts'
import { sweepRemovals } from '../removal/sweep.ts'
import { pictureModel } from './store.ts'
import { sweepPictures } from './sweep.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { app, objects } = fixture
const { pictures, models } = fixture.stores
const instructor = await fixture.person('instructor')
const { courses } = instructor

const canvas = (background: string, width = 1600, height = 1600) =>
  sharp({ create: { width, height, channels: 3, background } })
const png = (background = 'red') => canvas(background, 100, 80).png().toBuffer()
const put = ({ token }: Person, courseId: string, body: Buffer, type = 'application/octet-stream') => {
  const url = `/api/v1/course/${courseId}/thumbnail`
  return rawCall(app, { method: 'PUT', url, token, body, headers: { 'content-type': type } })
}
const get = (url: string, headers: Record<string, string> = {}) =>
  rawCall(app, { method: 'GET', url, headers })
const draft = async () => (await draftOf(instructor)).courseId
async function published(picture: Buffer) {
  const { courseId, lectureIds } = await draftOf(instructor)
  await put(instructor, courseId, picture)
  await makeReady(fixture, instructor, lectureIds[0] ?? '')
  const { thumbnailUrl } = await courses.publish({ params: { courseId }, body: {} })
  return { courseId, thumbnailUrl: thumbnailUrl ?? assert.fail('no picture') }
}
const folderOf = async (courseId: string) =>
  (await models.Courses.findById(courseId).lean())?.thumbnail?.folder

for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
  test(`a picture as ${format} is cut to two sizes of WebP, whatever it is called, and loses its metadata`, async () => {
    const courseId = await draft()
    const exif = { IFD0: { Copyright: 'secret of the camera' } }
    const picture = await canvas('blue').withExif(exif).toFormat(format).toBuffer()
    const answer = await put(instructor, courseId, picture, 'image/gif')
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.json().revision, 2)
    const address: string = answer.json().thumbnailUrl
    for (const [file, width, height] of [
      ['large.webp', 1280, 720],
      ['small.webp', 640, 360],
    ] as const) {
      const image = await get(address.replace('large.webp', file))
      assert.deepEqual([image.statusCode, image.headers['content-type']], [200, 'image/webp'])
      const found = await sharp(image.rawPayload).metadata()
      assert.deepEqual(
        [found.format, found.width, found.height, found.exif],
        ['webp', width, height, undefined],
      )
      assert.equal(image.rawPayload.includes('secret of the camera'), false)
    }
  })
}

/** A PNG that claims to be of this size and holds next to nothing. */
function claimingPng(width: number, height: number) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const chunk = (name: string, content: Buffer) => {
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(content.length)
    return Buffer.concat([length, Buffer.from(name), content, crc])
  }
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

test('what is no picture, a disguised one, or too large is refused, and nothing is kept', async () => {
  const courseId = await draft()
  const whole = await png()
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
  const bomb = await canvas('black', 7000, 7000).png().toBuffer()
  const refused: [string, Buffer, number][] = [
    ['SVG', Buffer.from(svg), 415],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>'), 415],
    ['GIF', await canvas('red', 10, 10).gif().toBuffer(), 415],
    [
      'an SVG behind the first bytes of a JPEG',
      Buffer.concat([Buffer.from('\xff\xd8\xff', 'latin1'), Buffer.from(svg)]),
      415,
    ],
    ['half a picture', whole.subarray(0, whole.length / 2), 415],
    ['a PNG that claims to be 65,000 pixels wide', claimingPng(65_000, 65_000), 413],
    ['49 megapixels in a few kilobytes', bomb, 413],
    ['more than 5 MiB', Buffer.concat([whole, Buffer.alloc(MAX_THUMBNAIL_BYTES)]), 413],
    ['nothing', Buffer.alloc(0), 415],
  ]
  assert.ok(bomb.length < 1_000_000)
  for (const [name, bytes, status] of refused) {
    const { statusCode } = await put(instructor, courseId, bytes)
    assert.ok(statusCode === status || (name === 'nothing' && statusCode === 400), `${name}: ${statusCode}`)
  }
  assert.equal((await put(instructor, courseId, whole, 'application/json')).statusCode, 415)
  assert.equal(await folderOf(courseId), undefined)
})

test('the draft’s picture is for those who work on it; students and strangers see the published one', async () => {
  const { courseId, thumbnailUrl } = await published(await png('red'))
  await put(instructor, courseId, await png('blue'))
  const colour = async (url: string) => {
    const { dominant } = await sharp((await get(url)).rawPayload).stats()
    return dominant.r > dominant.b ? 'red' : 'blue'
  }
  const outline = await courses.getCourse({ params: { courseId } })
  assert.equal(await colour(outline.thumbnailUrl ?? ''), 'blue')
  const [taught] = (await courses.listTaught()).filter(({ _id }) => _id === courseId)
  assert.equal(taught?.thumbnailUrl, outline.thumbnailUrl)
  assert.equal(await colour(thumbnailUrl), 'red')
  const again = await courses.publish({ params: { courseId }, body: {} })
  assert.equal(await colour(again.thumbnailUrl ?? ''), 'blue')
  assert.notEqual(again.thumbnailUrl, thumbnailUrl)
  const answer = JSON.stringify(outline)
  assert.equal(answer.includes('thumbnails/'), false)
})

test('a published picture is kept for a year by whoever names its version, and costs nothing when it is there', async () => {
  const { courseId, thumbnailUrl } = await published(await png())
  const first = await get(thumbnailUrl)
  assert.equal(first.headers['cache-control'], 'public, max-age=31536000, immutable')
  const etag = String(first.headers.etag)
  const second = await get(thumbnailUrl, { 'if-none-match': etag })
  assert.deepEqual([second.statusCode, second.rawPayload.length], [304, 0])
  const url = `/api/v1/course/published/${courseId}/thumbnail/`
  assert.equal((await get(`${url}small.webp`)).headers['cache-control'], 'public, max-age=60')
  assert.equal((await get(`${url}huge.webp`)).statusCode, 404)
  assert.equal((await get(`${url}..%2f..%2fx`)).statusCode, 400)
  await courses.unpublish({ params: { courseId } })
  assert.equal((await get(thumbnailUrl)).statusCode, 404)
})

test('a picture is taken off the draft, and the published one stays', async () => {
  const { courseId, thumbnailUrl } = await published(await png())
  const without = await courses.deleteThumbnail({ params: { courseId } })
  assert.equal('thumbnailUrl' in without, false)
  assert.equal((await courses.deleteThumbnail({ params: { courseId } })).revision, without.revision)
  assert.equal((await get(thumbnailUrl)).statusCode, 200)
})

test('pictures are for those who may edit', async () => {
  const courseId = await draft()
  const { courses: others, ...stranger } = await fixture.person('instructor')
  assert.equal((await put({ courses: others, ...stranger }, courseId, await png())).statusCode, 404)
  assert.equal((await refusal(others.deleteThumbnail({ params: { courseId } }))).status, 404)
  await models.Courses.updateOne(
    { _id: courseId },
    { $set: { people: [{ userId: stranger.id, role: 'viewer' }] } },
  )
  assert.equal((await put({ courses: others, ...stranger }, courseId, await png())).statusCode, 403)
  assert.equal(await folderOf(courseId), undefined)
})

test('the sweep removes pictures that nobody shows any more, and those that were never shown', async () => {
  const { courseId } = await published(await png('red'))
  const shown = (await folderOf(courseId)) ?? ''
  await put(instructor, courseId, await png('green'))
  const replaced = (await folderOf(courseId)) ?? ''
  await put(instructor, courseId, await png('blue'))
  const current = (await folderOf(courseId)) ?? ''
  // As a process that was killed before it could show its picture leaves it.
  const lost = `thumbnails/${courseId}/lost`
  await pictures.begin(lost, courseId)
  await objects.put(`${lost}/large.webp`, Buffer.from('x'))
  const isThere = async (folder: string) => (await objects.head(`${folder}/large.webp`)) !== undefined
  await sweepPictures(pictures, objects, new Date())
  assert.deepEqual(await Promise.all([shown, replaced, current, lost].map(isThere)), [true, true, true, true])
  const later = new Date(Date.now() + 3600_000)
  for (let round = 0; round < 2; round += 1) {
    await sweepPictures(pictures, objects, later)
    assert.deepEqual(await Promise.all([shown, replaced, current, lost].map(isThere)), [
      true,
      false,
      true,
      false,
    ])
  }
})

test('of a removed course no picture is left, not even one that was on its way', async () => {
  const { courseId } = await published(await png())
  await courses.removeCourse({ params: { courseId } })
  const late = `thumbnails/${courseId}/late`
  await pictures.begin(late, courseId)
  await sweepRemovals({ ...fixture.stores, objects })
  await objects.put(`${late}/large.webp`, Buffer.from('x'))
  await sweepPictures(pictures, objects, new Date(Date.now() + 3600_000))
  assert.equal(await objects.head(`${late}/large.webp`), undefined)
  assert.equal(await pictureModel(fixture.mongo).countDocuments({ courseId }), 0)
})
