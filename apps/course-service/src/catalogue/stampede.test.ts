import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture } from '../fixture.ts'

const stores = await ownStores()
const mint = await createTokenMint()
/** It stands: an instance that waits for the other's read does so until it is there, however busy the machine is. */
const cacheClock = () => 0
const [one, two] = [
  await openFixture(stores, mint, { cacheClock }),
  await openFixture(stores, mint, { cacheClock }),
]
after(async () => {
  await Promise.all([one.close(), two.close()])
  await stores.close()
})

/** Queries that MongoDB, which nobody else uses, has been asked since it started. */
const queries = async () => {
  const status = await one.mongo.db?.admin().command({ serverStatus: 1 })
  return Number(status?.['opcounters'].query)
}

/**
 * A thousand, half of them to each, in tens: who took a lease for a second reads in between, as it would with requests
 * that come over a network.
 */
async function ask(url: string) {
  const asked = []
  for (let n = 0; n < 1000; n += 1) {
    asked.push((n % 2 ? one : two).app.inject(url))
    if (n % 10 === 9) await new Promise(setImmediate)
  }
  return Promise.all(asked)
}

test('a thousand requests to two instances for a cold page, and for a cold list, read MongoDB once', async () => {
  const instructor = await one.person('instructor')
  const { courseId, lectureIds } = await draftOf(instructor)
  await makeReady(one, instructor, lectureIds[0] ?? '')
  await instructor.courses.publish({ params: { courseId } })
  for (const url of [`/api/v1/course/published/${courseId}`, '/api/v1/course/getpublished?limit=7']) {
    await one.catalogue.changed(courseId)
    // A search waits until its instance has looked at its own change, which is a query as well.
    await one.app.inject('/api/v1/course/search?q=algebra')
    const before = await queries()
    const answers = await ask(url)
    assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [200])
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1)
    // Which version is live, and its snapshot: one read of a page is two queries.
    assert.equal((await queries()) - before, 2)
  }
})
