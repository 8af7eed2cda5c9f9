import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import { aStatement, provider } from '../records/provider.fixture.ts'
import { startUnit, unitItem, unitPackage } from './unit.fixture.ts'
import { CATEGORY, verbs } from './words.ts'

const stores = await testStores()
const mint = await createTokenMint()
let clock = Date.parse('2026-05-01T12:00:00Z')
const service = await openFixture(stores, mint.verifyToken, { now: () => clock })
after(async () => {
  await service.close()
  await stores.close()
})
const { itemId } = unitItem()
const contentOrigin = 'https://content.test'

async function aCourse(items = [unitItem()]) {
  const [courseId, lectureId] = [newId(), newId()]
  await service.publish(courseId, [lectureId], 1, { packages: { [lectureId]: unitPackage(items) } })
  const people = clientOf(service.app, progressApi, await mint.tokenFor({ id: courseId, role: 'instructor' }))
  const key = await people.addRecordKey({ params: { courseId }, body: { name: 'All' } })
  return { params: { courseId, lectureId }, records: provider(service.app, key) }
}
async function aStudent({ params }: Awaited<ReturnType<typeof aCourse>>) {
  const userId = newId()
  await service.enrol(userId, params.courseId)
  const client = clientOf(service.app, progressApi, await mint.tokenFor({ id: userId, role: 'student' }))
  const launch = (more: object = {}) =>
    client.launchItem({ params, body: { itemId, contentOrigin, ...more } })
  const open = async (more: object = {}) => startUnit(service.app, await launch(more))
  const completed = async () =>
    (await client.getProgress({ params })).completedLectures.includes(params.lectureId)
  return { userId, client, launch, open, completed }
}
const statusOf = async (answer: Promise<{ statusCode: number }>) => (await answer).statusCode
const detailOf = async (answer: Promise<{ statusCode: number; json(): { detail: string } }>) => {
  const refused = await answer
  assert.equal(refused.statusCode, 403)
  return refused.json().detail
}

/** As MongoDB itself counts them. */
async function questionsAboutErased(work: () => Promise<void>) {
  const { db } = service.mongo
  assert.ok(db !== undefined)
  await db.setProfilingLevel('all')
  await work()
  await db.setProfilingLevel('off')
  return db.collection('system.profile').countDocuments({ ns: `${db.databaseName}.erasedUsers` })
}

test('a unit is launched with all that cmi5 asks for, and its token is handed out once', async () => {
  const { launch } = await aStudent(await aCourse())
  const launched = await launch({ returnUrl: `${contentOrigin}/package-player/closed` })
  const query = new URLSearchParams(launched.launchQuery)
  assert.deepEqual([...query.keys()], ['endpoint', 'fetch', 'actor', 'registration', 'activityId'])
  assert.equal(query.get('endpoint'), `${contentOrigin}/api/v1/xapi/`)
  assert.notEqual(query.get('activityId'), itemId)
  const fetchUrl = new URL(query.get('fetch') ?? '')
  assert.equal(fetchUrl.origin, contentOrigin)
  const redeem = async () => (await service.app.inject({ method: 'POST', url: fetchUrl.pathname })).json()
  const [one, other] = await Promise.all([redeem(), redeem()])
  const codes = [one, other].map((answer) => answer['error-code'])
  assert.deepEqual(codes.sort(), ['1', undefined])
  assert.match(String(one['auth-token'] ?? other['auth-token']), /^[A-Za-z0-9+/]+=*$/)
  const unknown = await service.app.inject({ method: 'POST', url: `/api/v1/xapi/cmi5/${'x'.repeat(43)}` })
  assert.equal(unknown.json()['error-code'], '3')
})

test('the launch data say how it was opened; the unit can read them, and nobody with its token can change them', async () => {
  const { launch, open } = await aStudent(await aCourse([unitItem({ launchData: 'level=2' })]))
  await launch()
  const unit = await open({ returnUrl: `${contentOrigin}/package-player/closed` })
  const registration = unit.initialized().context.registration
  const state = { stateId: 'LMS.LaunchData', activityId: unit.activityId, agent: unit.actor, registration }
  const url = `activities/state?${new URLSearchParams(state)}`
  const { contextTemplate, ...data } = (await unit.ask({ url })).json()
  assert.deepEqual(data, {
    launchMode: 'Normal',
    launchMethod: 'AnyWindow',
    moveOn: 'CompletedAndPassed',
    launchParameters: 'level=2',
    masteryScore: 0.8,
    returnURL: `${contentOrigin}/package-player/closed`,
  })
  assert.deepEqual(contextTemplate.contextActivities.grouping[0].id, itemId)
  assert.equal(await statusOf(unit.ask({ method: 'PUT', url, payload: { masteryScore: 0 } })), 403)
  const { stateId: _, ...all } = state
  await unit.ask({ method: 'DELETE', url: `activities/state?${new URLSearchParams(all)}` })
  assert.equal(await statusOf(unit.ask({ url })), 200)
  const likes = `agents/profile?${new URLSearchParams({ profileId: 'cmi5LearnerPreferences', agent: unit.actor })}`
  assert.deepEqual((await unit.ask({ url: likes })).json(), {
    languagePreference: 'en',
    audioPreference: 'on',
  })
})

test('a unit that is completed and passed completes the lecture, once both are said; its people read every step', async () => {
  const course = await aCourse()
  const { open, completed } = await aStudent(course)
  const unit = await open()
  clock += 1000
  assert.equal(await statusOf(unit.send(unit.initialized())), 200)
  clock += 1000
  assert.equal(await statusOf(unit.send(unit.completed())), 200)
  assert.equal(await completed(), false)
  clock += 1000
  assert.equal(await statusOf(unit.send(unit.scored('failed', 0.5))), 200)
  assert.equal(await completed(), false)
  clock += 1000
  const passed = { id: '11111111-1111-4111-8111-111111111111', ...unit.scored('passed', 0.9) }
  assert.equal(await statusOf(unit.send(passed)), 200)
  assert.equal(await completed(), true)
  // Sent again, as its answer was lost.
  assert.equal(await statusOf(unit.send(passed)), 200)
  clock += 1000
  assert.equal(await statusOf(unit.send(unit.terminated())), 200)
  const { statements } = await course.records.find({ ascending: 'true' })
  const said = statements.map((statement) => Object(statement).verb.id)
  const { launched, initialized, satisfied, terminated } = verbs
  assert.deepEqual(said.slice(0, 4), [launched, initialized, verbs.completed, verbs.failed])
  // Both at one moment of this test's clock.
  assert.deepEqual(new Set(said.slice(4, 6)), new Set([verbs.passed, satisfied]))
  assert.deepEqual(said.slice(6), [terminated])
})

test('what cmi5 forbids is refused with its reason, and leaves nothing behind', async () => {
  const course = await aCourse()
  const { open } = await aStudent(course)
  const unit = await open()
  assert.match(await detailOf(unit.send(unit.completed())), /begins with "initialized"/)
  const foreign = unit.initialized()
  const registration = '6f8a1c3e-2d4b-4f6a-8c1e-0a2b3c4d5e6f'
  assert.match(
    await detailOf(unit.send({ ...foreign, context: { ...foreign.context, registration } })),
    /registration/,
  )
  assert.match(
    await detailOf(unit.send({ ...foreign, context: { ...foreign.context, extensions: {} } })),
    /sessionid/,
  )
  assert.match(
    await detailOf(unit.send({ ...foreign, object: { id: itemId } })),
    /activity that was launched/,
  )
  await unit.send(unit.initialized())
  assert.match(await detailOf(unit.send(unit.initialized())), /initialized before/)
  assert.match(await detailOf(unit.send(unit.scored('passed', 0.79))), /not passed where 0.8/)
  assert.match(await detailOf(unit.send(unit.scored('failed', 0.8))), /not failed where 0.8/)
  assert.match(await detailOf(unit.send(unit.scored('passed', 0.9, 0.5))), /masteryscore/)
  assert.match(await detailOf(unit.send(unit.statement(verbs.satisfied, {}, [CATEGORY]))), /does not define/)
  // All of a batch, or nothing.
  assert.match(await detailOf(unit.send([unit.completed(), unit.completed()])), /completed before/)
  assert.equal(
    await statusOf(unit.send([unit.completed(), unit.scored('passed', 1), unit.terminated()])),
    200,
  )
  assert.match(
    await detailOf(unit.send(unit.statement('https://publisher.test/looked', {}, []))),
    /terminated before/,
  )
  const { statements } = await course.records.find()
  assert.equal(statements.length, 6)
})

test('a session that nobody ended is given up when the package is opened again, and says nothing any more', async () => {
  const course = await aCourse()
  const { open } = await aStudent(course)
  const first = await open()
  clock += 60_000
  await first.send(first.initialized())
  clock += 3600_000
  const second = await open()
  assert.match(await detailOf(first.send(first.completed())), /given up/)
  assert.equal(await statusOf(second.send(second.initialized())), 200)
  const [abandoned] = (await course.records.find({ verb: verbs.abandoned })).statements
  assert.equal(Object(abandoned).result.duration, 'PT60S')
  clock += 13 * 3600_000
  assert.equal(await statusOf(second.send(second.completed())), 401)
})

test('a token of one student writes and reads what is that student’s, in that course, and nothing else', async () => {
  const course = await aCourse()
  const [ada, eve] = [await aStudent(course), await aStudent(course)]
  const [unit, other] = [await ada.open(), await eve.open()]
  await other.send(other.initialized())
  await course.records.add(aStatement())
  assert.match(
    await detailOf(unit.send({ ...unit.initialized(), actor: JSON.parse(other.actor) })),
    /must be the student/,
  )
  const voiding = { ...unit.initialized(), verb: { id: 'http://adlnet.gov/expapi/verbs/voided' } }
  const target = { objectType: 'StatementRef', id: '11111111-1111-4111-8111-111111111111' }
  assert.match(await detailOf(unit.send({ ...voiding, object: target })), /void/)
  const { statements } = (await unit.ask({ url: 'statements' })).json()
  assert.deepEqual(
    statements.map((one: { actor: { account: { name: string } } }) => one.actor.account.name),
    [ada.userId],
  )
  const of = (agent: string) => new URLSearchParams({ activityId: unit.activityId, agent, stateId: 'place' })
  assert.equal(
    await statusOf(unit.ask({ method: 'PUT', url: `activities/state?${of(unit.actor)}`, payload: {} })),
    204,
  )
  assert.equal(await statusOf(unit.ask({ url: `activities/state?${of(other.actor)}` })), 403)
  const shared = `activities/profile?${new URLSearchParams({ activityId: unit.activityId, profileId: 'shared' })}`
  assert.equal(await statusOf(unit.ask({ method: 'POST', url: shared, payload: {} })), 403)
  assert.equal(await statusOf(unit.ask({ url: shared })), 404)
})

test('whether its student is still there is asked once a call; erased, they say nothing, and nobody speaks of them', async () => {
  const course = await aCourse()
  const [ada, eve] = [await aStudent(course), await aStudent(course)]
  const [unit, other] = [await ada.open(), await eve.open()]
  const asked = await questionsAboutErased(async () => {
    assert.equal(await statusOf(unit.send(unit.initialized())), 200)
  })
  assert.equal(asked, 1)
  await other.send(other.initialized())
  const at = new Date(clock).toISOString()
  // All that is Ada's is still there: the process died behind its commit.
  await transaction(service.mongo, (session) =>
    service.erasure.event.handle({ userId: ada.userId, at }, session, ''),
  )
  assert.equal(await statusOf(unit.send(unit.completed())), 401)
  const { statements } = await course.records.find({ verb: verbs.completed })
  assert.deepEqual(statements, [])
  const context = { ...other.completed().context, instructor: JSON.parse(unit.actor) }
  assert.match(await detailOf(other.send({ ...other.completed(), context })), /no account any more/)
  const saidByKey = aStatement({ actor: JSON.parse(unit.actor) })
  assert.match(await detailOf(course.records.add(saidByKey)), /no account any more/)
})

test('what is done with is opened for review, and a look around counts for nothing', async () => {
  const { open, launch, completed } = await aStudent(await aCourse([unitItem({ moveOn: 'Passed' })]))
  const look = await open({ mode: 'Browse' })
  await look.send(look.initialized())
  assert.match(await detailOf(look.send(look.scored('passed', 1))), /mode Browse/)
  const unit = await open()
  await unit.send([unit.initialized(), unit.scored('passed', 1), unit.terminated()])
  assert.equal(await completed(), true)
  assert.equal((await launch()).mode, 'Review')
})

test('several units complete their lecture together; those that ask for nothing need not be opened', async () => {
  const rest = unitItem({ itemId: 'https://publisher.test/units/rest', moveOn: 'NotApplicable' })
  const second = unitItem({ itemId: 'https://publisher.test/units/two', moveOn: 'CompletedOrPassed' })
  const course = await aCourse([unitItem({ moveOn: 'Completed' }), second, rest])
  const { open, launch, completed } = await aStudent(course)
  const unit = await open()
  await unit.send([unit.initialized(), unit.completed(), unit.terminated()])
  assert.equal(await completed(), false)
  // A double click.
  await Promise.all([launch({ itemId: second.itemId }), launch({ itemId: second.itemId })])
  const other = await open({ itemId: second.itemId })
  await other.send([other.statement(verbs.initialized)])
  await other.send([other.scored('passed', 0.8)])
  assert.equal(await completed(), true)
  await launch({ itemId: rest.itemId })
  assert.equal((await course.records.find({ verb: verbs.satisfied })).statements.length, 1)
  assert.equal((await course.records.find({ verb: verbs.abandoned })).statements.length, 3)
})

test('only enrolled students launch, only what there is, and they are sent back to no other site', async () => {
  const course = await aCourse()
  const { client, launch } = await aStudent(course)
  const stranger = clientOf(service.app, progressApi, await mint.tokenFor({ role: 'student' }))
  const body = { itemId, contentOrigin }
  assert.equal((await refusal(stranger.launchItem({ params: course.params, body }))).code, 'NOT_ENROLLED')
  assert.equal(
    (await refusal(launch({ itemId: 'https://publisher.test/none' }))).errors?.[0]?.field,
    'body.itemId',
  )
  const away = launch({ returnUrl: 'https://evil.test/' })
  assert.equal((await refusal(away)).errors?.[0]?.field, 'body.returnUrl')
  const params = { ...course.params, lectureId: newId() }
  assert.equal((await refusal(client.launchItem({ params, body }))).code, 'LECTURE_NOT_FOUND')
})
