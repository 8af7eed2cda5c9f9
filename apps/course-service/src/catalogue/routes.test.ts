import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseChanged } from '@aetherlearn/contracts/course/events'
import { retry } from '@aetherlearn/sdk/retry'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, makeReady, openFixture, type Person } from '../fixture.ts'
import { CACHE_TIMEOUT_MS } from './catalogue.ts'

const stores = await ownStores()
const mint = await createTokenMint()
/** With as little patience for its cache as the service has. */
const fixture = await openFixture(stores, mint, { cache: { commandTimeoutMs: CACHE_TIMEOUT_MS } })
/** A second instance: the same stores, its own memory. */
const other = await openFixture(stores, mint, { followMs: 50 })
after(async () => {
  await other.close()
  await fixture.close()
  await stores.close()
})
type Courses = Person['courses']
const instructor = await fixture.person('instructor')
const student = await fixture.person('student')
/** On a busy machine a change may be refused for want of time: clients try again. */
const courses = {
  ...instructor.courses,
  changeCourse: ((call) => retry(() => instructor.courses.changeCourse(call))) as Courses['changeCourse'],
  publish: ((call) => retry(() => instructor.courses.publish(call))) as Courses['publish'],
}

async function published(
  details: Partial<{ title: string; category: string; price: number; language: string }>,
) {
  const { courseId, lectureIds } = await draftOf(instructor)
  const params = { courseId }
  await makeReady(fixture, instructor, lectureIds[0] ?? '')
  if (Object.keys(details).length > 0) await courses.changeCourse({ params, body: details })
  await courses.publish({ params })
  return courseId
}
async function until(condition: () => Promise<boolean>) {
  while (!(await condition())) await new Promise(setImmediate)
}
const titlesOf = (found: { courses: { title: string }[] }) => found.courses.map(({ title }) => title)

test('an author who publishes sees it at once on the page, in the list and in the search', async () => {
  const courseId = await published({ title: 'Number 0' })
  const params = { courseId }
  for (let n = 1; n <= 20; n += 1) {
    const title = `Number ${n}`
    await courses.changeCourse({ params, body: { title } })
    await courses.publish({ params })
    assert.equal((await student.courses.getPublished({ params })).title, title)
    const [first] = await student.courses.listPublished({ query: { limit: 1 } })
    assert.equal(first?.title, title)
    assert.deepEqual(titlesOf(await student.courses.searchCourses({ query: { q: title, limit: 1 } })), [
      title,
    ])
  }
})

test('readers on two instances never see an older version after a newer one while a course is published', async () => {
  const courseId = await published({})
  const params = { courseId }
  const visitors = [await fixture.person('student'), await other.person('student')]
  let done = false
  const readers = Array.from({ length: 10 }, async (_, n) => {
    let last = 0
    for (let reads = 0; !done || reads < 200; reads += 1) {
      const read = () => visitors[n % 2]?.courses.getPublished({ params }) ?? assert.fail()
      const { version } = await retry(read)
      assert.ok(version >= last, `${version} after ${last}`)
      last = version
    }
    return last
  })
  for (let n = 0; n < 40; n += 1) {
    const { version } = await courses.publish({ params })
    assert.equal((await student.courses.getPublished({ params })).version, version)
    if (n === 20) await fixture.cache.flushall()
  }
  done = true
  await Promise.all(readers)
})

test('another instance shows a change within a second, also when the one that made it died before it said so', async () => {
  const courseId = await published({ title: 'Before' })
  const params = { courseId }
  const visitor = await other.person('student')
  assert.equal((await visitor.courses.getPublished({ params })).title, 'Before')
  await until(
    async () => titlesOf(await visitor.courses.searchCourses({ query: { q: 'before' } })).length > 0,
  )
  await courses.changeCourse({ params, body: { title: 'Afterwards' } })
  await courses.publish({ params })
  await until(async () => (await visitor.courses.getPublished({ params })).title === 'Afterwards')
  await until(
    async () => titlesOf(await visitor.courses.searchCourses({ query: { q: 'afterwards' } })).length > 0,
  )
  assert.deepEqual(titlesOf(await visitor.courses.searchCourses({ query: { q: 'before' } })), [])
  // As if nobody had been told: the row changes and only the outbox knows.
  await fixture.stores.models.Courses.updateOne({ _id: courseId }, { status: 'draft' })
  assert.equal((await visitor.courses.getPublished({ params })).title, 'Afterwards')
  assert.ok((await fixture.left('course.changed', 'courseId', courseId)).length > 0)
  await fixture.hear(courseChanged, { courseId })
  await until(async () => (await other.app.inject(`/api/v1/course/published/${courseId}`)).statusCode === 404)
})

test('courses that were live before there was a catalogue are found from the next start on', async () => {
  const courseId = await published({ title: 'Ancient history' })
  await fixture.mongo.collection<{ _id: string }>('catalogue').deleteOne({ _id: courseId })
  const later = await openFixture(stores, mint)
  const visitor = await later.person('student')
  const found = await visitor.courses.searchCourses({ query: { q: 'ancient' } })
  await later.close()
  assert.deepEqual(titlesOf(found), ['Ancient history'])
})

test('an unlisted course has a page and stands in no list; an archived one has none', async () => {
  const courseId = await published({ title: 'Hidden gem' })
  const params = { courseId }
  const listed = async () => {
    const list = await student.courses.listPublished({ query: { limit: 100 } })
    const { courses: found } = await student.courses.searchCourses({ query: { q: 'hidden gem' } })
    return [list, found].map((all) => all.some(({ _id }) => _id === courseId))
  }
  assert.deepEqual(await listed(), [true, true])
  await courses.changeStatus({ params, body: { status: 'unlisted' } })
  assert.deepEqual(await listed(), [false, false])
  assert.equal((await student.courses.getPublished({ params })).title, 'Hidden gem')
  await courses.changeStatus({ params, body: { status: 'archived' } })
  assert.equal((await fixture.app.inject(`/api/v1/course/published/${courseId}`)).statusCode, 404)
})

test('a client that has the answer gets 304 until it changes, on every route', async () => {
  const courseId = await published({ title: 'Tagged' })
  const urls = [`published/${courseId}`, 'getpublished?limit=3', 'search?q=tagged'].map(
    (path) => `/api/v1/course/${path}`,
  )
  const ask = (url: string, mark?: string) =>
    fixture.app.inject({ url, headers: mark === undefined ? {} : { 'if-none-match': mark } })
  const marks = new Map<string, string>()
  for (const url of urls) {
    const first = await ask(url)
    const mark = String(first.headers.etag)
    assert.match(mark, /^"[\w-]{27}"$/)
    assert.equal(first.headers['cache-control'], 'public, max-age=0, must-revalidate')
    for (const known of [mark, `W/${mark}`, `"x", ${mark}`, '*']) {
      const again = await ask(url, known)
      assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', mark])
    }
    assert.equal((await ask(url, '"x"')).statusCode, 200)
    marks.set(url, mark)
  }
  await courses.publish({ params: { courseId } })
  for (const url of urls) assert.equal((await ask(url, marks.get(url))).statusCode, 200, url)
})

test('filters narrow the list as they narrow the search, and a card has no outline', async () => {
  const category = `Économie ${newId()}`
  const ids = [
    await published({ title: 'One', category, price: 1000, language: 'pt-BR' }),
    await published({ title: 'Two', category, price: 3000 }),
  ]
  const query = { category: category.replace('É', 'e') }
  const list = await student.courses.listPublished({ query })
  assert.deepEqual(
    list.map(({ _id }) => _id),
    ids.toReversed(),
  )
  assert.equal(list[0]?.sections.length, 1)
  const cheap = await student.courses.listPublished({ query: { ...query, maxPrice: 2000, language: 'pt' } })
  assert.deepEqual(
    cheap.map(({ _id }) => _id),
    ids.slice(0, 1),
  )
  const found = await student.courses.searchCourses({ query: { ...query, sort: 'price', limit: 1 } })
  assert.deepEqual([titlesOf(found), found.total], [['One'], 2])
  assert.deepEqual(
    Object.keys(found.courses[0] ?? {}).filter((name) => /section|descr|about|listed/i.test(name)),
    [],
  )
  const { nextCursor = '' } = found
  const next = await student.courses.searchCourses({
    query: { ...query, sort: 'price', limit: 1, cursor: nextCursor },
  })
  assert.deepEqual([titlesOf(next), next.nextCursor], [['Two'], undefined])
})

test('bad filters, orders and cursors are refused by name', async () => {
  const { nextCursor = '' } = await student.courses.searchCourses({ query: { limit: 1 } })
  const bad: [query: string, field: string][] = [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['q=', 'q'],
    [`q=${'a'.repeat(201)}`, 'q'],
    ['level=expert', 'level'],
    ['language=e', 'language'],
    ['language[$ne]=en', 'language[$ne]'],
    ['category[]=a', 'category[]'],
    ['q=a&q=b', 'q'],
    ['minPrice=-1', 'minPrice'],
    ['maxPrice=1.5', 'maxPrice'],
    ['sort=owner', 'sort'],
    ['page=2', 'page'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${nextCursor}&sort=price`, 'cursor'],
    [`cursor=${nextCursor.slice(0, -6)}`, 'cursor'],
  ]
  for (const [query, field] of bad) {
    const answer = await fixture.app.inject(`/api/v1/course/search?${query}`)
    assert.equal(answer.statusCode, 400, query)
    assert.equal(answer.json().errors[0].field, `query.${field}`, query)
  }
})

test('with the cache frozen, killed or wiped every answer is right and comes soon', async () => {
  const courseId = await published({ title: 'Steady' })
  const params = { courseId }
  const isRight = async (title: string) => {
    const started = performance.now()
    assert.equal((await student.courses.getPublished({ params })).title, title)
    const [first] = await student.courses.listPublished({ query: { limit: 1 } })
    assert.equal(first?.title, title)
    assert.ok(performance.now() - started < 2000)
  }
  const rename = async (title: string) => {
    await courses.changeCourse({ params, body: { title } })
    await courses.publish({ params })
    await isRight(title)
  }
  await stores.redis.signal('SIGSTOP')
  try {
    await rename('Frozen')
  } finally {
    await stores.redis.signal('SIGCONT')
  }
  await rename('Awake')
  await stores.redis.signal('SIGKILL')
  try {
    await rename('Killed')
  } finally {
    await stores.redis.restart()
  }
  await rename('Back')
  const visitor = await other.person('student')
  await until(async () => (await visitor.courses.getPublished({ params })).title === 'Back')
})
