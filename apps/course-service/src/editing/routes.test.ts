import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { defaultCompletion } from '@aetherlearn/contracts/course/completion'
import { rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, type Person } from '../fixture.ts'
import { assertWhole } from './curriculum.fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { models } = fixture.stores
const instructor = await fixture.person('instructor')
const { courses } = instructor

/** What the outline holds, in order. */
async function titlesOf(courseId: string) {
  const outline = await courses.getCourse({ params: { courseId } })
  assert.ok('status' in outline)
  return outline.sections.map(({ sectionTitle, lectures }) => [
    sectionTitle,
    ...lectures.map(({ lectureTitle }) => lectureTitle),
  ])
}
const addSection = (courseId: string, sectionTitle: string) =>
  courses.addSection({ params: { courseId }, body: { sectionTitle } })

test('what a course says of itself is given at once or later, and what is left out stays', async () => {
  const details = {
    title: 'Álgebra',
    category: 'Maths',
    subtitle: 'I',
    description: 'From sets to fields',
    level: 'beginner',
    language: 'pt-BR',
    price: 4900,
    currency: 'BRL',
    seatLimit: 30,
    completion: { by: 'passing', watchedShare: 0.75, endSlackSeconds: 20, passingScore: 0.6 },
  } as const
  const { _id: courseId, ...created } = await courses.createCourse({ body: details })
  assert.deepEqual({ ...created, ...details }, created)
  const params = { courseId }
  const changed = await courses.changeCourse({ params, body: { title: 'Algebra', language: 'en' } })
  const { updatedAt } = changed
  assert.deepEqual(changed, {
    _id: courseId,
    ...created,
    title: 'Algebra',
    language: 'en',
    revision: 1,
    updatedAt,
  })
  const open = await courses.changeCourse({ params, body: { seatLimit: null } })
  assert.equal('seatLimit' in open, false)
  const usual = await courses.changeCourse({ params, body: { completion: defaultCompletion } })
  assert.equal('completion' in usual, false)
  assert.equal((await courses.changeCourse({ params, body: {} })).revision, 3)
  const outline = await courses.getCourse({ params })
  assert.deepEqual([outline.title, outline.description], ['Algebra', 'From sets to fields'])
})

test('details of a wrong form are refused by name, and nothing changes', async () => {
  const { courseId } = await draftOf(instructor, [])
  const before = await models.Courses.findById(courseId).lean()
  const wrong = {
    title: ' ',
    category: '',
    subtitle: 's'.repeat(301),
    description: 'd'.repeat(10_001),
    level: 'expert',
    language: 'en_US',
    price: 4.5,
    currency: 'eur',
    seatLimit: 0,
    completion: 'always',
    revision: -1,
  }
  const url = `/api/v1/course/${courseId}`
  const answer = await rawCall(fixture.app, { method: 'PATCH', url, token: instructor.token, body: wrong })
  assert.equal(answer.statusCode, 400)
  const named = new Set(answer.json().errors.map(({ field }: { field: string }) => field))
  assert.deepEqual(
    [...named].sort(),
    Object.keys(wrong)
      .map((field) => `body.${field}`)
      .sort(),
  )
  assert.deepEqual(await models.Courses.findById(courseId).lean(), before)
})

test('sections and lectures are renamed, and their titles are text whatever they hold', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor)
  const sectionTitle = '<script>alert(1)</script>'
  const lectureTitle = '‮{{constructor}} 🎓'
  const section = await courses.changeSection({ params: { sectionId }, body: { sectionTitle } })
  assert.deepEqual([section.sectionTitle, section.revision], [sectionTitle, 2])
  const params = { lectureId: lectureIds[0] ?? '' }
  const lecture = await courses.changeLecture({ params, body: { lectureTitle } })
  assert.deepEqual([lecture.lectureTitle, lecture.revision], [lectureTitle, 1])
  assert.deepEqual(await titlesOf(courseId), [[sectionTitle, lectureTitle]])
})

test('sections are put in another order; a place past the end is the end', async () => {
  const { _id: courseId } = await courses.createCourse({ body: { title: 'Order', category: 'Tests' } })
  const [a = '', b = '', c = ''] = [
    (await addSection(courseId, 'a'))._id,
    (await addSection(courseId, 'b'))._id,
    (await addSection(courseId, 'c'))._id,
  ]
  const move = async (sectionId: string, position: number) =>
    (await courses.moveSection({ params: { sectionId }, body: { position } })).sections
  assert.deepEqual(await move(c, 0), [c, a, b])
  assert.deepEqual(await move(c, 1), [a, c, b])
  assert.deepEqual(await move(a, 99), [c, b, a])
  assert.deepEqual(await titlesOf(courseId), [['c'], ['b'], ['a']])
  await assertWhole(models, courseId)
})

test('a lecture moves inside its section and to another one, with its id and its video', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['a', 'b', 'c'])
  const [a = '', b = '', c = ''] = lectureIds
  await models.Lectures.updateOne({ _id: b }, { status: 'READY', durationSeconds: 60 })
  const second = await addSection(courseId, 'Two')
  const move = (lectureId: string, to: string, position: number) =>
    courses.moveLecture({ params: { lectureId }, body: { sectionId: to, position } })
  const [same, none] = await move(c, sectionId, 0)
  assert.deepEqual([same?.lectures, none], [[c, a, b], undefined])
  const [reached, left] = await move(b, second._id, 5)
  assert.deepEqual([reached?._id, reached?.lectures], [second._id, [b]])
  assert.deepEqual([left?._id, left?.lectures], [sectionId, [c, a]])
  const moved = await courses.getLecture({ params: { lectureId: b } })
  assert.deepEqual([moved._id, moved.sectionId, moved.status], [b, second._id, 'READY'])
  assert.deepEqual(await titlesOf(courseId), [
    ['One', 'c', 'a'],
    ['Two', 'b'],
  ])
  await assertWhole(models, courseId)
})

test('a lecture does not move to a section of another course', async () => {
  const [here, there] = [await draftOf(instructor), await draftOf(instructor)]
  const params = { lectureId: here.lectureIds[0] ?? '' }
  for (const sectionId of [there.sectionId, newId()]) {
    const call = courses.moveLecture({ params, body: { sectionId, position: 0 } })
    assert.equal((await refusal(call)).code, 'SECTION_NOT_FOUND')
  }
  await assertWhole(models, here.courseId)
  await assertWhole(models, there.courseId)
})

test('a lecture and a section with its lectures are deleted, and the count follows', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['a', 'b'])
  const second = await addSection(courseId, 'Two')
  await courses.addLecture({ params: { sectionId: second._id }, body: { lectureTitle: 'c' } })
  await courses.deleteLecture({ params: { lectureId: lectureIds[0] ?? '' } })
  assert.deepEqual(await titlesOf(courseId), [
    ['One', 'b'],
    ['Two', 'c'],
  ])
  await courses.deleteSection({ params: { sectionId } })
  assert.deepEqual(await titlesOf(courseId), [['Two', 'c']])
  const { course } = await assertWhole(models, courseId)
  assert.equal(course.totalLectures, 1)
  const again = courses.deleteSection({ params: { sectionId } })
  assert.equal((await refusal(again)).code, 'SECTION_NOT_FOUND')
  const gone = courses.deleteLecture({ params: { lectureId: lectureIds[1] ?? '' } })
  assert.equal((await refusal(gone)).code, 'LECTURE_NOT_FOUND')
})

type Draft = { courseId: string; sectionId: string; lectureId: string }
type Seen = { revision?: number }
/** Every edit that may name a revision, and whose revision it names. */
const edits: Record<
  string,
  { of: 'course' | 'section' | 'lecture'; call: (who: Person, at: Draft, seen: Seen) => Promise<unknown> }
> = {
  changeCourse: {
    of: 'course',
    call: (who, { courseId }, seen) =>
      who.courses.changeCourse({ params: { courseId }, body: { subtitle: 'x', ...seen } }),
  },
  changeSection: {
    of: 'section',
    call: (who, { sectionId }, seen) =>
      who.courses.changeSection({ params: { sectionId }, body: { sectionTitle: 'x', ...seen } }),
  },
  moveSection: {
    of: 'course',
    call: (who, { sectionId }, seen) =>
      who.courses.moveSection({ params: { sectionId }, body: { position: 0, ...seen } }),
  },
  changeLecture: {
    of: 'lecture',
    call: (who, { lectureId }, seen) =>
      who.courses.changeLecture({ params: { lectureId }, body: { lectureTitle: 'x', ...seen } }),
  },
  moveLecture: {
    of: 'section',
    call: (who, { lectureId, sectionId }, seen) =>
      who.courses.moveLecture({ params: { lectureId }, body: { sectionId, position: 0, ...seen } }),
  },
  deleteLecture: {
    of: 'lecture',
    call: (who, { lectureId }, seen) => who.courses.deleteLecture({ params: { lectureId }, query: seen }),
  },
  deleteSection: {
    of: 'section',
    call: (who, { sectionId }, seen) => who.courses.deleteSection({ params: { sectionId }, query: seen }),
  },
}

async function draft(): Promise<Draft> {
  const { courseId, sectionId, lectureIds } = await draftOf(instructor)
  return { courseId, sectionId, lectureId: lectureIds[0] ?? '' }
}
async function stateOf({ courseId, sectionId, lectureId }: Draft) {
  return {
    course: await models.Courses.findById(courseId).lean(),
    section: await models.Sections.findById(sectionId).lean(),
    lecture: await models.Lectures.findById(lectureId).lean(),
  }
}

const seven = { $set: { revision: 7 } }
const aged = {
  course: ({ courseId }: Draft) => models.Courses.updateOne({ _id: courseId }, seven),
  section: ({ sectionId }: Draft) => models.Sections.updateOne({ _id: sectionId }, seven),
  lecture: ({ lectureId }: Draft) => models.Lectures.updateOne({ _id: lectureId }, seven),
}
for (const [name, { of, call }] of Object.entries(edits)) {
  test(`${name} with an old revision of the ${of} is 409, says the current one and changes nothing`, async () => {
    const at = await draft()
    await aged[of](at)
    const before = await stateOf(at)
    const problem = await refusal(call(instructor, at, { revision: 6 }))
    assert.deepEqual([problem.code, problem.status, problem.currentRevision], ['STALE_EDIT', 409, 7])
    assert.deepEqual(await stateOf(at), before)
    await call(instructor, at, { revision: 7 })
    const after = (await stateOf(at))[of]
    if (after !== null) assert.equal(after.revision, 8)
  })

  test(`${name} is for those who may edit: strangers find no draft, others at work on it may not`, async () => {
    const at = await draft()
    const people = {
      editor: await fixture.person('instructor'),
      assistant: await fixture.person('instructor'),
      viewer: await fixture.person('instructor'),
    }
    const named = Object.entries(people).map(([role, { id }]) => ({ userId: id, role }))
    await models.Courses.updateOne({ _id: at.courseId }, { $set: { people: named } })
    const stranger = await fixture.person('instructor')
    const before = await stateOf(at)
    assert.equal((await refusal(call(stranger, at, {}))).status, 404)
    assert.equal((await refusal(call(people.assistant, at, {}))).status, 403)
    assert.equal((await refusal(call(people.viewer, at, {}))).status, 403)
    await models.Courses.updateOne({ _id: at.courseId }, { $set: { status: 'live' } }, { timestamps: false })
    assert.equal((await refusal(call(stranger, at, {}))).status, 403)
    assert.equal((await refusal(call(await fixture.person('student'), at, {}))).status, 403)
    const after = await stateOf(at)
    assert.deepEqual([after.section, after.lecture], [before.section, before.lecture])
    await call(people.editor, at, {})
  })
}

test('of ten edits at once that saw the same revision one holds, and the others are told', async () => {
  const { courseId } = await draft()
  const write = (n: number) =>
    courses.changeCourse({ params: { courseId }, body: { subtitle: `${n}`, revision: 1 } })
  const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => write(n)))
  const held = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  assert.equal(held.length, 1)
  assert.equal((await courses.getCourse({ params: { courseId } })).subtitle, held[0]?.subtitle)
})
