import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { webhookEvents } from '@aetherlearn/contracts/analytics/webhooks'
import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { userErased } from '@aetherlearn/contracts/identity'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import { verifyWebhook } from '@aetherlearn/sdk/webhooks'
import { newId } from '@aetherlearn/testing/ids'
import { dueWeek } from '../digests/rules.ts'
import { DAY_MS } from '../school.fixture.ts'
import { openWebhooks } from './webhooks.fixture.ts'

const world = await openWebhooks()
const { service, receiver, clock, now, at, aCourse, sendAll } = world
after(world.close)
beforeEach(async () => {
  // What a test left is not the next one’s.
  await sendAll()
  receiver.received.length = 0
  Object.assign(receiver.answers, { status: () => 204, hold: false, body: '', location: '' })
})

test('each event of a course is told once, in the transaction that hears it, and is signed', async () => {
  const { courseId, lectureId, secret, deliveries } = await aCourse()
  const member = { courseId, userId: newId() }
  const moment = at()
  await service.enrol({ ...member, at: moment })
  await service.hear(lectureCompleted, { ...member, lectureId, at: moment })
  await service.hear(courseCompleted, { ...member, at: moment })
  await service.leave({ ...member, at: moment })
  await service.enrol({ courseId: newId(), userId: newId(), at: moment })
  assert.equal(receiver.received.length, 0)
  await sendAll()
  assert.deepEqual(
    receiver.received.map(({ message }) => message),
    [
      { type: 'enrolment.created', timestamp: moment, data: member },
      { type: 'lecture.completed', timestamp: moment, data: { ...member, lectureId } },
      { type: 'course.completed', timestamp: moment, data: member },
      { type: 'enrolment.ended', timestamp: moment, data: member },
    ],
  )
  for (const { id, headers, body, message } of receiver.received)
    assert.deepEqual(await verifyWebhook({ headers, body, secret }, { now }), { id, message })
  const log = await deliveries()
  assert.ok(log.every(({ state, attempts }) => state === 'delivered' && attempts[0]?.status === 204))
  assert.deepEqual(
    log.map(({ messageId }) => messageId).toReversed(),
    receiver.received.map(({ id }) => id),
  )
})

test('only the events that were asked for are told, to those webhooks that are on', async () => {
  const { courseId, client, ref, deliveries } = await aCourse(['enrolment.ended'])
  const member = { courseId, userId: newId(), at: at() }
  await service.enrol(member)
  await service.leave(member)
  await client.changeWebhook({ params: ref, body: { enabled: false } })
  await service.leave({ ...member, sequence: 4 })
  assert.deepEqual(
    (await deliveries()).map(({ message }) => message.type),
    ['enrolment.ended'],
  )
})

test('what does not arrive is tried again under the same id, and the webhook goes off after three days', async () => {
  const { courseId, client, params, ref, deliveries } = await aCourse()
  receiver.answers.status = () => 500
  await service.enrol({ courseId, userId: newId(), at: at() })
  await sendAll()
  const [{ _id = '', nextAt = '' } = {}] = await deliveries()
  assert.ok(Date.parse(nextAt) > now())
  // Sooner than it is due, as by a queue that lost its delays.
  assert.equal((await service.deliver(_id))?.toISOString(), nextAt)
  assert.equal(receiver.received.length, 1)
  let tries = 1
  for (let next: Date | undefined = new Date(nextAt); next !== undefined; tries += 1) {
    clock.aheadMs += next.getTime() - now() + 1
    next = await service.deliver(_id)
  }
  assert.equal(receiver.received.length, tries)
  assert.equal(new Set(receiver.received.map(({ id, body }) => id + body)).size, 1)
  const moments = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']))
  assert.ok((moments.at(-1) ?? 0) - (moments[0] ?? 0) >= 3 * 86_400)
  assert.equal((await deliveries())[0]?.state, 'failed')
  const [webhook] = (await client.listWebhooks({ params })).webhooks
  assert.equal(webhook?.enabled, false)
  assert.match(webhook?.disabledReason ?? '', /3 days.*500/)
  // Once it is mended.
  receiver.answers.status = () => 200
  await client.changeWebhook({ params: ref, body: { enabled: true } })
  await client.redeliver({ params: { ...ref, deliveryId: _id } })
  await sendAll()
  assert.equal((await deliveries())[0]?.state, 'delivered')
  const [mended] = (await client.listWebhooks({ params })).webhooks
  assert.deepEqual([mended?.enabled, mended?.disabledReason], [true, undefined])
  assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 1)
})

test('one message that a server never takes does not switch off a webhook where others arrive', async () => {
  const { courseId, client, params, deliveries } = await aCourse()
  receiver.answers.status = () => 500
  await service.enrol({ courseId, userId: newId(), at: at() })
  await sendAll()
  const [{ _id = '' } = {}] = await deliveries()
  clock.aheadMs += 3 * DAY_MS
  receiver.answers.status = () => 200
  await service.enrol({ courseId, userId: newId(), at: at() })
  await sendAll()
  receiver.answers.status = () => 500
  await service.deliver(_id)
  assert.deepEqual(
    (await deliveries()).map(({ state }) => state),
    ['delivered', 'failed'],
  )
  assert.equal((await client.listWebhooks({ params })).webhooks[0]?.enabled, true)
})

test('no redirection is followed, nothing of a long answer is waited for, and who is gone is not asked again', async () => {
  const { courseId, client, params, deliveries } = await aCourse()
  const enrolOne = async () => {
    await service.enrol({ courseId, userId: newId(), at: at() })
    await sendAll()
  }
  Object.assign(receiver.answers, { status: () => 302, location: receiver.url })
  await enrolOne()
  assert.equal(receiver.received.length, 1)
  Object.assign(receiver.answers, { status: () => 200, body: 'x'.repeat(20_000_000) })
  await enrolOne()
  assert.deepEqual(
    (await deliveries()).map(({ state }) => state),
    ['delivered', 'waiting'],
  )
  Object.assign(receiver.answers, { status: () => 410, body: '' })
  await enrolOne()
  const [{ enabled, disabledReason } = {}] = (await client.listWebhooks({ params })).webhooks
  assert.equal(enabled, false)
  assert.match(disabledReason ?? '', /410/)
})

test('a ping goes out once, also through a webhook that is off', async () => {
  const { client, ref, deliveries } = await aCourse([...webhookEvents], 'http://127.0.0.1:1/')
  await client.changeWebhook({ params: ref, body: { enabled: false } })
  await client.pingWebhook({ params: ref })
  await sendAll()
  const [first] = await deliveries()
  assert.deepEqual([first?.state, first?.attempts.length, first?.nextAt], ['failed', 1, undefined])
  assert.match(first?.attempts[0]?.failure ?? '', /ECONNREFUSED/)
  await client.changeWebhook({ params: ref, body: { url: receiver.url } })
  const { deliveryId } = await client.pingWebhook({ params: ref })
  await sendAll()
  assert.deepEqual(
    receiver.received.map(({ id, message }) => [id, message.type]),
    [[`msg_${deliveryId}`, 'ping']],
  )
  assert.equal((await deliveries())[0]?.state, 'delivered')
})

test('a new secret signs at once, and the former one as well for a day', async () => {
  const { client, ref, secret } = await aCourse()
  const { secret: next, webhook } = await client.rotateWebhookSecret({ params: ref })
  assert.notEqual(next, secret)
  assert.ok(Date.parse(webhook.formerSecretUntil ?? '') > now())
  const signers = async () => {
    receiver.received.length = 0
    await client.pingWebhook({ params: ref })
    await sendAll()
    const [{ headers = {}, body = '' } = {}] = receiver.received
    const fits = [secret, next].map((one) =>
      verifyWebhook({ headers, body, secret: one }, { now }).then(
        () => true,
        () => false,
      ),
    )
    return Promise.all(fits)
  }
  assert.deepEqual(await signers(), [true, true])
  clock.aheadMs += DAY_MS + 1
  assert.deepEqual(await signers(), [false, true])
})

test('who comes to be at risk is told once for as long as they stay so', async () => {
  const { courseId, lectureId, deliveries } = await aCourse(['student.at-risk'])
  const member = { courseId, userId: newId() }
  await service.enrol({ ...member, at: at() })
  const told = async () => {
    await Promise.all([service.riskWatch.lookOnce(), service.riskWatch.lookOnce()])
    return (await deliveries()).map(({ message }) => message.data)
  }
  assert.deepEqual(await told(), [])
  clock.aheadMs += 8 * DAY_MS
  const [data, ...more] = await told()
  assert.deepEqual(
    [data?.userId, data?.reasons?.map(({ rule }) => rule), more],
    [member.userId, ['never-started'], []],
  )
  assert.equal((await told()).length, 1)
  await service.hear(lectureCompleted, { ...member, lectureId, at: at() })
  assert.equal((await told()).length, 1)
  clock.aheadMs += 20 * DAY_MS
  assert.deepEqual(
    (await told()).map(({ reasons }) => reasons?.map(({ rule }) => rule)),
    [['inactive'], ['never-started']],
  )
})

test('the digest of a week is told with the week, once, and names nobody', async () => {
  const { courseId, deliveries } = await aCourse(['digest.ready'])
  await service.enrol({ courseId, userId: newId(), at: at() })
  const monday = dueWeek(now())
  await Promise.all([service.makeDigest(courseId, monday), service.makeDigest(courseId, monday)])
  assert.deepEqual(
    (await deliveries()).map(({ message }) => message.data),
    [{ courseId, week: monday.from }],
  )
})

test('nothing is told of somebody who is erased, and what was told leaves the log and is not sent', async () => {
  const { courseId, deliveries } = await aCourse()
  const member = { courseId, userId: newId() }
  await service.enrol({ ...member, at: at() })
  const other = newId()
  await service.enrol({ courseId, userId: other, at: at() })
  await service.hear(userErased, { userId: member.userId, at: at() })
  await service.leave({ ...member, at: at() })
  await sendAll()
  assert.deepEqual(
    receiver.received.map(({ message }) => message.data.userId),
    [other],
  )
  assert.equal((await deliveries()).length, 1)
})

test('with a course its webhooks go, and with a webhook what waits to be sent by it', async () => {
  const [one, another] = [await aCourse(), await aCourse()]
  for (const { courseId } of [one, another]) await service.enrol({ courseId, userId: newId(), at: at() })
  await service.hear(courseDeleted, { courseId: one.courseId, version: 2 })
  await another.client.removeWebhook({ params: another.ref })
  await sendAll()
  assert.deepEqual(receiver.received, [])
  for (const name of ['webhooks', 'webhookDeliveries']) {
    const rows = await service.mongo.collection(name).find().toArray()
    assert.ok(
      !JSON.stringify(rows).includes(one.courseId) && !JSON.stringify(rows).includes(another.courseId),
    )
  }
})
