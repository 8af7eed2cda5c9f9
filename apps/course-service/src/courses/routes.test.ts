import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { assertWhole } from '../editing/curriculum.fixture.ts'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { app, stores: all } = fixture
const instructor = await fixture.person('instructor')
const other = await fixture.person('instructor')
const student = await fixture.person('student')
const admin = await fixture.person('admin')
const post = (url: string, body: unknown, token = instructor.token) =>
  rawCall(app, { method: 'POST', url, token, body })

test('a course, its section and its lecture are created with the shapes and codes of the document', async () => {
  const created = await post('/api/v1/course/create', { title: 'Algebra', category: 'Maths', subtitle: 'I' })
  assert.equal(created.statusCode, 201)
  const course = created.json()
  assert.match(course._id, /^[0-9a-f]{24}$/)
  assert.deepEqual(
    [course.title, course.subtitle, course.category, course.creator],
    ['Algebra', 'I', 'Maths', instructor.id],
  )
  assert.deepEqual([course.status, course.sections, course.totalLectures], ['draft', [], 0])
  const section = await post(`/api/v1/course/${course._id}/section`, { sectionTitle: 'Sets' })
  assert.equal(section.statusCode, 201)
  assert.deepEqual(section.json(), {
    _id: section.json()._id,
    courseId: course._id,
    sectionTitle: 'Sets',
    lectures: [],
    revision: 0,
  })
  const lecture = await post(`/api/v1/course/${section.json()._id}/lecture`, { lectureTitle: 'Unions' })
  assert.equal(lecture.statusCode, 201)
  assert.equal(lecture.json().status, 'AWAITING_MEDIA')
  assert.equal(lecture.json().sectionId, section.json()._id)
  const outline = await instructor.courses.getCourse({ params: { courseId: course._id } })
  assert.equal(outline.totalLectures, 1)
  assert.equal(outline.sections[0]?.lectures[0]?.lectureTitle, 'Unions')
})

test('the outline keeps the order of creation, and the teacher’s list is newest first', async () => {
  const teacher = await fixture.person('instructor')
  const first = await draftOf(teacher, ['a', 'b', 'c'])
  const second = await draftOf(teacher, [])
  const taught = await teacher.courses.listTaught()
  assert.deepEqual(
    taught.map(({ _id }) => _id),
    [second.courseId, first.courseId],
  )
  const { sections } = await teacher.courses.getCourse({ params: { courseId: first.courseId } })
  assert.deepEqual(
    sections[0]?.lectures.map(({ lectureTitle }) => lectureTitle),
    ['a', 'b', 'c'],
  )
})

test('unknown fields, wrong types and missing fields are refused by name, and nothing is created', async () => {
  const fields = async (url: string, body: unknown) => {
    const answer = await post(url, body)
    assert.equal(answer.statusCode, 400)
    assert.equal(answer.json().code, 'INVALID_INPUT')
    return answer.json().errors.map((error: { field: string }) => error.field)
  }
  const before = await all.models.Courses.countDocuments()
  const create = '/api/v1/course/create'
  const full = { title: 'A', category: 'B' }
  for (const field of [
    'creator',
    'status',
    'sections',
    '_id',
    '__v',
    'totalLectures',
    'price',
    'isPublished',
  ]) {
    assert.deepEqual(await fields(create, { ...full, [field]: 'x' }), [`body.${field}`])
  }
  assert.deepEqual(await fields(create, { title: 5, category: { $ne: null } }), [
    'body.title',
    'body.category',
  ])
  assert.deepEqual(await fields(create, { title: '   ', category: 'B' }), ['body.title'])
  assert.deepEqual(await fields(create, { title: 'A' }), ['body.category'])
  assert.deepEqual(await fields('/api/v1/course/nonsense/section', { sectionTitle: 'A' }), [
    'params.courseId',
  ])
  const polluted = await rawCall(app, {
    method: 'POST',
    url: create,
    token: instructor.token,
    headers: { 'content-type': 'application/json' },
    body: '{"title":"A","category":"B","__proto__":{"x":1}}',
  })
  assert.equal(polluted.statusCode, 400)
  assert.equal(await all.models.Courses.countDocuments(), before)
})

test('a draft is hidden from everybody but its people: not found, for reading and for changing', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor)
  const params = { courseId }
  const lecture = { lectureId: lectureIds[0] ?? '' }
  for (const { courses } of [other, student]) {
    assert.equal((await refusal(courses.getCourse({ params }))).code, 'COURSE_NOT_FOUND')
    assert.equal((await refusal(courses.getLecture({ params: lecture }))).code, 'LECTURE_NOT_FOUND')
    assert.equal((await refusal(courses.getPlayback({ params: lecture }))).code, 'LECTURE_NOT_FOUND')
  }
  const { courses } = other
  assert.equal(
    (await refusal(courses.addSection({ params, body: { sectionTitle: 'x' } }))).code,
    'COURSE_NOT_FOUND',
  )
  const add = { params: { sectionId }, body: { lectureTitle: 'x' } }
  assert.equal((await refusal(courses.addLecture(add))).code, 'SECTION_NOT_FOUND')
  assert.equal((await refusal(courses.publish({ params }))).code, 'COURSE_NOT_FOUND')
  assert.equal(
    (await refusal(student.courses.addSection({ params, body: { sectionTitle: 'x' } }))).code,
    'FORBIDDEN',
  )
  assert.equal((await admin.courses.addLecture(add)).courseId, courseId)
  assert.equal((await admin.courses.getCourse({ params })).totalLectures, 2)
})

test('a live course is known, so changing a foreign one is forbidden', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor)
  await makeReady(fixture, instructor, lectureIds[0] ?? '')
  await instructor.courses.publish({ params: { courseId } })
  const { courses } = other
  const params = { courseId }
  assert.equal((await refusal(courses.addSection({ params, body: { sectionTitle: 'x' } }))).code, 'FORBIDDEN')
  const add = { params: { sectionId }, body: { lectureTitle: 'x' } }
  assert.equal((await refusal(courses.addLecture(add))).code, 'FORBIDDEN')
  assert.equal((await refusal(courses.unpublish({ params }))).code, 'FORBIDDEN')
  assert.equal((await refusal(courses.getCourse({ params }))).code, 'NOT_ENROLLED')
})

test('ids that nobody has are not found, and no token is 401', async () => {
  const unknown = newId()
  const refused = async (call: Promise<unknown>, code: string) =>
    assert.equal((await refusal(call)).code, code)
  const { courses } = instructor
  const [course, lecture] = [{ courseId: unknown }, { lectureId: unknown }]
  await refused(courses.getCourse({ params: course }), 'COURSE_NOT_FOUND')
  await refused(courses.getPublished({ params: course }), 'COURSE_NOT_FOUND')
  await refused(courses.publish({ params: course }), 'COURSE_NOT_FOUND')
  await refused(courses.addSection({ params: course, body: { sectionTitle: 'x' } }), 'COURSE_NOT_FOUND')
  await refused(courses.getLecture({ params: lecture }), 'LECTURE_NOT_FOUND')
  await refused(courses.getPlayback({ params: lecture }), 'LECTURE_NOT_FOUND')
  const add = { params: { sectionId: unknown }, body: { lectureTitle: 'x' } }
  await refused(courses.addLecture(add), 'SECTION_NOT_FOUND')
  await refused(student.courses.enroll({ params: course }), 'COURSE_NOT_FOUND')
  const anonymous = await rawCall(app, {
    method: 'POST',
    url: '/api/v1/course/create',
    body: { title: 'a', category: 'b' },
  })
  assert.equal(anonymous.statusCode, 401)
})

/** MongoDB itself refuses the write that breaks `rule`, in the middle of the transaction. */
async function whileRefused<T>(collection: string, rule: object, work: () => Promise<T>): Promise<T> {
  await fixture.mongo.db?.command({ collMod: collection, validator: rule })
  try {
    return await work()
  } finally {
    await fixture.mongo.db?.command({ collMod: collection, validator: {} })
  }
}

test('a transaction that fails at any of its steps leaves neither a child nor a place for it', async () => {
  const { courseId, sectionId } = await draftOf(instructor)
  const { courses } = instructor
  const addLecture = () =>
    refusal(courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'ghost' } }))
  const addSection = () =>
    refusal(courses.addSection({ params: { courseId }, body: { sectionTitle: 'ghost' } }))
  const steps = [
    [addLecture, 'sections', { 'lectures.1': { $exists: false } }],
    [addLecture, 'courses', { totalLectures: { $lt: 2 } }],
    [addLecture, 'lectures', { lectureTitle: { $ne: 'ghost' } }],
    [addSection, 'courses', { 'sections.1': { $exists: false } }],
    [addSection, 'sections', { sectionTitle: { $ne: 'ghost' } }],
  ] as const
  for (const [work, collection, rule] of steps) {
    assert.equal((await whileRefused(collection, rule, work)).code, 'INTERNAL')
    await assertWhole(all.models, courseId)
  }
  assert.equal((await courses.getCourse({ params: { courseId } })).totalLectures, 1)
})
