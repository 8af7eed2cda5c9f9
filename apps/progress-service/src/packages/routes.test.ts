import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { progressApi } from '@aetherlearn/contracts/progress'
import type { PackageCommit } from '@aetherlearn/contracts/progress/packages'
import { retry } from '@aetherlearn/sdk/retry'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { movedClock } from '../activity/student.fixture.ts'
import { openFixture } from '../fixture.ts'
import { aPackage } from './package.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const clock = movedClock()
const service = await openFixture(stores, mint.verifyToken, { now: clock.now })
after(async () => {
  await service.close()
  await stores.close()
})

/** A student whose course has a package. */
async function aStudent(packageOf: LecturePackage = aPackage()) {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  const publish = (one: LecturePackage, version = 1) =>
    service.publish(courseId, [lectureId], version, { packages: { [lectureId]: one } })
  await publish(packageOf)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const params = { courseId, lectureId }
  const open = (itemId = 'intro') => client.openPackageItem({ params, body: { itemId } })
  const say = (body: PackageCommit, itemId = 'intro') =>
    client.putPackageState({ params, body: { itemId, ...body } })
  const state = (itemId = 'intro') => client.getPackageState({ params, query: { itemId } })
  const lack = () => client.getCompletion({ params })
  return { userId, token, client, params, publish, open, say, state, lack }
}

test('an item that was left is opened again with all that it kept', async () => {
  const { open, say, state } = await aStudent()
  const first = await open()
  assert.deepEqual([first.state.entry, first.state.cmi, first.state.sessions], ['ab-initio', {}, 1])
  const cmi = {
    'cmi.suspend_data': 'ü'.repeat(64_000),
    'cmi.location': 'page-3',
    'cmi.completion_status': 'incomplete',
    'cmi.interactions.0.id': 'q1',
    'cmi.interactions.0.learner_response': 'a[,]b',
    'cmi.objectives.0.id': 'o1',
  }
  const left = { 'cmi.exit': 'suspend', 'cmi.session_time': 'PT1S' }
  await say({ sessionId: first.sessionId, sequence: 1, cmi: { ...cmi, ...left }, finished: true })
  const second = await open()
  assert.deepEqual(second.state.cmi, cmi)
  assert.deepEqual([second.state.entry, second.state.totalSeconds, second.state.sessions], ['resume', 1, 2])
  assert.notEqual(second.sessionId, first.sessionId)
  assert.equal((await state('test')).updatedAt, null)
})

test('a commit that comes again, or late, changes nothing; one of a tab that was opened before is refused', async () => {
  const { open, say, state } = await aStudent()
  const [{ sessionId }, other] = [await open(), await open()]
  const at = (sequence: number, location: string, id = sessionId) =>
    say({ sessionId: id, sequence, cmi: { 'cmi.location': location } })
  await at(2, 'two')
  for (const again of [at(2, 'two again'), at(1, 'one')])
    assert.equal((await again).cmi['cmi.location'], 'two')
  await at(1, 'other', other.sessionId)
  assert.equal((await refusal(at(3, 'three'))).code, 'PACKAGE_SESSION_OVER')
  assert.equal((await refusal(at(3, 'three', newId()))).code, 'PACKAGE_SESSION_OVER')
  assert.equal((await state()).cmi['cmi.location'], 'other')
})

test('fifty commits at once leave the newest', async () => {
  const { open, say, state } = await aStudent()
  const { sessionId } = await open()
  const all = Array.from({ length: 50 }, (_, i) => i + 1).reverse()
  await Promise.all(
    // As players do, where a machine is too busy to answer all in time.
    all.map((sequence) =>
      retry(() => say({ sessionId, sequence, cmi: { 'cmi.location': `page ${sequence}` } })),
    ),
  )
  assert.equal((await state()).cmi['cmi.location'], 'page 50')
})

test('the lecture is completed once all items that report have said so', async () => {
  const { client, params, open, say, lack } = await aStudent()
  const finish = async (itemId: string, cmi: PackageCommit['cmi']) => {
    const { sessionId } = await open(itemId)
    return say({ sessionId, sequence: 1, cmi, finished: true }, itemId)
  }
  await finish('intro', { 'cmi.completion_status': 'completed' })
  const failed = await finish('test', { 'cmi.completion_status': 'incomplete', 'cmi.score.scaled': '0.5' })
  assert.deepEqual([failed.completed, failed.passed, failed.score], [false, false, 0.5])
  assert.deepEqual([(await lack()).completed, (await lack()).partsDone], [false, 1])
  await finish('test', { 'cmi.completion_status': 'completed', 'cmi.score.scaled': '0.9' })
  assert.equal((await lack()).completed, true)
  const { completedLectures } = await client.getProgress({ params: { courseId: params.courseId } })
  assert.deepEqual(completedLectures, [params.lectureId])
})

test('what was completed stays so when the item is opened once more and left in the middle', async () => {
  const { open, say, state, lack } = await aStudent(aPackage({ items: aPackage().items.slice(0, 1) }))
  const first = await open()
  const done = { 'cmi.completion_status': 'completed', 'cmi.score.scaled': '0.9', 'cmi.exit': 'normal' }
  await say({ sessionId: first.sessionId, sequence: 1, cmi: done, finished: true })
  const second = await open()
  assert.deepEqual([second.state.entry, second.state.cmi, second.state.completed], ['ab-initio', {}, true])
  await say({ sessionId: second.sessionId, sequence: 1, cmi: { 'cmi.completion_status': 'incomplete' } })
  assert.deepEqual(
    [(await state()).completed, (await state()).score, (await lack()).completed],
    [true, 0.9, true],
  )
})

test('an item that says nothing is done with when it was opened', async () => {
  const { open, lack } = await aStudent()
  await open('sources')
  const { results } = await lack()
  assert.deepEqual(
    results.map(({ partId, completed }) => [partId, completed]),
    [['sources', true]],
  )
})

test('a package that replaces another begins with nothing; the one before still knows', async () => {
  const { open, say, publish, state } = await aStudent()
  const { sessionId } = await open()
  await say({ sessionId, sequence: 1, cmi: { 'cmi.location': 'page 3' } })
  await publish(aPackage({ packageId: newId(), standard: 'scorm-1.2' }), 2)
  assert.deepEqual((await state()).cmi, {})
  await publish(aPackage(), 3)
  assert.equal((await state()).cmi['cmi.location'], 'page 3')
})

test('learning in a package counts for the day, and for its lecture', async () => {
  const { client, open, say } = await aStudent()
  const { sessionId } = await open()
  await say({ sessionId, sequence: 1, cmi: { 'cmi.location': 'page 1' } })
  clock.at += 61_000
  await say({ sessionId, sequence: 2, cmi: { 'cmi.location': 'page 2', 'cmi.session_time': 'PT1H' } })
  assert.deepEqual(await client.getHeatmap(), [{ date: clock.today(), count: 2 }])
  assert.equal((await client.getStudentStats()).currentStreak, 1)
  const { totalSeconds } = await say({ sessionId, sequence: 2, cmi: {} })
  assert.ok(totalSeconds > 61 && totalSeconds < 90, `${totalSeconds} s`)
})

test('what cannot be kept is refused by its name, and nothing of it is kept', async () => {
  const { open, say, state } = await aStudent()
  const { sessionId } = await open()
  const refused = async (cmi: PackageCommit['cmi']) => {
    const { code, errors } = await refusal(say({ sessionId, sequence: 1, cmi }))
    assert.equal(code, 'INVALID_INPUT')
    return errors?.map(({ field }) => field).join()
  }
  assert.match(String(await refused({ 'cmi.suspend_data': 'x'.repeat(64_001) })), /^body\.cmi.*suspend_data/)
  assert.equal(await refused({ 'cmi.completion_status': 'done' }), 'body.cmi.cmi.completion_status')
  for (const name of ['cmi.learner_id', 'cmi.entry', 'cmi.interactions.10000.id', 'cmi.__proto__', '$where'])
    assert.match(String(await refused({ [name]: 'x' })), /^body\.cmi/, name)
  assert.equal((await state()).updatedAt?.length, 24)
  assert.deepEqual((await state()).cmi, {})
})

test('what is said while a tab is closed is kept by the ticket of its session, and by nothing else', async () => {
  const { userId, params, open, say, state } = await aStudent()
  const first = await open()
  await say({ sessionId: first.sessionId, sequence: 1, cmi: { 'cmi.location': 'page 1' } })
  const nobody = clientOf(service.app, progressApi)
  const leave = (more: { ticket?: string; sessionId?: string } = {}) =>
    nobody.leavePackageItem({
      body: {
        sessionId: first.sessionId,
        ticket: first.ticket,
        sequence: 2,
        cmi: { 'cmi.location': 'page 2', 'cmi.completion_status': 'completed' },
        finished: true,
        ...more,
      },
    })
  const second = await open()
  const [row = '', , secret = ''] = first.ticket.split('.')
  for (const ticket of [
    'none',
    second.ticket,
    `${row}.${second.sessionId}.${secret}`,
    first.ticket.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')),
  ])
    assert.equal((await refusal(leave({ ticket }))).code, 'LINK_INVALID')
  await leave()
  assert.deepEqual([(await state()).cmi['cmi.location'], (await state()).completed], ['page 2', true])
  clock.at += 12 * 3600_000 + 1000
  assert.equal((await refusal(leave())).code, 'LINK_INVALID')
  const third = await open()
  await service.leave(userId, params.courseId)
  const late = { sessionId: third.sessionId, ticket: third.ticket }
  assert.equal((await refusal(leave(late))).code, 'NOT_ENROLLED')
})

test('only students of the course open its packages, and only what is one of SCORM', async () => {
  const { client, params, open } = await aStudent()
  assert.equal((await refusal(open('appendix'))).code, 'ITEM_NOT_FOUND')
  const stranger = clientOf(service.app, progressApi, await mint.tokenFor({ role: 'student' }))
  const opening = stranger.openPackageItem({ params, body: { itemId: 'intro' } })
  assert.equal((await refusal(opening)).code, 'NOT_ENROLLED')
  const unit = await aStudent(aPackage({ standard: 'cmi5' }))
  assert.equal((await refusal(unit.open())).code, 'NO_PACKAGE')
  const elsewhere = { ...params, lectureId: newId() }
  const nowhere = client.openPackageItem({ params: elsewhere, body: { itemId: 'intro' } })
  assert.equal((await refusal(nowhere)).code, 'LECTURE_NOT_FOUND')
})
