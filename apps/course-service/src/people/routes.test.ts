import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { userUpdated } from '@aetherlearn/contracts/identity'
import { MAX_COURSE_PEOPLE } from '@aetherlearn/contracts/course/people'
import { retry } from '@aetherlearn/sdk/retry'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { models } = fixture.stores
const owner = await fixture.knownPerson('instructor')
const newCourse = async () => ({ params: { courseId: (await draftOf(owner)).courseId } })

test('people are added by id or by address, listed with their names behind the owner, and removed', async () => {
  const { params } = await newCourse()
  const [editor, viewer] = [await fixture.knownPerson('instructor'), await fixture.knownPerson('student')]
  const { courses } = owner
  const added = await courses.putPerson({ params, body: { userId: editor.id, role: 'editor' } })
  const { fullName, email } = editor
  assert.deepEqual(added, { userId: editor.id, fullName, email, role: 'editor' })
  const address = ` ${viewer.email.toUpperCase()} `
  await courses.putPerson({ params, body: { email: address, role: 'viewer' } })
  const listed = await courses.listPeople({ params })
  assert.deepEqual(
    listed.map(({ userId, role }) => [userId, role]),
    [
      [owner.id, 'owner'],
      [editor.id, 'editor'],
      [viewer.id, 'viewer'],
    ],
  )
  await courses.removePerson({ params: { ...params, userId: editor.id } })
  assert.deepEqual((await courses.listPeople({ params })).length, 2)
  const again = courses.removePerson({ params: { ...params, userId: editor.id } })
  assert.equal((await refusal(again)).code, 'USER_NOT_FOUND')
})

test('what somebody may do follows their role at once, up and down', async () => {
  const { params } = await newCourse()
  const { id, courses } = await fixture.knownPerson('instructor')
  const as = (role: 'editor' | 'assistant' | 'viewer') =>
    owner.courses.putPerson({ params, body: { userId: id, role } })
  const edit = () => courses.addSection({ params, body: { sectionTitle: 'x' } })
  assert.equal((await refusal(edit())).code, 'COURSE_NOT_FOUND')
  await as('viewer')
  assert.equal((await refusal(edit())).code, 'FORBIDDEN')
  assert.equal((await courses.getCourse({ params }))._id, params.courseId)
  assert.equal((await refusal(courses.listStudents({ params }))).code, 'FORBIDDEN')
  await as('assistant')
  assert.equal((await refusal(edit())).code, 'FORBIDDEN')
  assert.deepEqual((await courses.listStudents({ params })).students, [])
  await as('editor')
  await edit()
  assert.deepEqual(
    (await courses.listTaught()).map(({ _id }) => _id),
    [params.courseId],
  )
  await owner.courses.removePerson({ params: { ...params, userId: id } })
  assert.equal((await refusal(edit())).code, 'COURSE_NOT_FOUND')
})

test('only the owner and admins see and choose who works on a course', async () => {
  const { params } = await newCourse()
  const editor = await fixture.knownPerson('instructor')
  await owner.courses.putPerson({ params, body: { userId: editor.id, role: 'editor' } })
  const add = { params, body: { userId: newId(), role: 'viewer' as const } }
  assert.equal((await refusal(editor.courses.listPeople({ params }))).code, 'FORBIDDEN')
  assert.equal((await refusal(editor.courses.putPerson(add))).code, 'FORBIDDEN')
  const self = { params: { ...params, userId: editor.id } }
  assert.equal((await refusal(editor.courses.removePerson(self))).code, 'FORBIDDEN')
  const stranger = await fixture.person('instructor')
  assert.equal((await refusal(stranger.courses.listPeople({ params }))).code, 'COURSE_NOT_FOUND')
  const admin = await fixture.person('admin')
  assert.equal((await admin.courses.listPeople({ params })).length, 2)
})

test('nobody unknown, no owner, no student as an editor, and no two names for one person', async () => {
  const { params } = await newCourse()
  const student = await fixture.knownPerson('student')
  const put = async (body: { userId?: string; email?: string; role: 'editor' | 'assistant' | 'viewer' }) => {
    const { code, errors } = await refusal(owner.courses.putPerson({ params, body }))
    return [code, errors?.[0]?.field]
  }
  assert.deepEqual(await put({ userId: newId(), role: 'viewer' }), ['USER_NOT_FOUND', undefined])
  assert.deepEqual(await put({ email: 'nobody@school.test', role: 'viewer' }), ['USER_NOT_FOUND', undefined])
  assert.deepEqual(await put({ userId: owner.id, role: 'viewer' }), ['INVALID_INPUT', 'body.userId'])
  for (const role of ['editor', 'assistant'] as const)
    assert.deepEqual(await put({ userId: student.id, role }), ['NOT_AN_INSTRUCTOR', undefined])
  assert.deepEqual(await put({ role: 'viewer' }), ['INVALID_INPUT', 'body.userId'])
  const both = { userId: student.id, email: student.email, role: 'viewer' as const }
  assert.deepEqual(await put(both), ['INVALID_INPUT', 'body.userId'])
  assert.equal((await owner.courses.listPeople({ params })).length, 1)
})

test(`a course has at most ${MAX_COURSE_PEOPLE} people besides its owner, also when they come at once`, async () => {
  const { params } = await newCourse()
  const people = Array.from({ length: MAX_COURSE_PEOPLE - 2 }, () => ({ userId: newId(), role: 'viewer' }))
  await models.Courses.updateOne({ _id: params.courseId }, { $set: { people } })
  const added = await Promise.allSettled(
    Array.from({ length: 6 }, async () => {
      const { id } = await fixture.knownPerson('student')
      // All want the same row: on a busy machine some are told to come again.
      return retry(() => owner.courses.putPerson({ params, body: { userId: id, role: 'viewer' } }))
    }),
  )
  assert.equal(added.filter(({ status }) => status === 'fulfilled').length, 2)
  const row = await models.Courses.findById(params.courseId).lean()
  assert.equal(row?.people.length, MAX_COURSE_PEOPLE)
})

test('the listeners are told who may see the statistics and who edits, in an order they can tell', async () => {
  const { params } = await newCourse()
  const { id } = await fixture.knownPerson('instructor')
  for (const role of ['viewer', 'viewer', 'assistant', 'editor'] as const)
    await owner.courses.putPerson({ params, body: { userId: id, role } })
  await owner.courses.removePerson({ params: { ...params, userId: id } })
  const facts = await fixture.left('course.staff-changed', 'courseId', params.courseId)
  assert.deepEqual(
    facts.map(({ sequence, staffIds, editorIds }) => [sequence, staffIds, editorIds]),
    [
      [1, [], []],
      [2, [id], []],
      [3, [id], [id]],
      [4, [], []],
    ],
  )
})

test('an event about somebody that comes late changes nothing', async () => {
  const { userId, email, fullName } = await fixture.knownPerson('student')
  const later = new Date(Date.now() + 1000).toISOString()
  await fixture.hear(userUpdated, { userId, email, fullName, role: 'instructor', at: later })
  const early = new Date(Date.now() - 60_000).toISOString()
  await fixture.hear(userUpdated, { userId, email, fullName, role: 'student', at: early })
  assert.equal((await fixture.stores.directory.find({ userId })).role, 'instructor')
})
