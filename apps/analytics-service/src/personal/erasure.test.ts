import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AnalyticsExport } from '@aetherlearn/contracts/analytics/personal'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { outboxModel } from '@aetherlearn/service-kit/outbox'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { keysWith, rowsWith } from '@aetherlearn/testing/traces'
import { Value } from 'typebox/value'
import { createFlusher } from '../flush/flusher.ts'
import { openSchool } from '../school.fixture.ts'
import { liveFully } from './life.fixture.ts'
import { DIGESTS, HOLDINGS, STAFF } from './store.ts'

const school = await openSchool()
const { service, clock, now, aStranger, erase } = school
after(school.close)

async function aLife() {
  const student = await aStranger()
  const { courseId, lectures } = await liveFully(service, student)
  const [lectureId = ''] = lectures
  return { ...student, courseId, lectures, place: { courseId, lectureId } }
}
/** Without the number that spreads courses over a cluster. */
const keysOf = async (userId: string) =>
  (await keysWith(service.redis, userId)).map((key) => key.replace(/\{\d+\}/, '{}'))
const isGone = async (userId: string) => {
  assert.deepEqual(await rowsWith(service.mongo, userId), { erasedUsers: 1 })
  assert.deepEqual(await keysOf(userId), [`watched:{${userId}}`])
}
const exportOf = async (token: string) => {
  const response = await rawCall(service.app, { method: 'GET', url: '/api/v1/analytics/export', token })
  return { ...response, exported: Value.Parse(AnalyticsExport, JSON.parse(response.payload)) }
}
const numbersOf = async ({ courseId }: { courseId: string }) => {
  const { client } = await aStranger('admin')
  const { overview, engagementFunnel } = await client.getDashboard({
    params: { courseId },
    query: { days: 1 },
  })
  return { ...overview, asOf: '', storedAt: '', engagementFunnel }
}

test('a life touches every collection that is known to hold something, and no other', async () => {
  const { userId, courseId } = await aLife()
  assert.deepEqual(
    Object.keys(await rowsWith(service.mongo, userId)).sort(),
    [...HOLDINGS.map(({ collection }) => collection), STAFF, DIGESTS].sort(),
  )
  const batch = `an:{}:live:${courseId}`
  assert.deepEqual(await keysOf(userId), [`${batch}:people`, `${batch}:students`, `watched:{${userId}}`])
})

test('it is told of every row and key how many there were, without saying of whom', async () => {
  const [{ userId }, caseId] = [await aLife(), newId()]
  const rows = await rowsWith(service.mongo, userId)
  await erase(userId, caseId)
  const [said, ...more] = await outboxModel(service.mongo).find({ 'payload.caseId': caseId }).lean()
  const { removed, remaining } = said?.payload ?? assert.fail('nothing was said')
  assert.deepEqual([remaining, more], [0, []])
  const { waiting, ...counted } = removed
  assert.deepEqual(counted, rows)
  assert.ok(waiting > 0)
  await isGone(userId)
})

test('the export has every row of a student and what waits to be stored, and nothing of anybody else', async () => {
  const another = await aLife()
  const { userId, token, lectures } = await aLife()
  const { exported, headers, payload } = await exportOf(token)
  assert.match(String(headers['content-disposition']), /^attachment; filename="watching-data.json"$/)
  for (const [collection, count] of Object.entries(await rowsWith(service.mongo, userId))) {
    const section =
      HOLDINGS.find((one) => one.collection === collection)?.section ??
      (collection === DIGESTS ? 'atRisk' : 'staffOf')
    // One of their messages they wrote themselves.
    const sent = collection === 'messages' ? exported.sentMessages.length : 0
    assert.equal(exported[section].length + sent, count, collection)
  }
  const [playback, time] = exported.unsaved
  assert.deepEqual([exported.unsaved.length, playback?.['lectureId']], [2, lectures[1]])
  assert.deepEqual(playback?.['ranges'], [[5, 7]])
  assert.equal(time?.['ms'], 2000)
  assert.deepEqual(exported.staffOf, [{ courseId: lectures[0] }])
  assert.deepEqual(
    exported.sentMessages.map(({ text }) => text),
    ['Hello'],
  )
  assert.ok(!payload.includes(another.userId) && !payload.includes(another.courseId))
})

test('who never did anything has an export with nothing in it', async () => {
  const { exported } = await exportOf((await aStranger()).token)
  const { schemaVersion, userId, exportedAt, ...sections } = exported
  assert.ok(schemaVersion === 1 && userId && exportedAt)
  assert.deepEqual(Object.values(sections).flat(), [])
})

test('of somebody who is erased no collection and no key holds more than that they are gone', async () => {
  const [{ userId }, another] = [await aLife(), await aLife()]
  await erase(userId)
  await isGone(userId)
  await service.flusher.flushOnce()
  const others = await rowsWith(service.mongo, another.userId)
  await erase(userId)
  await isGone(userId)
  assert.deepEqual(await rowsWith(service.mongo, another.userId), others)
})

test('what somebody watched stays in the numbers of the course when they are erased', async () => {
  const life = await aLife()
  const before = await numbersOf(life)
  assert.deepEqual([before.totalWatchTimeSeconds, before.uniqueActiveUsers, before.totalViews], [4, 1, 1])
  await erase(life.userId)
  assert.deepEqual(await numbersOf(life), before)
  await service.flusher.flushOnce()
  assert.deepEqual(await numbersOf(life), before)
})

test('reports with access tokens that outlive the account are refused', async () => {
  const { userId, place, client } = await aLife()
  await erase(userId)
  const report = () => client.trackTelemetry({ body: { ...place, watchTimeDelta: 1 } })
  assert.equal((await refusal(report())).code, 'UNAUTHENTICATED')
  await isGone(userId)
})

test('a Redis that forgot who is gone lets a report in, and the flush lets nothing through', async () => {
  const { userId, place, client } = await aLife()
  await erase(userId)
  await service.redis.del(`watched:{${userId}}`)
  await client.trackTelemetry({ body: { ...place, watchTimeDelta: 1, sessionId: 'session-two' } })
  assert.notDeepEqual(await keysOf(userId), [])
  await service.flusher.flushOnce()
  await erase(userId)
  clock.aheadMs += 60_000
  await service.erasure.sweepDue()
  await isGone(userId)
})

test('a flush that has claimed the batch already does not bring anybody back', async () => {
  const { userId } = await aLife()
  const { batches, sketches, playbacks, analytics } = service
  const claiming = {
    ...batches,
    claim: async (courseId: string) => {
      const claim = await batches.claim(courseId)
      if (claim?.batch.students.some((student) => student.userId === userId)) await erase(userId)
      return claim
    },
  }
  await createFlusher({ batches: claiming, sketches, playbacks, analytics, now }).flushOnce()
  await isGone(userId)
})

test('a process that dies behind its commit, or in the middle of the work, leaves the rest to another', async () => {
  const { userId, courseId } = await aLife()
  const at = new Date().toISOString()
  await transaction(service.mongo, (session) => service.erasure.event.handle({ userId, at }, session, ''))
  // As far as it came: Redis, and the first collection.
  await service.traces.erase(userId, [courseId])
  await service.mongo.collection('students').deleteMany({})
  await service.erasure.sweepDue()
  await isGone(userId)
})
