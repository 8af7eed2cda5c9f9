import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { mediaEvents } from './events.ts'
import { createMediaStore, type Attempt } from './store.ts'

const stores = await testStores()
after(() => stores.close())
const mongo = await stores.connectMongo()
const media = createMediaStore(mongo, createOutbox(mongo))
await stores.prepare(mongo)

const made = {
  ...{
    renditions: [],
    hls: 'master.m3u8',
    video: 'video.mp4',
    poster: 'poster.jpg',
    storyboard: 'storyboard.vtt',
  },
  ...{ durationSeconds: 60, width: 1280, height: 720 },
}
const aVideo = () => ({ lectureId: newId(), uploadId: newId(), instructorId: newId() })
async function claimed(video: ReturnType<typeof aVideo>): Promise<Attempt> {
  const attempt = await media.claim(video)
  assert.ok(attempt)
  return attempt
}
const eventsOf = async ({ lectureId }: { lectureId: string }) =>
  (await outboxModel(mongo).find({ 'payload.lectureId': lectureId }).lean()).map((row) => row.name)
/** As the listener does when the video is discarded. */
const hear = ({ lectureId, uploadId }: ReturnType<typeof aVideo>) =>
  transaction(mongo, async (session) => mediaEvents(media)[0]?.handle({ lectureId, uploadId }, session, ''))
const publish = (attempt: Attempt) => media.publish(attempt, `media/${attempt.attemptId}`, made)

test('of two attempts only the later one publishes, and once', async () => {
  const video = aVideo()
  const [frozen, current] = [await claimed(video), await claimed(video)]
  assert.equal(await publish(frozen), false)
  assert.equal(await publish(current), true)
  assert.equal(await publish(current), false)
  assert.deepEqual(await eventsOf(video), ['media.ready'])
  assert.deepEqual(await media.runsOf(video), { kept: current.runId, leftovers: [frozen.runId] })
})

test('ten publications at once leave one event', async () => {
  const video = aVideo()
  const attempt = await claimed(video)
  const results = await Promise.all(Array.from({ length: 10 }, () => publish(attempt)))
  assert.equal(results.filter(Boolean).length, 1)
  assert.deepEqual(await eventsOf(video), ['media.ready'])
})

test('a finished video cannot be claimed, whether it is ready or failed', async () => {
  const [ready, failed] = [aVideo(), aVideo()]
  await publish(await claimed(ready))
  const attempt = await claimed(failed)
  assert.equal(await media.fail(attempt, { code: 'UNREADABLE', advice: 'Upload it again.' }), true)
  assert.equal(await publish(attempt), false)
  assert.equal(await media.claim(ready), undefined)
  assert.equal(await media.claim(failed), undefined)
  assert.deepEqual(await eventsOf(failed), ['media.failed'])
  assert.deepEqual(await media.runsOf(failed), { kept: undefined, leftovers: [attempt.runId] })
})

test('first claims at the same time are all claims, and the last of them may publish', async () => {
  const video = aVideo()
  const attempts = await Promise.all(Array.from({ length: 8 }, () => claimed(video)))
  assert.deepEqual(
    attempts.map(({ attempts }) => attempts).toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  const results = []
  for (const attempt of attempts) results.push([attempt.attempts, await publish(attempt)])
  assert.deepEqual(
    results.filter(([, published]) => published),
    [[8, true]],
  )
})

test('an attempt that was handed back is not counted, and its video goes on', async () => {
  const video = aVideo()
  await media.handBack(await claimed(video))
  const next = await claimed(video)
  assert.equal(next.attempts, 1)
  assert.equal(await media.runsOf(video), undefined, 'nothing is left over before the end')
})

test('a discarded video is not published, its attempts are leftovers, and its job begins nothing again', async () => {
  const video = aVideo()
  const attempt = await claimed(video)
  await hear(video)
  assert.equal(await publish(attempt), false)
  assert.equal(await media.fail(attempt, { code: 'X', advice: '' }), false)
  assert.deepEqual(await media.runsOf(video), { kept: undefined, leftovers: [attempt.runId] })
  assert.equal(await media.claim(video), undefined)
})

test('a video discarded before its job came is never taken up', async () => {
  const video = aVideo()
  await hear(video)
  assert.equal(await media.claim(video), undefined)
  assert.deepEqual(await eventsOf(video), [])
})
