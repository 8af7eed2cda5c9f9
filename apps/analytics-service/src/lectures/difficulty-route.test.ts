import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import { courseDeleted, coursePublished } from '@aetherlearn/contracts/course/events'
import { userErased } from '@aetherlearn/contracts/identity'
import { lectureCompleted } from '@aetherlearn/contracts/progress'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import type { Payload } from '@aetherlearn/contracts/shape'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { knownIds, newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})
const at = '2026-03-01T10:00:00.000Z'

/** Two lectures of a minute. */
async function aCourse() {
  const [courseId, creatorId, lectureId, second] = [newId(), newId(), newId(), newId()]
  await service.publish({ courseId, creatorId, lectures: [lectureId, second] })
  const token = await mint.tokenFor({ role: 'instructor', id: creatorId })
  const creator = clientOf(service.app, analyticsApi, token)
  const difficulty = () => creator.getDifficulty({ params: { courseId } })
  const answer = (
    userId: string,
    questionId: string,
    score: number,
    odd: Partial<Payload<typeof questionAnswered>> = {},
  ) =>
    service.hear(questionAnswered, { courseId, lectureId, questionId, userId, attempt: 1, score, at, ...odd })
  return { courseId, creatorId, lectureId, second, difficulty, answer }
}
const nextStudent = knownIds()
async function watch(course: { courseId: string; lectureId: string }, segments: Range[], complete: boolean) {
  const { courseId, lectureId } = course
  const id = nextStudent()
  const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ id, role: 'student' }))
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 60, segments } })
  if (complete) await service.hear(lectureCompleted, { courseId, lectureId, userId: id, at })
}

test('how hard a lecture is follows from who completed it, what was played again and who left', async () => {
  const course = await aCourse()
  await watch(course, [[0, 60]], true)
  await watch(course, [[0, 54]], true)
  await watch(course, [[0, 53]], true)
  await watch(
    course,
    [
      [0, 60],
      [0, 35],
    ],
    true,
  )
  await watch(course, [[0, 20]], false)
  await service.flusher.flushOnce()
  const { lectures, questions } = await course.difficulty()
  assert.deepEqual(questions, [])
  assert.deepEqual(lectures, [
    {
      lectureId: course.lectureId,
      lectureTitle: 'Lecture 1',
      uniqueStudents: 5,
      // 20 * 0.5 + 2 * 12.4 * 0.25 + 40 * 0.25, where 35 of 282 seconds were played again
      difficulty: 26.2,
      completedPercent: 80,
      rewatchedPercent: 12.4,
      leftEarlyPercent: 40,
      reasons: [
        '20 % of its students have not completed it.',
        '40 % of the playbacks did not come to its last tenth.',
        '12.4 % of what was played was played again.',
      ],
    },
    {
      lectureId: course.second,
      lectureTitle: 'Lecture 2',
      uniqueStudents: 0,
      difficulty: null,
      completedPercent: null,
      rewatchedPercent: null,
      leftEarlyPercent: null,
      reasons: ['Fewer than 5 students have watched it.'],
    },
  ])
})

test('a lecture is judged as a whole, however many rows its seconds are stored in', async () => {
  const { courseId, creatorId, lectureId, difficulty } = await aCourse()
  const lectures = [{ lectureId, lectureTitle: 'Long', durationSeconds: 900 }]
  await service.hear(coursePublished, { courseId, creatorId, title: 'All', version: 2, lectures })
  const early: Range[] = [
    [290, 310],
    [295, 305],
  ]
  for (let i = 0; i < 4; i += 1) await watch({ courseId, lectureId }, early, false)
  await watch({ courseId, lectureId }, [[850, 900]], false)
  await service.flusher.flushOnce()
  const [lecture] = (await difficulty()).lectures
  // 40 of 170 seconds were played again.
  assert.deepEqual([lecture?.rewatchedPercent, lecture?.leftEarlyPercent], [23.5, 80])
})

test('questions are listed by lecture, the hardest first, with what first answers say of them', async () => {
  const { lectureId, second, difficulty, answer } = await aCourse()
  const [easy, hard, other] = [newId(), newId(), newId()]
  for (const [one, two, three] of [
    [1, 1, 1],
    [1, 1, 0],
    [1, 0, 1],
    [1, 0, 0],
    [0, 0, 0],
  ] as const) {
    const userId = newId()
    await answer(userId, easy, one)
    await answer(userId, hard, two)
    await answer(userId, other, three, { lectureId: second })
  }
  const { questions } = await difficulty()
  assert.deepEqual(
    questions.map(({ lectureId: of, questionId, students, easiness }) => [
      of,
      questionId,
      students,
      easiness,
    ]),
    [
      [lectureId, hard, 5, 0.4],
      [lectureId, easy, 5, 0.8],
      [second, other, 5, 0.4],
    ],
  )
  assert.ok(questions.every(({ discrimination }) => discrimination !== null && discrimination > 0))
})

test('a student’s first attempt counts, in whatever order and however often it is heard of', async () => {
  const { difficulty, answer } = await aCourse()
  const questionId = newId()
  const [late, ...others] = Array.from({ length: 5 }, newId)
  for (const userId of others) await answer(userId, questionId, 0)
  await answer(late ?? '', questionId, 1, { attempt: 3 })
  assert.equal((await difficulty()).questions[0]?.easiness, 0.2)
  await answer(late ?? '', questionId, 0.5, { attempt: 1 })
  for (const attempt of [1, 2, 3]) await answer(late ?? '', questionId, 1, { attempt })
  const [question, ...more] = (await difficulty()).questions
  assert.deepEqual([question?.students, question?.easiness, more], [5, 0.1, []])
})

test('answers of one student that are heard at once are all kept', async () => {
  const { courseId, answer } = await aCourse()
  const userId = newId()
  const questions = Array.from({ length: 8 }, newId)
  await Promise.all(questions.map((questionId) => answer(userId, questionId, 1)))
  const { students } = await service.answers.ofCourse(courseId, [])
  assert.deepEqual([...(students[0]?.keys() ?? [])].sort(), questions.sort())
})

test('of a large class the two thousand who answered last are looked at', async () => {
  const { difficulty, answer } = await aCourse()
  const questionId = newId()
  await answer(newId(), questionId, 1)
  const rows = service.mongo.collection('answers')
  const [row] = await rows
    .find({ [`first.${questionId}`]: { $exists: true } }, { projection: { _id: 0 } })
    .toArray()
  const later = Array.from({ length: 2000 }, (_, i) => ({
    ...row,
    userId: new Types.ObjectId(),
    at: new Date(Date.parse(at) + 1 + i),
    first: { [questionId]: { ...row?.['first'][questionId], score: 0 } },
  }))
  await rows.insertMany(later)
  const [question] = (await difficulty()).questions
  assert.deepEqual([question?.students, question?.easiness], [2000, 0])
})

test('answers of those who work on the course say nothing about students', async () => {
  const { courseId, creatorId, difficulty, answer } = await aCourse()
  const [assistant, questionId] = [newId(), newId()]
  await service.changeStaff({ courseId, staffIds: [assistant], sequence: 1 })
  for (const userId of [creatorId, assistant]) await answer(userId, questionId, 1)
  assert.deepEqual((await difficulty()).questions, [])
  await answer(newId(), questionId, 0)
  assert.equal((await difficulty()).questions[0]?.students, 1)
})

test('of somebody who is erased no answer is left, and one that is heard of later is not kept', async () => {
  const { courseId, answer } = await aCourse()
  const [gone, userId, questionId] = [newId(), newId(), newId()]
  await answer(gone, questionId, 1)
  await answer(userId, questionId, 1)
  await service.hear(userErased, { userId: gone, at })
  await answer(gone, questionId, 0)
  assert.equal((await service.answers.ofCourse(courseId, [])).students.length, 1)
})

test('the answers go with their course, and a late one does not come back', async () => {
  const { courseId, difficulty, answer } = await aCourse()
  await answer(newId(), newId(), 1)
  await service.hear(courseDeleted, { courseId, version: 7 })
  await answer(newId(), newId(), 1)
  assert.deepEqual((await service.answers.ofCourse(courseId, [])).students, [])
  assert.equal((await refusal(difficulty())).code, 'COURSE_NOT_FOUND')
})

test('only those who work on the course see what is hard', async () => {
  const { courseId, difficulty } = await aCourse()
  await difficulty()
  for (const role of ['instructor', 'student'] as const) {
    const client = clientOf(service.app, analyticsApi, await mint.tokenFor({ role }))
    assert.equal((await refusal(client.getDifficulty({ params: { courseId } }))).code, 'FORBIDDEN', role)
  }
})
