import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import { webhookEvents } from '@aetherlearn/contracts/analytics/webhooks'
import { userRegistered } from '@aetherlearn/contracts/identity'
import { courseCompleted, lectureCompleted } from '@aetherlearn/contracts/progress'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { newId } from '@aetherlearn/testing/ids'
import type { openFixture } from '../fixture.ts'
import type { Person } from '../school.fixture.ts'

type Service = Awaited<ReturnType<typeof openFixture>>

/** Everything that a student can do, in a course of two lectures: whoever adds something adds it here. */
export async function liveFully(service: Service, { userId, client }: Person) {
  const [courseId, lectureId, second] = [newId(), newId(), newId()]
  const lectures = [lectureId, second]
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
  return { courseId, lectures }
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
