import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { questionAnswered } from '@aetherlearn/contracts/analytics/students'
import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { progressApi } from '@aetherlearn/contracts/progress'
import { NO_TRACE, outboxModel } from '@aetherlearn/service-kit/outbox'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
const Outbox = outboxModel(service.mongo)
after(async () => {
  await service.close()
  await stores.close()
})

const rule = (by: CompletionRule['by'], more: Partial<CompletionRule> = {}): CompletionRule => ({
  by,
  watchedShare: 0.9,
  ...more,
})
const content = (...itemIds: string[]): LecturePackage => ({
  packageId: newId(),
  standard: 'scorm-1.2',
  title: 'Sets',
  items: itemIds.map((itemId) => ({ itemId, title: itemId, launch: 'index.html', reports: true })),
})
const at = () => new Date(service.now())

type Lecture = { package?: LecturePackage; questions?: number }
async function aStudent(completion: CompletionRule, lecture: Lecture) {
  const [userId, courseId, lectureId, other] = [newId(), newId(), newId(), newId()]
  const publish = (version: number, changed = completion, now = lecture) =>
    service.publish(courseId, [lectureId, other], version, {
      durationSeconds: 0,
      completion: changed,
      packages: { ...(now.package && { [lectureId]: now.package }) },
      questions: { ...(now.questions && { [lectureId]: now.questions }) },
    })
  await publish(1)
  await service.enrol(userId, courseId)
  const client = clientOf(service.app, progressApi, await mint.tokenFor({ id: userId, role: 'student' }))
  const place = { userId, courseId, lectureId }
  const report = (
    itemId: string | undefined,
    result: { completed?: boolean; passed?: boolean; score?: number },
  ) => service.completion.reportResult({ ...place, itemId }, { ...result, at: at() }, NO_TRACE)
  const answer = (questionId: string, score: number, attempt = 1) =>
    service.hear(questionAnswered, { ...place, questionId, attempt, score, at: at().toISOString() })
  const stored = async () => (await service.progress.read(userId, courseId)).completedLectures
  const params = { courseId, lectureId }
  const why = () => client.getCompletion({ params })
  const complete = () => client.complete({ body: params })
  const events = async () => (await Outbox.find({ 'payload.userId': userId }).lean()).map((row) => row.name)
  const visit = () => client.getProgress({ params: { courseId } })
  return {
    userId,
    courseId,
    lectureId,
    publish,
    report,
    answer,
    stored,
    why,
    complete,
    events,
    visit,
    client,
  }
}

test('a package completes its lecture when all its items say so, once, however often they do', async () => {
  const { report, stored, lectureId, why, events } = await aStudent(rule('watching'), {
    package: content('one', 'two'),
  })
  await report('one', { completed: true, score: 0.4 })
  await report('two', { completed: false })
  assert.deepEqual(await stored(), [])
  const { task, byHand, parts, partsDone, explanation } = await why()
  assert.deepEqual([task, byHand, parts, partsDone], ['package', false, 2, 1])
  assert.match(explanation, /all its parts; 1 of 2 is done\.$/)
  await Promise.all([1, 2, 3].map(() => report('two', { completed: true })))
  assert.deepEqual(await stored(), [lectureId])
  assert.deepEqual(await events(), ['lecture.completed'])
})

test('a package that has to be passed is not completed by going through it, nor by hand', async () => {
  const { report, stored, lectureId, complete, why } = await aStudent(
    rule('passing', { passingScore: 0.75 }),
    {
      package: content('quiz'),
    },
  )
  await report('quiz', { completed: true })
  await report('quiz', { completed: true, passed: false, score: 0.74 })
  const refused = await refusal(complete())
  assert.deepEqual([refused.status, refused.code], [409, 'RESULT_NEEDED'])
  assert.equal(refused.detail, 'This lecture is completed by passing it, or by a score of 75 %.')
  assert.deepEqual(await stored(), [])
  await report('quiz', { completed: true, passed: false, score: 0.75 })
  assert.deepEqual(await stored(), [lectureId])
  assert.deepEqual(await complete(), { message: 'completed' })
  const [result] = (await why()).results
  assert.deepEqual([result?.partId, result?.bestScore, result?.passed], ['quiz', 0.75, false])
})

test('an older or a worse report takes nothing back: the best stays, and the last is told', async () => {
  const { report, stored, lectureId, why } = await aStudent(rule('either'), { package: content('one') })
  await report('one', { completed: true, passed: true, score: 0.9 })
  await report('one', { completed: false, passed: false, score: 0.2 })
  const { results, completed } = await why()
  assert.deepEqual([completed, await stored()], [true, [lectureId]])
  assert.deepEqual(
    results.map(({ at: _at, ...result }) => result),
    [{ partId: 'one', completed: true, passed: true, bestScore: 0.9, lastScore: 0.2 }],
  )
})

test('the same comes out of reports in any order, and however often each is made', async () => {
  const reports = [0.4, 0.9, undefined, 0.2].map((score, index) => ({
    ...(score !== undefined && { score }),
    completed: index === 2,
    at: new Date(Date.UTC(2026, 0, 1 + (index % 3))),
  }))
  const kept = async (order: typeof reports) => {
    const student = await aStudent(rule('passing'), { package: content('one', 'two') })
    const { userId, courseId, lectureId, why } = student
    for (const report of order)
      await service.completion.reportResult({ userId, courseId, lectureId, itemId: 'one' }, report, NO_TRACE)
    return (await why()).results
  }
  const inOrder = await kept(reports)
  assert.deepEqual(await kept([...reports.toReversed(), ...reports]), inOrder)
  assert.deepEqual(
    inOrder.map(({ bestScore, completed }) => [bestScore, completed]),
    [[0.9, true]],
  )
})

test('where students complete lectures themselves a report completes nothing, and is kept', async () => {
  const { report, stored, lectureId, complete, publish, visit } = await aStudent(rule('hand'), {
    package: content('one'),
  })
  await report(undefined, { completed: true })
  await visit()
  assert.deepEqual(await stored(), [])
  await publish(2, rule('watching'), { package: content('one') })
  assert.deepEqual((await visit()).completedLectures, [lectureId])
  assert.deepEqual(await complete(), { message: 'completed' })
})

test('questions are passed by the mean of the best answers, in whatever order and however often they are heard', async () => {
  const { answer, stored, lectureId, why, complete } = await aStudent(rule('passing'), { questions: 3 })
  const [a, b, c] = [newId(), newId(), newId()]
  await answer(a, 1)
  await answer(b, 0.5)
  await answer(b, 0.5)
  await answer(b, 0.1, 2)
  const { task, score, partsDone, parts, explanation } = await why()
  assert.deepEqual([task, score, partsDone, parts], ['questions', 0.5, 2, 3])
  assert.equal(
    explanation,
    'This lecture is completed by 80 % in its questions; you have answered 2 of 3 and have 50 % so far.',
  )
  assert.equal((await refusal(complete())).code, 'RESULT_NEEDED')
  await answer(c, 0.9)
  assert.deepEqual(await stored(), [lectureId])
})

test('answers that were heard before the seat or the questions complete the lecture at the next visit', async () => {
  const { answer, stored, lectureId, publish, visit, userId, courseId } = await aStudent(rule('passing'), {})
  await service.leave(userId, courseId)
  await answer(newId(), 1)
  await publish(2, rule('passing'), { questions: 1 })
  assert.deepEqual(await stored(), [])
  await service.enrol(userId, courseId, 3)
  assert.deepEqual((await visit()).completedLectures, [lectureId])
})

test('questions do not stand in the way where the course asks for watching alone', async () => {
  const { why, complete, stored, lectureId } = await aStudent(rule('watching'), { questions: 2 })
  assert.equal((await why()).task, 'watching')
  await complete()
  assert.deepEqual(await stored(), [lectureId])
})
