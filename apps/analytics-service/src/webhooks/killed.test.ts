import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { coursePublished, enrolmentCreated } from '@aetherlearn/contracts/course/events'
import { createClient } from '@aetherlearn/sdk/client'
import { verifyWebhook } from '@aetherlearn/sdk/webhooks'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService, startProcess } from '@aetherlearn/testing/lone-service'
import { untilAnswered } from '../answered.fixture.ts'
import { startReceiver } from './receiver.fixture.ts'

const STUDENTS = 40
const settings = { WEBHOOK_TARGETS: 'anywhere' }
const main = new URL('../main.ts', import.meta.url)
const service = await startLoneService('analytics-service', main, settings)
after(service.close)
const receiver = await startReceiver()
after(receiver.close)

test('of a process that is killed while it sends, each event arrives at least once, under one id', async () => {
  const [courseId, creatorId] = [newId(), newId()]
  const lectures = [{ lectureId: newId(), lectureTitle: 'Sets', durationSeconds: 60 }]
  await service.tell(coursePublished, { courseId, creatorId, title: 'Algebra', version: 1, lectures })
  const token = await service.tokenFor({ id: creatorId, role: 'instructor' })
  const client = createClient(analyticsApi, { origin: service.address, token: () => token })
  await untilAnswered(() => client.listWebhooks({ params: { courseId } }))
  const body = { url: receiver.url, events: ['enrolment.created' as const] }
  const { secret, webhook } = await client.addWebhook({ params: { courseId }, body })
  const students = Array.from({ length: STUDENTS }, newId)
  const at = new Date().toISOString()
  // What it has sent and has no answer to when it dies must come again.
  receiver.answers.hold = true
  const [early, late] = [students.slice(0, STUDENTS / 2), students.slice(STUDENTS / 2)]
  const enrol = (userId: string) => service.tell(enrolmentCreated, { courseId, userId, sequence: 1, at })
  for (const userId of early) await enrol(userId)
  await receiver.until(({ length }) => length >= 3)
  // It has heard them all: what it is killed in is sending.
  const params = { courseId, webhookId: webhook._id }
  for (let heard = 0; heard < early.length;)
    heard = (await client.listDeliveries({ params, query: { limit: 100 } })).deliveries.length
  await service.kill()
  const unanswered = receiver.received.map(({ id }) => id)
  for (const userId of late) await enrol(userId)
  receiver.answers.hold = false
  const { stores } = service
  const again = await startProcess(main, {
    ...settings,
    PORT: '0',
    MONGO_URL: stores.mongoUrl,
    MONGO_DATABASE: stores.database,
    REDIS_STATE_URL: stores.redisUrl,
    IDENTITY_SERVICE_URL: service.identityUrl,
  })
  const twice = (id: string) => receiver.received.filter((one) => one.id === id).length >= 2
  const arrived = await receiver.until(
    (all) =>
      new Set(all.map(({ message }) => message.data.userId)).size === STUDENTS && unanswered.every(twice),
  )
  const mongo = await stores.connectMongo()
  const delivered = () => mongo.collection('webhookDeliveries').countDocuments({ state: 'delivered' })
  // What the first one sent in its last moment may have arrived only now, and is sent again as well.
  while ((await delivered()) < STUDENTS);
  assert.equal(await again.stop(), 0)
  assert.equal(await delivered(), STUDENTS)
  const ids = new Map<string, Set<string>>()
  for (const { id, message, headers, body: sent } of arrived) {
    const { userId = '' } = message.data
    ids.set(userId, (ids.get(userId) ?? new Set()).add(id))
    assert.deepEqual((await verifyWebhook({ headers, body: sent, secret })).id, id)
  }
  assert.deepEqual([...ids.keys()].sort(), students.sort())
  assert.ok([...ids.values()].every(({ size }) => size === 1))
})
