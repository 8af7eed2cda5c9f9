import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await ownStores()
const mint = await createTokenMint()
const [one, two] = [await openFixture(stores, mint), await openFixture(stores, mint)]
after(async () => {
  await Promise.all([one.close(), two.close()])
  await stores.close()
})

/** Queries that MongoDB, which nobody else uses, has been asked since it started. */
const queries = async () => {
  const status = await one.mongo.db?.admin().command({ serverStatus: 1 })
  return Number(status?.['opcounters'].query)
}

test('a thousand requests to two instances for a cold page, and for a cold list, read MongoDB once', async () => {
  const instructor = await one.person('instructor')
  const { courseId, lectureIds } = await draftOf(instructor)
  await makeReady(one, instructor, lectureIds[0] ?? '')
  await instructor.courses.publish({ params: { courseId } })
  for (const url of [`/api/v1/course/published/${courseId}`, '/api/v1/course/getpublished?limit=7']) {
    await one.catalogue.changed(courseId)
    const before = await queries()
    const asked = Array.from({ length: 1000 }, (_, n) => (n % 2 ? one : two).app.inject(url))
    const answers = await Promise.all(asked)
    assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
    // Which version is live, and its snapshot: one read of a page is two queries.
    assert.equal((await queries()) - before, 2)
  }
})
