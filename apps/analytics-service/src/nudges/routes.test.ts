import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { lectureCompleted } from '@aetherlearn/contracts/progress'
import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import { refusal } from '@aetherlearn/testing/client'
import { DAY_MS, openSchool } from '../school.fixture.ts'

const school = await openSchool()
const { service, stores, clock, now, at, aPerson, aCourse, erase } = school
after(school.close)

/** A course of Ivo's with Ana, who enrolled eight days ago and never began. */
async function aClass() {
  const [ivo, ana] = [await aPerson('instructor', 'Ivo Teacher'), await aPerson('student')]
  const enrolledAt = new Date(now() - 8 * DAY_MS).toISOString()
  const { courseId, lectureId } = await aCourse({ creatorId: ivo.userId, students: [ana], enrolledAt })
  const params = { courseId, userId: ana.userId }
  const complete = () => service.hear(lectureCompleted, { ...params, lectureId, at: at() })
  return { ivo, ana, courseId, params, complete }
}

test('a student at risk finds in the inbox what an instructor wrote, and the instructor sees who came back', async () => {
  const { ivo, ana, courseId, params, complete } = await aClass()
  const { suggestion, notBefore, wanted, reasons } = await ivo.client.prepareNudge({ params })
  assert.match(suggestion, /^Hello Ana,\n\nIn “Algebra” you have enrolled/)
  assert.deepEqual([notBefore, wanted, reasons[0]?.rule], [null, true, 'never-started'])
  const sent = await ivo.client.sendNudge({ params, body: { text: ' Shall we meet on Friday? ' } })
  assert.deepEqual([sent.senderName, sent.fullName, sent.cameBack], ['Ivo Teacher', 'Ana Student', false])

  const { messages, unread } = await ana.client.listMessages()
  const [message] = messages
  assert.deepEqual([messages.length, unread], [1, 1])
  assert.deepEqual(
    [message?.text, message?.senderName, message?.courseTitle, message?.readAt],
    ['Shall we meet on Friday?', 'Ivo Teacher', 'Algebra', null],
  )
  await ana.client.readMessage({ params: { messageId: message?._id ?? '' } })
  assert.equal((await ana.client.listMessages()).unread, 0)

  clock.aheadMs += DAY_MS
  await complete()
  const { nudges } = await ivo.client.listNudges({ params: { courseId } })
  assert.deepEqual(
    nudges.map(({ text, cameBack }) => [text, cameBack]),
    [['Shall we meet on Friday?', true]],
  )
})

test('of all who write at once one is heard, and the next one after seven days', async () => {
  const { ivo, ana, params } = await aClass()
  const send = () => ivo.client.sendNudge({ params, body: {} })
  const tries = await Promise.allSettled(Array.from({ length: 8 }, send))
  assert.ok(tries.filter(({ status }) => status === 'fulfilled').length <= 1)
  // Whoever ran out of time may try again, as any client does.
  await send().catch(() => undefined)
  assert.equal((await refusal(send())).code, 'NUDGED_LATELY')
  assert.equal((await ana.client.listMessages()).messages.length, 1)
  assert.notEqual((await ivo.client.prepareNudge({ params })).notBefore, null)
  clock.aheadMs += 7 * DAY_MS
  await send()
  assert.equal((await ana.client.listMessages()).messages.length, 2)
})

test('who wants no such messages gets none, and who came back or left is not written to', async () => {
  const { ivo, ana, params, complete } = await aClass()
  const send = () => ivo.client.sendNudge({ params, body: {} })
  await ana.client.putMessageSettings({ body: { nudges: 'off', digests: 'mail' } })
  assert.equal((await ivo.client.prepareNudge({ params })).wanted, false)
  assert.equal((await refusal(send())).code, 'NUDGE_NOT_WANTED')
  await ana.client.putMessageSettings({ body: { nudges: 'inbox', digests: 'mail' } })
  await complete()
  assert.equal((await refusal(send())).code, 'NOT_AT_RISK')
  clock.aheadMs += 15 * DAY_MS
  await service.leave({ ...params, at: at() })
  assert.equal((await refusal(send())).code, 'NOT_AT_RISK')
  assert.equal((await ana.client.listMessages()).messages.length, 0)
})

test('who says no to statistics by name is in no list of who was written to, and keeps the message', async () => {
  const { ivo, ana, courseId, params } = await aClass()
  await ivo.client.sendNudge({ params, body: {} })
  await ana.client.changeConsent({ body: { personal: false } })
  assert.deepEqual((await ivo.client.listNudges({ params: { courseId } })).nudges, [])
  assert.equal((await ana.client.listMessages()).unread, 1)
})

test('an open console is told at once', async () => {
  const { ivo, ana, params } = await aClass()
  const subscriber = await stores.connectRedis()
  await subscriber.subscribe(NOTIFICATIONS)
  const told = Promise.withResolvers<string>()
  subscriber.on('message', (_channel, text) => {
    if (text.includes(ana.userId)) told.resolve(text)
  })
  await ivo.client.sendNudge({ params, body: {} })
  const { type, message } = JSON.parse(await told.promise)
  assert.deepEqual([type, message], ['notification', 'Ivo Teacher wrote to you about “Algebra”'])
})

test('messages are their reader’s alone, and only those who work on a course write to its students', async () => {
  const { ivo, ana, courseId, params } = await aClass()
  const other = await aPerson('instructor')
  assert.equal((await refusal(other.client.sendNudge({ params, body: {} }))).code, 'FORBIDDEN')
  assert.equal((await refusal(other.client.listNudges({ params: { courseId } }))).code, 'FORBIDDEN')
  const { _id: messageId } = await ivo.client.sendNudge({ params, body: {} })
  const mark = other.client.readMessage({ params: { messageId } })
  assert.equal((await refusal(mark)).code, 'MESSAGE_NOT_FOUND')
  assert.deepEqual((await other.client.listMessages()).messages, [])
  assert.equal((await ana.client.listMessages()).unread, 1)
})

test('a message outlives who wrote it, without their name, and goes with who reads it', async () => {
  const { ivo, ana, courseId, params } = await aClass()
  await ivo.client.sendNudge({ params, body: {} })
  await erase(ivo.userId)
  const [message] = (await ana.client.listMessages()).messages
  assert.ok(message !== undefined && !('senderName' in message))
  await erase(ana.userId)
  assert.deepEqual(await service.messages.nudges(courseId, 10), [])
  const wishes = ana.client.putMessageSettings({ body: { nudges: 'off', digests: 'off' } })
  assert.equal((await refusal(wishes)).code, 'UNAUTHENTICATED')
})

test('an inbox is read page by page, newest first', async () => {
  const { ivo, ana, params } = await aClass()
  for (const text of ['one', 'two', 'three']) {
    await ivo.client.sendNudge({ params, body: { text } })
    clock.aheadMs += 7 * DAY_MS
  }
  const page = await ana.client.listMessages({ query: { limit: 2 } })
  assert.deepEqual(
    page.messages.map(({ text }) => text),
    ['three', 'two'],
  )
  const next = await ana.client.listMessages({ query: { limit: 2, cursor: page.nextCursor ?? '' } })
  assert.deepEqual([next.messages.map(({ text }) => text), next.nextCursor], [['one'], undefined])
})
