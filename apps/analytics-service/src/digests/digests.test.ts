import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { courseCompleted } from '@aetherlearn/contracts/progress'
import { refusal } from '@aetherlearn/testing/client'
import { DAY_MS, openSchool, type Person } from '../school.fixture.ts'
import { createDigestMaker } from './maker.ts'
import { createDigestRound } from './round.ts'

const school = await openSchool()
const { service, clock, now, aPerson } = school
after(school.close)

/** Monday of the week in which the tests run: what is watched, is watched in it. */
const monday = Math.floor((Date.now() - 4 * DAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + 4 * DAY_MS
/** As an instance that has just started: another test’s week may be the same one. */
const freshRound = () => createDigestRound({ digests: service.digests, makeDigest: service.makeDigest, now })
const makeDigests = () => freshRound()()
/** Seven o’clock on the Monday after so many weeks. */
const goToMonday = (weeks: number) => {
  clock.aheadMs = monday + weeks * 7 * DAY_MS + 7 * 3_600_000 - Date.now()
}
const inThisWeek = new Date(monday).toISOString()
beforeEach(async () => {
  clock.aheadMs = 0
  // Each test has its courses for itself.
  await service.mongo.collection('courseMeta').deleteMany({})
})

/** A course of Ivo's with a viewer, and students who enrolled on Monday and never began. */
async function aCourse(size = 1) {
  const [ivo, vera] = [await aPerson('instructor'), await aPerson('instructor')]
  const members = []
  for (let i = 0; i < size; i += 1) members.push(await aPerson('student'))
  const place = await school.aCourse({ creatorId: ivo.userId, students: members, enrolledAt: inThisWeek })
  const { courseId } = place
  await service.changeStaff({ courseId, staffIds: [vera.userId], sequence: 1 })
  const digestsFor = async (who: Person) => (await who.client.listDigests({ params: { courseId } })).digests
  return { ...place, ivo, vera, members, digestsFor }
}
const inboxOf = async ({ client }: Person) => (await client.listMessages()).messages

test('on Monday a course’s people read its week beside the week before, with who is newly at risk and why', async () => {
  const { ivo, vera, members, courseId, lectureId, digestsFor } = await aCourse(2)
  const [ana, ben] = members
  await ana?.client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 20 } })
  await service.flusher.flushOnce()
  await service.hear(courseCompleted, { courseId, userId: ana?.userId ?? '', at: inThisWeek })
  goToMonday(1)
  await makeDigests()
  const [digest, ...more] = await digestsFor(vera)
  assert.deepEqual(more, [])
  assert.equal(digest?.week, inThisWeek.slice(0, 10))
  assert.deepEqual(digest?.numbers, {
    students: { week: 1, before: 0 },
    watchTimeSeconds: { week: 20, before: 0 },
    playbacks: { week: 1, before: 0 },
    enrolments: { week: 2, before: 0 },
    completions: { week: 1, before: 0 },
  })
  assert.deepEqual(
    digest?.students.map(({ userId, fullName, reasons }) => [userId, fullName, reasons[0]?.rule]),
    [[ben?.userId, 'Ana Student', 'never-started']],
  )
  for (const person of [ivo, vera]) {
    const [message] = await inboxOf(person)
    assert.deepEqual([message?.kind, message?.week, message?.courseId], ['digest', digest?.week, courseId])
    assert.match(message?.text ?? '', /Students who watched: 1 \(the week before: 0\)/)
    assert.doesNotMatch(message?.text ?? '', /Ana/)
  }
  assert.deepEqual(await inboxOf(await aPerson('instructor')), [])
  const stranger = await aPerson('instructor')
  const asked = stranger.client.listDigests({ params: { courseId } })
  assert.equal((await refusal(asked)).code, 'FORBIDDEN')
})

test('in the week after, only who has come to be at risk since is new, and the numbers have moved on', async () => {
  const { ivo, courseId, digestsFor } = await aCourse(1)
  goToMonday(1)
  await makeDigests()
  const late = await aPerson('student')
  await service.enrol({ courseId, userId: late.userId, at: inThisWeek })
  goToMonday(2)
  await makeDigests()
  const [second, first] = await digestsFor(ivo)
  assert.deepEqual([first?.atRisk, first?.newAtRisk, second?.atRisk, second?.newAtRisk], [1, 1, 2, 1])
  assert.deepEqual(
    second?.students.map(({ userId }) => userId),
    [late.userId],
  )
  assert.deepEqual(second?.numbers.enrolments, { week: 0, before: 2 })
  const [page] = (
    await ivo.client.listDigests({ params: { courseId }, query: { before: second?.week ?? '' } })
  ).digests
  assert.equal(page?.week, first?.week)
})

test('instances that work at once, and die at any step, leave one digest of each course and one message to each person', async () => {
  const courses = await Promise.all([aCourse(), aCourse()])
  goToMonday(1)
  const died = new Error('died')
  const { digests } = service
  const deaths = [
    { digests: { ...digests, add: () => Promise.reject(died) } },
    // Behind the row of the digest, before its messages.
    { post: () => Promise.reject(died) },
    // Behind the commit, before anybody is told.
    {
      post: async (...args: Parameters<typeof service.post>) => ({
        ...(await service.post(...args)),
        tell: () => Promise.reject(died),
      }),
    },
  ]
  const dying = deaths.map((death) =>
    createDigestRound({ digests, makeDigest: createDigestMaker({ ...service, ...death }), now }),
  )
  for (const round of dying.slice(0, 2)) await assert.rejects(round())
  const instances = Array.from({ length: 3 }, freshRound)
  await Promise.allSettled([...dying, ...instances].map((round) => round()))
  // On a slow machine all of them may have run out of time at one course: they try again after a minute.
  clock.aheadMs += 60_000
  for (const round of instances) await round()
  for (const { ivo, vera, digestsFor } of courses) {
    assert.equal((await digestsFor(ivo)).length, 1)
    for (const person of [ivo, vera]) assert.equal((await inboxOf(person)).length, 1)
  }
})

test('a course whose digest cannot be made keeps no other from its own, and has it once it can', async () => {
  const [broken, sound] = [await aCourse(), await aCourse()]
  goToMonday(1)
  const state = { broken: true }
  const makeDigest: typeof service.makeDigest = (courseId, week) =>
    state.broken && courseId === broken.courseId
      ? Promise.reject(new Error('broken'))
      : service.makeDigest(courseId, week)
  const round = createDigestRound({ digests: service.digests, makeDigest, now })
  await assert.rejects(round())
  assert.deepEqual(
    [(await broken.digestsFor(broken.ivo)).length, (await sound.digestsFor(sound.ivo)).length],
    [0, 1],
  )
  state.broken = false
  // What fails may go on failing: it is not tried again at once.
  await round()
  assert.equal((await broken.digestsFor(broken.ivo)).length, 0)
  clock.aheadMs += 60_000
  await round()
  assert.equal((await broken.digestsFor(broken.ivo)).length, 1)
})

test('a round makes no more digests than those who watch meanwhile can bear, and the next ones make the others', async () => {
  const courses = await Promise.all([aCourse(), aCourse(), aCourse()])
  goToMonday(1)
  const round = createDigestRound({ ...service, now, atOnce: 2 })
  const made = async () => {
    await round()
    const all = await Promise.all(courses.map(({ ivo, digestsFor }) => digestsFor(ivo)))
    return all.flat().length
  }
  assert.deepEqual([await made(), await made(), await made()], [2, 3, 3])
})

test('who wants no digests gets none in the inbox, a course with nothing to tell has none, and a removed one keeps none', async () => {
  const { ivo, vera, courseId, digestsFor } = await aCourse()
  const empty = await aCourse(0)
  await vera.client.putMessageSettings({ body: { nudges: 'mail', digests: 'off' } })
  goToMonday(1)
  await makeDigests()
  assert.deepEqual([(await inboxOf(ivo)).length, (await inboxOf(vera)).length], [1, 0])
  assert.equal((await digestsFor(vera)).length, 1)
  assert.deepEqual(await empty.digestsFor(empty.ivo), [])
  await service.hear(courseDeleted, { courseId, version: 2 })
  assert.deepEqual(await service.digests.list(courseId, { limit: 10 }), [])
})
