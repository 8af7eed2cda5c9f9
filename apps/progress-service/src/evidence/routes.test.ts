import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseStaffChanged } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { verifyEvidence } from '@aetherlearn/sdk/evidence'
import { makeEntry } from '@aetherlearn/sdk/evidence-hash'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'
import { happenings } from './learner.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const clock = { at: Date.parse('2026-05-10T14:00:00Z') }
const service = await openFixture(stores, mint.verifyToken, { now: () => clock.at })
after(async () => {
  await service.close()
  await stores.close()
})
const clientFor = async (id: string, role: 'student' | 'instructor' | 'admin') =>
  clientOf(service.app, progressApi, await mint.tokenFor({ id, role }))
const anybody = clientOf(service.app, progressApi)

/** Who learned algebra for 3 minutes and latin for 2 on the first of May, and latin for 1 on the second. */
async function aLearner() {
  const userId = newId()
  const [algebra, latin] = [0, 1].map(() => ({ courseId: newId(), lectureId: newId() }))
  assert.ok(algebra && latin)
  await service.publish(algebra.courseId, [algebra.lectureId])
  const { watched, completed } = happenings(service, userId)
  await watched('2026-05-01', algebra, 3)
  await watched('2026-05-01', latin, 2, 700)
  await watched('2026-05-02', latin, 1)
  await completed('2026-05-02', latin)
  await service.evidence.round()
  return { userId, algebra, latin, client: await clientFor(userId, 'student') }
}

test('learners read their own time as a signed report, whole, of some days, and of one course', async () => {
  const { client, algebra, latin } = await aLearner()
  const { keys } = await anybody.getEvidenceKeys()
  const totals = async (query: object) => {
    const evidence = await client.getEvidence({ query })
    assert.deepEqual(await verifyEvidence(evidence, { keys: { keys } }), {
      valid: true,
      anchored: evidence.report.anchor !== undefined,
      problems: [],
    })
    const { minutes, days } = evidence.report.totals
    return [minutes, days]
  }
  assert.deepEqual(await totals({}), [6, 2])
  assert.deepEqual(await totals({ from: '2026-05-02' }), [1, 1])
  assert.deepEqual(await totals({ from: '2026-04-01', to: '2026-05-01' }), [5, 1])
  assert.deepEqual(await totals({ courseId: algebra.courseId }), [3, 1])
  assert.deepEqual(await totals({ courseId: latin.courseId, to: '2026-05-01' }), [2, 1])
  assert.deepEqual(await totals({ courseId: newId() }), [0, 0])
  const { report } = await client.getEvidence({ query: { courseId: algebra.courseId } })
  assert.deepEqual(report.titles, { [algebra.courseId]: 'Algebra' })
})

test('the table has a line for each day and course, as spreadsheets take it', async () => {
  const { userId, algebra } = await aLearner()
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const url = '/api/v1/progress/evidence/days.csv'
  const { payload, headers } = await rawCall(service.app, { method: 'GET', url, token })
  assert.equal(headers['content-type'], 'text/csv; charset=utf-8')
  const [heading, ...lines] = payload.split('\r\n')
  assert.equal(heading, 'date,courseId,course,minutes,lateMinutes,completions,entry,hash')
  assert.equal(lines.length, 4)
  assert.match(payload, new RegExp(`2026-05-01,${algebra.courseId},Algebra,3,0,0,1,[0-9a-f]{64}\r\n`))
})

test('days that are none, or run backwards, are refused with their field', async () => {
  const { client } = await aLearner()
  for (const [query, field] of [
    [{ from: '2026-02-30' }, 'query.from'],
    [{ to: '2026-13-01' }, 'query.to'],
    [{ from: '2026-05-02', to: '2026-05-01' }, 'query.from'],
  ] as const) {
    const { code, errors } = await refusal(client.getEvidence({ query }))
    assert.deepEqual([code, errors?.map((error) => error.field)], ['INVALID_INPUT', [field]])
  }
})

test('a course’s people see the hours that its learners spent in it, and of other courses nothing', async () => {
  const { userId, algebra, latin } = await aLearner()
  const { courseId } = algebra
  // The fixture's courses are their own creators.
  const [owner, stranger, staff] = [
    await clientFor(courseId, 'instructor'),
    await clientFor(newId(), 'instructor'),
    newId(),
  ]
  await service.hear(courseStaffChanged, { courseId, staffIds: [staff], editorIds: [], sequence: 1 })
  for (const client of [owner, await clientFor(staff, 'instructor'), await clientFor(newId(), 'admin')]) {
    const { learners } = await client.listCourseEvidence({ params: { courseId }, query: {} })
    assert.deepEqual(learners, [
      { userId, minutes: 3, lateMinutes: 0, completions: 0, days: 1, lastDate: '2026-05-01' },
    ])
    const evidence = await client.getCourseEvidence({ params: { courseId, userId }, query: {} })
    assert.equal(evidence.report.totals.minutes, 3)
    assert.ok(!JSON.stringify(evidence).includes(latin.courseId))
    assert.ok(!JSON.stringify(evidence).includes('2026-05-02'))
    const { keys } = await anybody.getEvidenceKeys()
    assert.equal((await verifyEvidence(evidence, { keys: { keys } })).valid, true)
  }
  const params = { courseId, userId }
  assert.equal(
    (await refusal(stranger.listCourseEvidence({ params: { courseId }, query: {} }))).code,
    'FORBIDDEN',
  )
  assert.equal((await refusal(stranger.getCourseEvidence({ params, query: {} }))).code, 'FORBIDDEN')
  const unknown = { courseId: newId() }
  const admin = await clientFor(newId(), 'admin')
  assert.equal(
    (await refusal(admin.listCourseEvidence({ params: unknown, query: {} }))).code,
    'COURSE_NOT_FOUND',
  )
  const nobody = { courseId, userId: newId() }
  assert.equal((await refusal(owner.getCourseEvidence({ params: nobody, query: {} }))).code, 'USER_NOT_FOUND')
})

test('anybody has a report checked, and is told what is wrong with it', async () => {
  const { client } = await aLearner()
  const evidence = await client.getEvidence({ query: {} })
  assert.equal((await anybody.verifyEvidence({ body: { evidence, earlier: evidence } })).valid, true)
  const [, second] = evidence.report.entries
  if (second?.content !== undefined) second.content.date = '2026-05-03'
  const { valid, firstWrong } = await anybody.verifyEvidence({ body: { evidence } })
  assert.deepEqual([valid, firstWrong], [false, 2])
  const nothing = { report: {}, signature: {} }
  assert.equal((await anybody.verifyEvidence({ body: { evidence: nothing } })).valid, false)
  const call = { method: 'POST', url: '/api/v1/progress/evidence/verify', body: { evidence: 'mine' } }
  assert.equal((await rawCall(service.app, call)).statusCode, 400)
})

test('checkpoints are read by anybody, page by page, and name nobody', async () => {
  const { userId } = await aLearner()
  clock.at += 24 * 3600_000
  await service.evidence.round()
  const { checkpoints } = await anybody.listCheckpoints({ query: {} })
  assert.ok(checkpoints.length > 0)
  assert.ok(!JSON.stringify(checkpoints).includes(userId))
  const after = checkpoints.at(-1)?.checkpoint.number ?? 0
  assert.deepEqual(await anybody.listCheckpoints({ query: { after } }), { checkpoints: [] })
})

test('the report of somebody who learned every day for five years is answered at once', async (t) => {
  const userId = newId()
  const salt = 'A'.repeat(22)
  const courseIds = [newId(), newId()]
  const entries = []
  let previousHash = '0'.repeat(64)
  for (let seq = 1; seq <= 1800; seq += 1) {
    const date = new Date(Date.parse('2020-01-01') + seq * 24 * 3600_000).toISOString().slice(0, 10)
    const parts = courseIds.map((courseId) => ({
      courseId,
      minutes: 30,
      lateMinutes: 0,
      completions: 1,
      salt,
    }))
    const entry = await makeEntry(seq, previousHash, { date, sealedAt: '2026-01-01T00:00:00Z', salt, parts })
    previousHash = entry.hash
    entries.push({ ...entry, date, userId: new Types.ObjectId(userId) })
  }
  await service.mongo.collection('evidence').insertMany(entries)
  const head = { place: 1_000_000, salt, seq: 1800, hash: previousHash }
  await service.mongo.collection('evidenceHeads').insertOne({ ...head, _id: new Types.ObjectId(userId) })
  const client = await clientFor(userId, 'student')
  const took: number[] = []
  let evidence = await client.getEvidence({ query: {} })
  for (let i = 0; i < 7; i += 1) {
    const begun = performance.now()
    // Whatever takes longer than a request may is refused.
    evidence = await client.getEvidence({ query: {} })
    took.push(performance.now() - begun)
  }
  took.sort((a, b) => a - b)
  const begun = performance.now()
  const { keys } = await anybody.getEvidenceKeys()
  // Its first link leads to none of ours.
  assert.equal((await verifyEvidence(evidence, { keys: { keys } })).firstWrong, 1)
  const checked = performance.now() - begun
  const size = JSON.stringify(evidence).length
  t.diagnostic(
    `1,800 entries, ${size} bytes: median ${took[3]?.toFixed()} ms, slowest ${took.at(-1)?.toFixed()} ms, checked in ${checked.toFixed()} ms`,
  )
  assert.equal(evidence.report.totals.minutes, 1800 * 60)
  await service.mongo.collection('evidence').deleteMany({ userId: new Types.ObjectId(userId) })
  await service.mongo.collection('evidenceHeads').deleteOne({ _id: new Types.ObjectId(userId) })
})
