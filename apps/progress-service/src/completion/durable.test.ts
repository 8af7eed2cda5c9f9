import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { coursePublished, enrolmentCreated } from '@aetherlearn/contracts/course/events'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { progressApi } from '@aetherlearn/contracts/progress'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { failureOf } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE, outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf } from '@aetherlearn/testing/client'
import { failingMongo, type Fault } from '@aetherlearn/testing/failing-mongo'
import { newId } from '@aetherlearn/testing/ids'
import { startLoneService } from '@aetherlearn/testing/lone-service'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'

const stores = await failingMongo()
const others = await testStores()
const mint = await createTokenMint()
const service = await openFixture({ ...others, ...stores }, mint.verifyToken)
const Outbox = outboxModel(service.mongo)
after(async () => {
  await service.close()
  await stores.close()
  await others.close()
})

/** A transaction that could not even be aborted would hold its rows for a minute. */
const commands = ['find', 'update', 'findAndModify', 'insert', 'commitTransaction']
const faults: Omit<Fault, 'failCommands'>[] = [
  { closeConnection: true },
  { errorCode: 112, errorLabels: ['TransientTransactionError'] },
  { errorCode: 50, errorLabels: ['UnknownTransactionCommitResult'] },
  { errorCode: 8 },
]
/** As many as a completion has, and one more. */
const STEPS = 13

const item = { itemId: 'one', title: 'One', launch: 'index.html', reports: true }
const aPackage: LecturePackage = { packageId: newId(), standard: 'scorm-2004', title: 'Sets', items: [item] }

async function aStudent(content?: LecturePackage) {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  const packages = content === undefined ? {} : { [lectureId]: content }
  await service.publish(courseId, [lectureId], 1, { packages })
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  // What it reads of course and enrolment is in memory from here on.
  await client.getProgress({ params: { courseId } })
  const complete = () => client.complete({ body: { courseId, lectureId } })
  return { userId, place: { userId, courseId, lectureId, itemId: item.itemId }, complete }
}
type Student = Awaited<ReturnType<typeof aStudent>>

function isPassing(error: unknown): false {
  assert.ok(error instanceof ApiError && error.status >= 500, String(error))
  return false
}

function isUnavailable(error: unknown): false {
  assert.equal(failureOf(error)?.code, 'UNAVAILABLE', String(error))
  return false
}

/** All of it or nothing, at one moment; answers which. */
async function isDone({ userId }: Student): Promise<boolean> {
  const key = { userId: new Types.ObjectId(userId) }
  const [row, learner, days, events] = await transaction(service.mongo, async (session) => [
    await service.mongo.collection('progress').findOne(key, { session }),
    await service.mongo.collection('learners').findOne({ _id: key.userId }, { session }),
    await service.mongo.collection('activity').find(key, { session }).toArray(),
    await Outbox.find({ 'payload.userId': userId }).session(session).lean(),
  ])
  const seen = [
    row?.['completedLectures']?.length ?? 0,
    row?.['done'] ?? 0,
    row?.['completedAt'] !== undefined,
    learner?.['totalCompleted'] ?? 0,
    learner?.['currentStreak'] ?? 0,
    days.map(({ count }) => count),
    events.map(({ name }) => name).toSorted(),
  ]
  const done = row !== null
  const all = [1, 1, true, 1, 1, [1], ['course.completed', 'lecture.completed']]
  assert.deepEqual(seen, done ? all : [0, 0, false, 0, 0, [], []])
  return done
}

for (const fault of faults) {
  test(`whichever step of a completion MongoDB fails (${JSON.stringify(fault)}), all of it is there or nothing`, async () => {
    const outcomes = { done: 0, refused: 0 }
    // What is worth another try is tried for a second and a half each time.
    const stride = fault.errorLabels?.[0] === 'TransientTransactionError' || fault.closeConnection ? 4 : 1
    for (let step = 0; step < STEPS; step += stride) {
      const student = await aStudent()
      // From this step on nothing goes any more.
      const during = stores.during({ skip: step }, { failCommands: commands, ...fault }, student.complete)
      const answered = await during.then(() => true, isPassing)
      const done = await isDone(student)
      if (answered) assert.ok(done, 'a completion was answered that is not there')
      outcomes[answered ? 'done' : 'refused'] += 1
      // What was refused may still be on its way, and then wins.
      while (!(await student.complete().then(() => true, isPassing)));
      assert.ok(await isDone(student))
    }
    assert.ok(outcomes.refused > 0)
  })
}

test('whichever step of a report MongoDB fails, it and the completion are both there, or neither is', async () => {
  const outcomes = { done: 0, refused: 0 }
  for (let step = 0; step < STEPS + 3; step += 1) {
    const student = await aStudent(aPackage)
    const report = () =>
      service.completion.reportResult(student.place, { completed: true, at: new Date() }, NO_TRACE)
    const during = stores.during({ skip: step }, { failCommands: commands, errorCode: 8 }, report)
    const answered = await during.then(
      () => true,
      () => false,
    )
    const kept = await service.mongo.collection('results').countDocuments({
      userId: new Types.ObjectId(student.userId),
    })
    assert.deepEqual([await isDone(student), kept], [kept === 1, answered ? 1 : kept])
    outcomes[answered ? 'done' : 'refused'] += 1
    // What was refused may still be on its way here, too.
    while (!(await report().then(() => true, isUnavailable)));
    assert.ok(await isDone(student))
  }
  assert.ok(outcomes.refused > 0 && outcomes.done > 0)
})

test('a process that is killed right after its answers has lost none of them', async () => {
  const lone = await startLoneService('progress-service', new URL('../main.ts', import.meta.url))
  try {
    const [userId, courseId] = [newId(), newId()]
    const lectureIds = Array.from({ length: 40 }, newId)
    const token = await lone.tokenFor({ id: userId, role: 'student' })
    const client = createClient(progressApi, { origin: lone.address, token: () => token })
    await lone.tell(enrolmentCreated, { userId, courseId, sequence: 1, at: '2026-01-01T00:00:00Z' })
    await lone.tell(coursePublished, {
      courseId,
      creatorId: newId(),
      title: 'Algebra',
      version: 1,
      lectures: lectureIds.map((lectureId) => ({ lectureId, lectureTitle: 'Sets', durationSeconds: 60 })),
    })
    // Before it has heard of them it refuses.
    const hears = () =>
      client.getProgress({ params: { courseId } }).then(
        () => true,
        () => false,
      )
    while (!(await hears()));
    const answered: string[] = []
    const killed = Promise.withResolvers<void>()
    const complete = async (lectureId: string) => {
      await client.complete({ body: { courseId, lectureId } })
      answered.push(lectureId)
      if (answered.length === 10) void lone.kill().then(killed.resolve)
    }
    // Two at a time: when it dies others are on their way.
    const halves = [lectureIds.slice(0, 20), lectureIds.slice(20)]
    await Promise.all(
      halves.map(async (some) => {
        for (const lectureId of some) await complete(lectureId).catch(() => undefined)
      }),
    )
    await killed.promise
    const mongo = await lone.stores.connectMongo()
    // Of one moment: what was on its way when it died may be committed only now.
    const [row, learner, told] = await transaction(mongo, async (session) => [
      await mongo.collection('progress').findOne({}, { session }),
      await mongo.collection('learners').findOne({}, { session }),
      await mongo.collection('outbox').find({ name: 'lecture.completed' }, { session }).toArray(),
    ])
    const stored: string[] = row?.['completedLectures'].map(String)
    assert.ok(answered.length >= 10 && answered.length < 40, `${answered.length} answers`)
    for (const lectureId of answered) assert.ok(stored.includes(lectureId), `${lectureId} was lost`)
    assert.equal(learner?.['totalCompleted'], stored.length)
    assert.deepEqual(told.map(({ payload }) => payload.lectureId).toSorted(), stored.toSorted())
  } finally {
    await lone.close()
  }
})
