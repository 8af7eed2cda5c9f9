import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ApiError } from '@aetherlearn/sdk/client'
import { failingMongo, type Fault } from '@aetherlearn/testing/failing-mongo'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture } from '../fixture.ts'
import { assertWhole } from './curriculum.fixture.ts'

const stores = await failingMongo()
const others = await testStores()
const fixture = await openFixture({ ...others, ...stores }, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
  await others.close()
})
const { models } = fixture.stores
const { courses, ...person } = await fixture.person('instructor')

const commands = [
  'find',
  'update',
  'findAndModify',
  'insert',
  'delete',
  'commitTransaction',
  'abortTransaction',
]
/** From passing trouble to a plain no: a cut connection, a conflict, a lost transaction, an unknown commit, an error. */
const faults: Omit<Fault, 'failCommands'>[] = [
  { closeConnection: true },
  { errorCode: 112, errorLabels: ['TransientTransactionError'] },
  { errorCode: 251, errorLabels: ['TransientTransactionError'] },
  { errorCode: 50, errorLabels: ['UnknownTransactionCommitResult'] },
  { errorCode: 8 },
]

test('whichever step of an edit MongoDB fails, the course is whole and what was answered holds', async () => {
  const outcomes = { done: 0, refused: 0 }
  const settle = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await call
      outcomes.done += 1
      return answer
    } catch (error) {
      // The section may be deleted before the lecture comes.
      assert.ok(error instanceof ApiError && (error.status >= 500 || error.status === 404), String(error))
      outcomes.refused += 1
      return undefined
    }
  }
  for (let round = 0; round < 20; round += 1) {
    const draft = await draftOf({ courses, ...person }, ['a', 'b', 'c'])
    const { courseId, sectionId } = draft
    const [a = '', b = ''] = draft.lectureIds
    const { _id } = await courses.addSection({ params: { courseId }, body: { sectionTitle: 'Two' } })
    const fault = { failCommands: commands, ...(faults[round % faults.length] ?? assert.fail()) }
    const [added, , deleted] = await stores.during({ activationProbability: 0.15 }, fault, () =>
      Promise.all([
        settle(courses.addLecture({ params: { sectionId }, body: { lectureTitle: 'new' } })),
        settle(courses.moveLecture({ params: { lectureId: a }, body: { sectionId: _id, position: 0 } })),
        settle(courses.deleteLecture({ params: { lectureId: b } })),
        settle(courses.deleteSection({ params: { sectionId: _id } })),
      ]),
    )
    const { lectures } = await assertWhole(models, courseId)
    const ids = lectures.map((lecture) => String(lecture._id))
    if (added !== undefined) assert.ok(ids.includes(added._id))
    if (deleted !== undefined) assert.equal(ids.includes(b), false)
  }
  assert.ok(outcomes.done > 0 && outcomes.refused > 0, JSON.stringify(outcomes))
})

for (const skip of [0, 1, 2, 3, 4]) {
  test(`the connection cut at step ${skip + 1} of a move leaves the lecture in exactly one section`, async () => {
    const { courseId, lectureIds } = await draftOf({ courses, ...person }, ['a'])
    const target = await courses.addSection({ params: { courseId }, body: { sectionTitle: 'Two' } })
    const fault = {
      failCommands: ['find', 'findAndModify', 'update', 'commitTransaction'],
      closeConnection: true,
    }
    const params = { lectureId: lectureIds[0] ?? '' }
    const move = () => courses.moveLecture({ params, body: { sectionId: target._id, position: 0 } })
    const [result] = await stores.during({ skip }, fault, () => Promise.allSettled([move()]))
    const { lectures } = await assertWhole(models, courseId)
    if (result?.status === 'fulfilled') assert.equal(String(lectures[0]?.sectionId), target._id)
  })
}
