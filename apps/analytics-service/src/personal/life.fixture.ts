import type { analyticsApi } from '@aetherlearn/contracts/analytics'
import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import { webhookEvents } from '@aetherlearn/contracts/analytics/webhooks'
import { userRegistered } from '@aetherlearn/contracts/identity'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import type { Client } from '@aetherlearn/sdk/client'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import type { openFixture } from '../fixture.ts'

type Service = Awaited<ReturnType<typeof openFixture>>
export type Life = {
  userId: string
  courseId: string
  lectures: string[]
  client: Client<typeof analyticsApi>
}

/** Everything that a student can do: whoever adds something adds it here. */
export async function liveFully(service: Service, { userId, courseId, lectures, client }: Life) {
  const [lectureId = '', second = ''] = lectures
  const at = new Date(service.now()).toISOString()
  const member = { courseId, userId }
  await service.publish({ courseId, creatorId: courseId, lectures })
  await service.hear(userRegistered, {
    userId,
    email: 'ana@example.org',
    fullName: 'Ana Student',
    role: 'student',
    at,
  })
  const told = { url: 'https://example.org', events: [...webhookEvents] }
  await service.webhooks.add(courseId, told)
  await service.enrol({ ...member, at })
  await service.hear(lectureCompleted, { ...member, lectureId, at })
  await service.hear(courseCompleted, { ...member, at })
  await service.hear(questionAnswered, {
    ...member,
    lectureId,
    questionId: second,
    attempt: 1,
    score: 0.5,
    at,
  })
  // Somebody lets them see the statistics of a course.
  await service.changeStaff({
    courseId: lectureId,
    staffIds: [courseId, userId],
    editorIds: [userId],
    sequence: 1,
  })
  if ((await client.getConsent()).since === null) await client.changeConsent({ body: { personal: true } })
  // As the log of events asks for it.
  await service.pseudonyms.of([userId])
  await client.trackView({ params: { courseId } })
  const watch = { courseId, lectureId, watchTimeDelta: 2, sessionId: 'session-one' }
  await client.trackTelemetry({ body: { ...watch, segments: [[0, 2]] } })
  await service.flusher.flushOnce()
  await beWrittenTo(service, member)
  // Neither is made of those who must not be known.
  if ((await service.unnamed.among([userId])).size === 0) await beTold(service, member)
  // Not flushed yet.
  await service.redis.del(`watched:{${userId}}`)
  await client.trackTelemetry({ body: { ...watch, lectureId: second, segments: [[5, 7]] } })
}

/** Servers of the course hear that they are at risk, and so do its people in the digest of a week. */
const beTold = (
  { mongo, told, digests }: Service,
  { courseId, userId }: { courseId: string; userId: string },
) =>
  transaction(mongo, async (session) => {
    await told.newAmong(courseId, [userId], new Date(), session)
    await digests.add(courseId, aDigest(userId), session)
  })

/** Of a week in which they were at risk. */
const aDigest = (userId: string) => {
  const none = { week: 0, before: 0 }
  return {
    week: '2026-03-02',
    madeAt: new Date(),
    numbers: { students: none, watchTimeSeconds: none, playbacks: none, enrolments: none, completions: none },
    atRisk: 1,
    newAtRisk: 1,
    atRiskIds: [userId],
    students: [
      { userId, reasons: [{ rule: 'inactive' as const, explanation: 'Was last active 20 days ago.' }] },
    ],
    hotspots: [],
    hardest: null,
  }
}

/** Messages from and to others, and a choice which of them are wanted. */
async function beWrittenTo(service: Service, member: { courseId: string; userId: string }) {
  const message = {
    ...member,
    kind: 'nudge' as const,
    courseTitle: 'Algebra',
    text: 'Hello',
    sentAt: new Date(),
  }
  await service.settings.save(member.userId, { nudges: 'inbox' })
  await transaction(service.mongo, async (session) => {
    const letters = [
      { ...message, notice: '' },
      { ...message, userId: member.courseId, senderId: member.userId, notice: '' },
    ]
    await service.post(letters, session)
    await service.nudges.noteSent(member, message.sentAt, session)
  })
}

/** Collection → how many of its rows hold this id, in whatever field. */
export async function rowsWith(service: Service, id: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {}
  for (const collection of (await service.mongo.db?.collections()) ?? []) {
    const rows = await collection.find().toArray()
    const hits = rows.filter((row) => JSON.stringify(row).includes(id))
    if (hits.length > 0) found[collection.collectionName] = hits.length
  }
  return found
}

/** The keys that hold this id, in their name or in what they keep, without the prefix of the test. */
export async function keysWith({ redis }: Service, id: string): Promise<string[]> {
  const { keyPrefix = '' } = redis.options
  const all = await redis.keys(`${keyPrefix}*`)
  const names = all.map((key) => key.slice(keyPrefix.length))
  const holding: string[] = []
  for (const name of names)
    if (name.includes(id) || (await contentOf(redis, name)).includes(id)) holding.push(name)
  return holding.map((name) => name.replace(/\{\d+\}/, '{}')).sort()
}

async function contentOf(redis: Redis, key: string): Promise<string> {
  const type = await redis.type(key)
  if (type === 'string') return String(await redis.get(key))
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'zset') return (await redis.zrange(key, 0, '-1')).join()
  if (type === 'set') return (await redis.smembers(key)).join()
  if (type === 'stream') return JSON.stringify(await redis.xrange(key, '-', '+'))
  throw new Error(`${key} is a ${type}: say here how it is read`)
}
