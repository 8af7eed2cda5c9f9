import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createMediaStore } from './store.ts'

const stores = await testStores()
after(() => stores.close())
const mongo = await stores.connectMongo()
const media = createMediaStore(mongo, createOutbox(mongo))
await stores.prepare(mongo)

const aVideo = () => ({ lectureId: newId(), uploadId: newId(), instructorId: newId() })
type Video = ReturnType<typeof aVideo>
async function claimed(video: Video) {
  const attempt = await media.claim(video)
  assert.ok(attempt)
  return attempt
}
const sizes = { width: 640, height: 360 }
const tracks = { bandwidth: 300_000, averageBandwidth: 200_000, codecs: 'avc1.640028' }
const made = {
  ...{ hls: 'master.m3u8', video: 'video.mp4', poster: 'poster.jpg', storyboard: 'storyboard.vtt' },
  ...{ durationSeconds: 60, ...sizes, renditions: [{ name: '360p', ...tracks, ...sizes, frameRate: 25 }] },
}
const publish = async (video: Video) => media.publish(await claimed(video), `media/${video.uploadId}`, made)
const eventsOf = async ({ uploadId }: Video) => {
  const rows = await outboxModel(mongo).find({ 'payload.uploadId': uploadId }).sort({ _id: 1 }).lean()
  return rows.map(({ name, payload }) => ({ name, payload }))
}

test('of a video that is ready the same is told again, word for word', async () => {
  const video = aVideo()
  await publish(video)
  assert.equal(await media.tellAgain(video, 'trace'), true)
  const [first, again, ...others] = await eventsOf(video)
  assert.deepEqual(others, [])
  assert.equal(first?.name, 'media.ready')
  assert.deepEqual(again, first)
})

test('of a video that failed its reason is told again', async () => {
  const video = aVideo()
  const failure = { code: 'UNREADABLE', advice: 'Upload it again.' }
  await media.fail(await claimed(video), failure)
  assert.equal(await media.tellAgain(video, 'trace'), true)
  const [first, again] = await eventsOf(video)
  assert.deepEqual(again, first)
  assert.deepEqual([again?.name, again?.payload.failure], ['media.failed', failure])
})

test('of a video that is still being made, that nobody needs any more, or that is not known, nothing is told', async () => {
  const [making, discarded, unknown] = [aVideo(), aVideo(), aVideo()]
  await claimed(making)
  await publish(discarded)
  await transaction(mongo, (session) => media.discard(discarded, session))
  for (const video of [making, discarded, unknown]) {
    const before = await eventsOf(video)
    assert.equal(await media.tellAgain(video, 'trace'), false)
    assert.deepEqual(await eventsOf(video), before)
  }
})
