import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ApiError } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, type Person } from '../fixture.ts'
import { assertWhole } from './curriculum.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
/** Two instances over one database: what one process puts in a row, two do not. */
const [one, two] = [await openFixture(stores, mint), await openFixture(stores, mint)]
after(async () => {
  await one.close()
  await two.close()
  await stores.close()
})
const { models } = one.stores
const instructor = await one.person('instructor')
const elsewhere = await two.person('instructor', instructor.id)
const pick = <T>(items: T[]): T | undefined => items[Math.floor(Math.random() * items.length)]

/** What is lost to a race is refused cleanly: gone meanwhile, or no time left. */
const expected = new Set(['SECTION_NOT_FOUND', 'LECTURE_NOT_FOUND', 'UNAVAILABLE'])
async function outcomes(calls: Promise<unknown>[]) {
  const results = await Promise.allSettled(calls)
  const codes = results.map((result) => {
    if (result.status === 'fulfilled') return 'done'
    if (result.reason instanceof ApiError) return result.reason.code
    throw result.reason
  })
  for (const code of codes) assert.ok(code === 'done' || expected.has(code), code)
  return codes.filter((code) => code === 'done').length
}

test('fifty lectures added to a course at once are all there; on a machine too busy for that, when sent again', async () => {
  const { courseId, sectionId } = await draftOf(instructor, [])
  const other = await instructor.courses.addSection({ params: { courseId }, body: { sectionTitle: 'Two' } })
  const add = (n: number) =>
    instructor.courses.addLecture({
      params: { sectionId: n % 2 === 0 ? sectionId : other._id },
      body: { lectureTitle: `${n}` },
    })
  await Promise.all(Array.from({ length: 50 }, (_, n) => retry(() => add(n))))
  const { lectures } = await assertWhole(models, courseId)
  assert.equal(new Set(lectures.map(({ lectureTitle }) => lectureTitle)).size, 50)
})

/** One edit of a kind and a place that chance decides. */
function anyEdit(person: Person, courseId: string, sectionIds: string[], lectureIds: string[]) {
  const { courses } = person
  const [sectionId = '', lectureId = ''] = [pick(sectionIds), pick(lectureIds)]
  const position = Math.floor(Math.random() * 20)
  const kinds = [
    () => courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'new' } }),
    () => courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'new' } }),
    () => courses.moveLecture({ params: { lectureId }, body: { sectionId, position } }),
    () => courses.moveLecture({ params: { lectureId }, body: { sectionId, position } }),
    () => courses.deleteLecture({ params: { lectureId } }),
    () => courses.addSection({ params: { courseId }, body: { sectionTitle: 'new' } }),
    () => courses.moveSection({ params: { sectionId }, body: { position } }),
  ]
  return pick(kinds)?.() ?? assert.fail('no kind')
}

test('a hundred edits at once through two instances leave a course whole', async () => {
  const { courseId, sectionId, lectureIds } = await draftOf(
    instructor,
    Array.from({ length: 20 }, (_, n) => `${n}`),
  )
  const sectionIds = [sectionId]
  for (const sectionTitle of ['b', 'c', 'd'])
    sectionIds.push(
      (await instructor.courses.addSection({ params: { courseId }, body: { sectionTitle } }))._id,
    )
  const edits = Array.from({ length: 99 }, (_, n) =>
    anyEdit(n % 2 === 0 ? instructor : elsewhere, courseId, sectionIds, lectureIds),
  )
  const removal = elsewhere.courses.deleteSection({ params: { sectionId: sectionIds[3] ?? '' } })
  const done = await outcomes([...edits, removal])
  // How many have the time for it depends on the machine.
  assert.ok(done > 0, `only ${done} of 100 edits came through`)
  await assertWhole(models, courseId)
})

test('a section deleted while lectures come into it takes them with it or leaves them where they were', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { courseId, sectionId, lectureIds } = await draftOf(instructor, ['a', 'b', 'c', 'd'])
    const { _id } = await elsewhere.courses.addSection({
      params: { courseId },
      body: { sectionTitle: 'Two' },
    })
    const moves = lectureIds.map((lectureId) =>
      instructor.courses.moveLecture({ params: { lectureId }, body: { sectionId: _id, position: 0 } }),
    )
    // Who is told that there is no time left asks again; then the section may be gone already.
    const removal = retry(() => elsewhere.courses.deleteSection({ params: { sectionId: _id } }))
    await outcomes([...moves, removal])
    const { course } = await assertWhole(models, courseId)
    assert.deepEqual(course.sections.map(String), [sectionId])
  }
})
