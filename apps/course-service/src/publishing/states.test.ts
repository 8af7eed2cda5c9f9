import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import type { CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { retry } from '@aetherlearn/sdk/retry'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, type Fixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const free = await openFixture(stores, mint)
const reviewed = await openFixture(stores, mint, { reviewRequired: true })
after(async () => {
  await free.close()
  await reviewed.close()
  await stores.close()
})

const instructor = await free.person('instructor')
const author = await reviewed.person('instructor')
const admin = await reviewed.person('admin')
const { courses } = instructor

async function readyDraft(fixture: Fixture, who = instructor) {
  const draft = await draftOf(who)
  await makeReady(fixture, who, draft.lectureIds[0] ?? '')
  return { ...draft, params: { courseId: draft.courseId } }
}
const move = (params: { courseId: string }, status: CourseStatus) =>
  courses.changeStatus({ params, body: { status } })
const messagesTo = (userId: string) =>
  reviewed.said.map((text) => JSON.parse(text)).filter((message) => message.userId === userId)

test('an unlisted course is in no list and keeps its students and its address; listed again it is back', async () => {
  const { params, courseId } = await readyDraft(free)
  const published = await courses.publish({ params })
  const { courses: theirs } = await free.person('student')
  assert.equal((await move(params, 'unlisted')).status, 'unlisted')
  const listed = async () => (await theirs.listPublished()).some(({ _id }) => _id === courseId)
  assert.equal(await listed(), false)
  await theirs.enroll({ params })
  assert.deepEqual(await theirs.getCourse({ params }), published)
  assert.equal((await move(params, 'live')).status, 'live')
  assert.equal(await listed(), true)
  assert.deepEqual(await free.left('course.withdrawn', 'courseId', courseId), [{ courseId, version: 2 }])
  const facts = await free.left('course.published', 'courseId', courseId)
  assert.deepEqual(
    facts.map(({ version }) => version),
    [1, 3],
  )
  assert.deepEqual(facts[1]?.lectures, facts[0]?.lectures)
})

test('a new version of an unlisted course stays unlisted, and the listeners know both', async () => {
  const { params, courseId, sectionId } = await readyDraft(free)
  await courses.publish({ params })
  await move(params, 'unlisted')
  await courses.changeSection({ params: { sectionId }, body: { sectionTitle: 'New' } })
  const { version } = await courses.publish({ params })
  const facts = await free.left('course.published', 'courseId', courseId)
  const withdrawn = await free.left('course.withdrawn', 'courseId', courseId)
  assert.equal(facts.at(-1)?.version, version)
  assert.ok(withdrawn.at(-1)?.version > version)
  const outline = await courses.getCourse({ params })
  assert.ok('status' in outline && outline.status === 'unlisted')
})

test('students of an archived course go on, nobody new comes in', async () => {
  const { params, courseId, lectureIds } = await readyDraft(free)
  await courses.publish({ params })
  const student = await free.person('student')
  await student.courses.enroll({ params })
  assert.equal((await move(params, 'archived')).status, 'archived')
  const { hlsUrl } = await student.courses.getPlayback({ params: { lectureId: lectureIds[0] ?? '' } })
  assert.equal((await free.app.inject(hlsUrl)).statusCode, 200)
  assert.equal((await student.courses.getCourse({ params })).totalLectures, 1)
  const late = await free.person('student')
  assert.equal((await refusal(late.courses.enroll({ params }))).status, 404)
  assert.equal((await refusal(late.courses.getPublished({ params }))).code, 'COURSE_NOT_FOUND')
  assert.deepEqual(await free.left('course.withdrawn', 'courseId', courseId), [{ courseId, version: 2 }])
  // Withdrawn already: going back to a draft says nothing new.
  assert.equal((await courses.unpublish({ params })).status, 'draft')
  assert.equal((await free.left('course.withdrawn', 'courseId', courseId)).length, 1)
  assert.equal((await courses.publish({ params })).version, 3)
})

test('a state that cannot be reached is 409 and says which can; the same state again changes nothing', async () => {
  const { params, courseId } = await readyDraft(free)
  for (const status of ['live', 'unlisted', 'archived', 'in-review'] as const) {
    const problem = await refusal(move(params, status))
    assert.deepEqual([problem.status, problem.code], [409, 'STATUS_REFUSED'])
    assert.match(problem.detail ?? '', /be published/)
  }
  assert.equal((await move(params, 'draft')).status, 'draft')
  await courses.publish({ params })
  await move(params, 'archived')
  const problem = await refusal(move(params, 'live'))
  assert.match(problem.detail ?? '', /become “draft” or be published/)
  assert.equal((await free.left('course.published', 'courseId', courseId)).length, 1)
})

test('a state or a reason that makes no sense is 400 by name', async () => {
  const { courseId } = await readyDraft(free)
  const url = `/api/v1/course/${courseId}/status`
  const put = async (body: object) => {
    const answer = await rawCall(free.app, { method: 'PUT', url, body, token: instructor.token })
    return [answer.statusCode, answer.json().errors?.[0].field]
  }
  assert.deepEqual(await put({ status: 'gone' }), [400, 'body.status'])
  assert.deepEqual(await put({}), [400, 'body.status'])
  await courses.publish({ params: { courseId } })
  assert.deepEqual(await put({ status: 'archived', reason: 'old' }), [400, 'body.reason'])
})

test('only who may publish changes the state; a foreign draft does not exist', async () => {
  const { params } = await readyDraft(free)
  const other = await free.person('instructor')
  const body = { status: 'archived' } as const
  assert.equal((await refusal(other.courses.changeStatus({ params, body }))).code, 'COURSE_NOT_FOUND')
  await courses.publish({ params })
  const publishAt = '2999-01-01T00:00:00Z'
  for (const call of [
    () => other.courses.changeStatus({ params, body }),
    () => other.courses.rollback({ params, body: { version: 1 } }),
    () => other.courses.schedule({ params, body: { publishAt } }),
    () => other.courses.unschedule({ params }),
  ])
    assert.equal((await refusal(call())).code, 'FORBIDDEN')
})

test('orders at the same moment come one after the other: no two facts have one version', async () => {
  const { params, courseId } = await readyDraft(free)
  await courses.publish({ params })
  const orders = [
    () => courses.publish({ params }),
    () => move(params, 'unlisted'),
    () => move(params, 'archived'),
    () => courses.unpublish({ params }),
    () => courses.rollback({ params, body: { version: 1 } }),
    () => move(params, 'live'),
  ]
  await Promise.allSettled([...orders, ...orders].map((order) => order()))
  // An order may go on after its caller was told that it takes too long; this one, which changes nothing, comes behind all.
  const last = retry(() => courses.publish({ params, body: { revision: 999 } }))
  assert.equal((await refusal(last)).code, 'STALE_EDIT')
  const facts = [
    ...(await free.left('course.published', 'courseId', courseId)),
    ...(await free.left('course.withdrawn', 'courseId', courseId)),
  ]
  const versions = facts.map(({ version }) => Number(version))
  assert.equal(new Set(versions).size, versions.length)
  const latest = facts.find(({ version }) => version === Math.max(...versions))
  const outline = await courses.getCourse({ params })
  assert.ok('status' in outline)
  // What the listeners were told last is how it is.
  assert.equal(latest?.['lectures'] !== undefined, outline.status === 'live')
  const [newest] = await courses.listVersions({ params })
  assert.equal(newest?.version, outline.publishedVersion)
})

test('a publish without a body, as ever, and with one that says why', async () => {
  const { params, courseId } = await readyDraft(free)
  const url = `/api/v1/course/${courseId}/publish`
  const publish = (more: object) =>
    rawCall(free.app, { method: 'POST', url, token: instructor.token, ...more })
  assert.equal((await publish({})).statusCode, 200)
  assert.equal((await publish({ body: {} })).statusCode, 200)
  assert.equal((await publish({ body: { note: 'why' } })).statusCode, 200)
  assert.equal((await publish({ body: { why: 'x' } })).statusCode, 400)
  const nothing = { body: 'null', headers: { 'content-type': 'application/json' } }
  assert.equal((await publish(nothing)).statusCode, 400)
  assert.deepEqual(
    (await courses.listVersions({ params })).map(({ note }) => note),
    ['why', undefined, undefined],
  )
})

test('where reviews are asked for: submit, send back with a reason, submit again, approve by publishing', async () => {
  const { params, courseId } = await readyDraft(reviewed, author)
  const problem = await refusal(author.courses.publish({ params }))
  assert.equal(problem.code, 'REVIEW_REQUIRED')
  assert.match(problem.detail ?? '', /in-review/)
  const submit = () => author.courses.changeStatus({ params, body: { status: 'in-review' } })
  assert.equal((await submit()).status, 'in-review')
  assert.equal((await refusal(author.courses.publish({ params }))).code, 'REVIEW_REQUIRED')
  const waiting = await admin.courses.listReviews()
  assert.ok(waiting.some(({ _id, submittedAt }) => _id === courseId && Date.parse(submittedAt) > 0))
  assert.equal((await refusal(author.courses.listReviews())).status, 403)
  const reason = 'The second lecture has no sound.'
  await admin.courses.changeStatus({ params, body: { status: 'draft', reason } })
  const outline = async () => {
    const course = await author.courses.getCourse({ params })
    return 'role' in course ? course : assert.fail()
  }
  assert.deepEqual([(await outline()).status, (await outline()).reviewReason], ['draft', reason])
  assert.match(messagesTo(author.id).at(-1).message, /sent back\. The second lecture/)
  await submit()
  assert.equal((await outline()).reviewReason, undefined)
  assert.equal((await admin.courses.publish({ params })).version, 1)
  assert.equal((await outline()).status, 'live')
  assert.match(messagesTo(author.id).at(-1).message, /approved/)
  assert.equal((await author.courses.publish({ params })).version, 2)
  assert.ok(!(await admin.courses.listReviews()).some(({ _id }) => _id === courseId))
})

test('what cannot be published cannot be submitted, and a submission can be taken back', async () => {
  const empty = await draftOf(author)
  const body = { status: 'in-review' } as const
  const problem = await refusal(author.courses.changeStatus({ params: { courseId: empty.courseId }, body }))
  assert.equal(problem.code, 'COURSE_NOT_PUBLISHABLE')
  assert.equal(problem.errors?.[0]?.field, empty.lectureIds[0])
  const { params, courseId } = await readyDraft(reviewed, author)
  await author.courses.changeStatus({ params, body })
  const said = messagesTo(author.id).length
  assert.equal((await author.courses.unpublish({ params })).status, 'draft')
  assert.equal(messagesTo(author.id).length, said)
  assert.deepEqual(await reviewed.left('course.withdrawn', 'courseId', courseId), [])
  const stranger = await reviewed.person('instructor')
  assert.equal((await refusal(stranger.courses.getCourse({ params }))).code, 'COURSE_NOT_FOUND')
})

test('where reviews are asked for, a first publish cannot be scheduled past them', async () => {
  const { params } = await readyDraft(reviewed, author)
  const schedule = author.courses.schedule({ params, body: { publishAt: '2999-01-01T00:00:00Z' } })
  assert.equal((await refusal(schedule)).code, 'REVIEW_REQUIRED')
  const outline = await author.courses.getCourse({ params })
  assert.ok('role' in outline && outline.publishAt === undefined)
})
