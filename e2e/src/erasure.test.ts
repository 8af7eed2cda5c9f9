import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { identityApi } from '@aetherlearn/contracts/identity'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { openDatabase } from '@aetherlearn/testing/stores'
import { makeClip } from '@aetherlearn/testing/video-clips'
import { assertAccessible } from './accessible.ts'
import { newPerson, openBrowser, signUp } from './browser.ts'
import { keysHolding, logsHolding } from './holding.ts'
import { startTestStack } from './stack.ts'
import { newTeacher } from './teacher.ts'

/** From where the student comes: kept for documentation (RFC 5737), so it is in nothing by chance. */
const ADDRESS = '203.0.113.77'
const stack = await startTestStack({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
const browser = await openBrowser()
const teacher = await newTeacher(stack.gatewayUrl, 'ivo@example.org')
after(async () => {
  teacher.close()
  await browser.close()
  await stack.close()
})
const params = { courseId: teacher.courseId }
const clip = join(stack.home, 'clip.mp4')
await makeClip(clip, { seconds: 2, size: '320x180' })
const lectureId = await teacher.newLecture('Only')
await teacher.upload(lectureId, clip)
await teacher.settled(lectureId)
await teacher.courses.publish({ params, body: {} })

const student = { fullName: 'Ana Student', email: 'ana@example.org', password }
const page = await newPerson(browser, stack.gatewayUrl)
await page.setExtraHTTPHeaders({ 'x-forwarded-for': ADDRESS })

/** `database.collection` of every row in which the word stands, whatever its field. */
async function placesOf(word: string): Promise<string[]> {
  const places: string[] = []
  for (const database of ['identity', 'course', 'progress', 'analytics', 'video']) {
    const connection = await openDatabase(stack.mongoUrl, database)
    for (const collection of (await connection.db?.collections()) ?? []) {
      const { collectionName } = collection
      if (collectionName.startsWith('system.')) continue
      const rows = await collection.find().toArray()
      if (rows.some((row) => JSON.stringify(row).includes(word))) places.push(`${database}.${collectionName}`)
    }
    await connection.close()
  }
  return places.sort()
}

test('a student takes their data along and deletes the account: every service forgets them', async () => {
  await signUp(page, student)
  await page.goto(`/courses/${teacher.courseId}`)
  await page.getByRole('button', { name: 'Enrol' }).click()
  await page.getByRole('link', { name: 'Start learning' }).click()
  const mark = page.getByRole('button', { name: 'Mark as completed' })
  await mark.click()
  await mark.waitFor({ state: 'detached' })
  const [{ userId } = { userId: '' }] = (await teacher.courses.listStudents({ params })).students
  const completed = async () => (await placesOf(lectureId)).includes('analytics.students')
  for (const deadline = Date.now() + 20_000; !(await completed()); await pause(200))
    assert.ok(Date.now() < deadline)
  assert.ok((await placesOf(userId)).includes('progress.progress'))

  await page.goto('/settings')
  /** The file that comes by this button. */
  const take = async (button: string, fileName: string) => {
    const downloading = page.waitForEvent('download')
    await page.getByRole('button', { name: button }).click()
    const download = await downloading
    assert.equal(download.suggestedFilename(), fileName)
    const taken: unknown = JSON.parse(await readFile(await download.path(), 'utf8'))
    return JSON.stringify(taken)
  }
  assert.ok((await take('Download my learning data', 'learning-data.json')).includes(lectureId))
  const watched = await take('Download what I watched', 'watching-data.json')
  assert.ok(watched.includes(lectureId) && watched.includes(student.fullName))

  await page.getByLabel('Statistics may show what I do under my name').click()
  await page.getByText(/Nothing that statistics keep says what you watched/).waitFor()
  assert.ok(!(await take('Download what I watched', 'watching-data.json')).includes(lectureId))

  await page.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByLabel('Your password').fill('not this one')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('alert').getByText('The password is wrong').waitFor()
  await page.getByLabel('Your password').fill(password)
  // One that is away is named, and is not forgotten.
  await stack.app('progress-service').signal('SIGKILL')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  const learning = page.getByRole('listitem').filter({ hasText: 'Learning' })
  await page.getByText('Waiting for 1 service').waitFor({ timeout: 40_000 })
  await learning.getByText('Waiting').waitFor()
  await stack.app('progress-service').restart()
  await page.getByText('Everything about you is removed').waitFor({ timeout: 60_000 })
  assert.match((await learning.textContent()) ?? '', /entries removed/)
  await assertAccessible(page)
  const report = await take('Download the signed report', 'erasure-report.json')
  assert.ok(![userId, student.email, student.fullName].some((word) => report.includes(word)))

  const left = [
    'analytics.erasedUsers',
    'course.erasedUsers',
    'identity.audit',
    'identity.erasures',
    'identity.outbox',
    'progress.erasedUsers',
  ]
  let places = await placesOf(userId)
  for (const deadline = Date.now() + 20_000; places.join() !== left.join() && Date.now() < deadline;) {
    await pause(200)
    places = await placesOf(userId)
  }
  assert.deepEqual(places, left)
  assert.deepEqual(await placesOf(student.email), [])
  assert.deepEqual((await teacher.courses.listStudents({ params })).students, [])
})

test('the address signs up anew, and is another person', async () => {
  const { email, fullName } = student
  const anyone = createClient(identityApi, { origin: stack.gatewayUrl })
  const { user } = await anyone.signUp({ body: { email, password, fullName } })
  assert.deepEqual((await teacher.courses.listStudents({ params })).students, [])
  assert.equal(user.role, 'student')
})

test('the address that somebody came from is in no row, no key and no line of a log', async () => {
  const leftFor = async (address: string) => {
    const headers = { 'x-forwarded-for': address }
    const response = await fetch(`${stack.gatewayUrl}/api/v1/course/getpublished`, { headers })
    await response.arrayBuffer()
    return response.headers.get('ratelimit-remaining')
  }
  // It is believed: each address has calls of its own.
  assert.equal(await leftFor('203.0.113.1'), await leftFor('203.0.113.2'))
  assert.notEqual(await leftFor(ADDRESS), null)
  const placesWith = async (word: string) => [
    ...(await placesOf(word)),
    ...(await keysHolding(stack.redisStateUrl, word)),
    ...(await logsHolding(stack.home, word)),
  ]
  assert.deepEqual(await placesWith(ADDRESS), [])
  assert.deepEqual(await placesWith('203.0.113.'), [])
  assert.ok((await placesWith(teacher.courseId)).length > 5)
})
