import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, uploadTiny } from '../fixture.ts'
import { documented, hasNginx, startEdge } from './edge.fixture.ts'
import { ALLOWED_SECONDS } from './file-routes.ts'
import { tellReady } from './ladder.fixture.ts'

const skip = hasNginx ? false : 'needs nginx: apt-get install nginx-light'

test('the edge of the guide goes by our word no longer than we say', async () => {
  assert.ok((await documented()).includes(`proxy_cache_valid 204 ${ALLOWED_SECONDS}s;`))
})

/** A published video, and how often each of its files was read from the object store. */
async function openScene() {
  const stores = await testStores()
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-edge-objects-'))
  const disk = createDiskStore({ folder })
  const reads: string[] = []
  const read: typeof disk.read = (key, range) => {
    reads.push(key)
    return disk.read(key, range)
  }
  const options = { objects: { ...disk, read }, edgeAsks: true }
  const fixture = await openFixture(stores, await createTokenMint(), options)
  const edge = await startEdge(fixture.origin)
  after(async () => {
    await edge.stop()
    await fixture.close()
    await stores.close()
    await rm(folder, { recursive: true, force: true })
  })
  const instructor = await fixture.person('instructor')
  const publish = async () => {
    const { courseId, lectureIds } = await draftOf(instructor)
    const [lectureId = ''] = lectureIds
    const uploadId = await uploadTiny(instructor, lectureId)
    const video = { lectureId, uploadId, folder: `media/${lectureId}/${uploadId}/1` }
    await tellReady(fixture, { ...video, instructor })
    await instructor.courses.publish({ params: { courseId } })
    return { courseId, ...video }
  }
  /** A student of the course with the address of its segment at the edge. */
  const enter = async ({ courseId, lectureId }: { courseId: string; lectureId: string }) => {
    const student = await fixture.person('student')
    await student.courses.enroll({ params: { courseId } })
    const { hlsUrl } = await student.courses.getPlayback({ params: { lectureId } })
    return {
      student,
      master: edge.url + hlsUrl,
      segment: edge.url + hlsUrl.replace('master.m3u8', '720p/1-0001.m4s'),
    }
  }
  return { fixture, reads, publish, enter }
}

test('behind an edge: one read for all viewers, each by a link of their own', { skip }, async (t) => {
  const { fixture, reads, publish, enter } = await openScene()
  const video = await publish()
  const [first, second] = [await enter(video), await enter(video)]
  const get = async (url: string, headers = {}) => {
    const answer = await fetch(url, { headers })
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }

  await t.test('two students are one read of the object store, in parts as well', async () => {
    const part = await get(first.segment, { range: 'bytes=2-4' })
    assert.deepEqual(
      [part.status, part.text, part.headers.get('content-range')],
      [206, '234', 'bytes 2-4/10'],
    )
    const whole = await get(second.segment)
    assert.deepEqual([whole.status, whole.text, whole.headers.get('x-cache')], [200, '0123456789', 'HIT'])
    assert.equal(whole.headers.get('cache-control'), 'private, max-age=3600, immutable')
    assert.equal(whole.headers.get('access-control-allow-origin'), '*')
    assert.equal(whole.headers.get('cdn-cache-control'), null)
    const known = await get(second.segment, { 'if-none-match': whole.headers.get('etag') ?? '' })
    assert.equal(known.status, 304)
    assert.deepEqual(reads, [`${video.folder}/720p/1-0001.m4s`])
  })

  await t.test('a forged grant never gets what is kept, whatever else is sent', async () => {
    const [, grant = ''] = /media\/([^/]+)\//.exec(first.segment) ?? []
    const other = grant.at(-2) === 'A' ? 'B' : 'A'
    const forged = first.segment.replace(grant, `${grant.slice(0, -2)}${other}${grant.at(-1)}`)
    for (const headers of [{}, { 'x-media-key': video.folder }, { range: 'bytes=0-1' }]) {
      const answer = await get(forged, headers)
      assert.deepEqual([answer.status, JSON.parse(answer.text).code], [403, 'LINK_INVALID'])
      assert.equal(answer.headers.get('access-control-allow-origin'), '*')
      assert.equal(answer.headers.get('x-cache'), null)
    }
    assert.equal((await fetch(`${new URL(first.segment).origin}/media-link`)).status, 404)
  })

  await t.test('a link opens its own video alone, although the files have the same names', async () => {
    const other = await publish()
    await fixture.objects.put(`${other.folder}/720p/1-0001.m4s`, Buffer.from('another video'))
    const { segment } = await enter(other)
    const claim = { 'x-media-key': video.folder }
    for (const headers of [claim, {}]) assert.equal((await get(segment, headers)).text, 'another video')
    assert.equal((await get(first.segment, { 'x-media-key': other.folder })).text, '0123456789')
    const climbing = segment.replace('/720p/', '/..%2f/720p/')
    assert.ok([400, 403, 404].includes((await get(climbing)).status))
  })

  await t.test('master playlists are not kept', async () => {
    const { status, headers } = await get(first.master)
    assert.deepEqual([status, headers.get('x-cache')], [200, null])
    assert.equal(headers.get('cache-control'), 'private, no-cache')
  })

  await t.test('who left is refused while the file is kept, and the others go on', async () => {
    await first.student.courses.leave({ params: { courseId: video.courseId } })
    const deadline = Date.now() + 10_000
    let answer = await get(first.segment)
    while (answer.status !== 403 && Date.now() < deadline) answer = await get(first.segment)
    assert.equal(JSON.parse(answer.text).code, 'LINK_INVALID')
    const others = await get(second.segment)
    assert.deepEqual([others.status, others.headers.get('x-cache')], [200, 'HIT'])
  })
})
