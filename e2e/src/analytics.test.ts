import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { identityApi } from '@aetherlearn/contracts/identity'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { verifyWebhook } from '@aetherlearn/sdk/webhooks'
import { makeClip } from '@aetherlearn/testing/video-clips'
import type { Page } from 'playwright-core'
import { assertAccessible } from './accessible.ts'
import { jumpAt, newPerson, openBrowser, pressAt, signIn, signUp } from './browser.ts'
import { soon } from './soon.ts'
import { newInstructor, startTestStack } from './stack.ts'
import { newStudent } from './student.ts'
import { newTeacher } from './teacher.ts'

/** Less than the time after which an open dashboard that is told of changes asks by itself. */
const BY_ITSELF_MS = 7000
/** In which an open page has looked at the heat of a lecture again. */
const LOOKED_AT_MS = 25_000
/** In case the month ends while the tests run. */
const BEGAN = Date.now()

const stack = await startTestStack({ env: { FLUSH_INTERVAL_MS: '1000', WEBHOOK_TARGETS: 'anywhere' } })
const browser = await openBrowser()
const origin = stack.gatewayUrl
const instructor = { email: 'ivo@example.org', password }
const teacher = await newTeacher(origin, instructor.email)
after(async () => {
  teacher.close()
  await browser.close()
  await stack.close()
})
const clip = join(stack.home, 'clip.mp4')
await makeClip(clip, { seconds: 60, size: '320x180', rate: '10' })
const { courseId } = teacher
const [first, second] = [await teacher.newLecture('First'), await teacher.newLecture('Second')]
await Promise.all([first, second].map((lectureId) => teacher.upload(lectureId, clip)))
await Promise.all([first, second].map((lectureId) => teacher.settled(lectureId)))
await teacher.courses.publish({ params: { courseId }, body: {} })

const page = await newPerson(browser, origin)
await signIn(page, instructor)
const ana = await newPerson(browser, origin)
const show = (view = '') => page.goto(`/teach/${courseId}/dashboard${view}`)
/** The number of a tile, as soon as it is this one. */
const tile = (label: string, value: string) =>
  page
    .locator('dl > div', { has: page.getByText(label, { exact: true }) })
    .filter({ has: page.getByText(value, { exact: true }) })
    .first()
    .waitFor({ timeout: BY_ITSELF_MS })
/** What a row of a table says in its cells. */
const cells = (name: RegExp) => page.getByRole('row', { name }).first().getByRole('cell').allInnerTexts()

test('an open dashboard moves by itself while a class watches', async () => {
  await show()
  await page.getByText(/moves while students watch/).waitFor()
  await tile('Unique students', '0')
  let loads = 0
  page.on('load', () => (loads += 1))
  await signUp(ana, { fullName: 'Ana Student', email: 'ana@example.org', password })
  await ana.goto(`/courses/${courseId}`)
  await tile('Views', '1')
  await ana.getByRole('button', { name: 'Enrol' }).click()
  await ana.getByRole('link', { name: 'Start learning' }).click()
  await ana.getByRole('button', { name: 'Play video' }).click()
  await jumpAt(ana, 2.7, 0)
  await pressAt(ana, 'k', 1.7)
  await tile('Unique students', '1')
  for (const number of [2, 3, 4, 5, 6]) {
    const student = await newStudent({ origin, courseId, email: `student${number}@example.org` })
    // Ten seconds of it twice, and the end not at all.
    await student.watch(first, [[0, 30], [20, 30], [30, 50]]) // prettier-ignore
    await tile('Unique students', String(number))
  }
  assert.equal(loads, 0)
  await tile('Views', '1')
  // A student who enrols moves the tile before what that student watched moves the row.
  await soon(async () => assert.deepEqual((await cells(/First/)).slice(0, 2), ['6', '6']), BY_ITSELF_MS)
  assert.deepEqual((await cells(/Second/)).slice(0, 2), ['0', '0'])
  await assertAccessible(page)
})

test('the heat of a lecture shows which seconds were watched again, and that nothing is shown of too few', async () => {
  await show('/lectures')
  await page.getByRole('list', { name: 'Hotspots' }).getByText('Watched again · 0:20 to 0:30').waitFor()
  await page.getByLabel('Stretches', { exact: true }).selectOption('1')
  await page.getByText('Every stretch as a table').click()
  await page.getByRole('row', { name: /^0:59 to 1:00/ }).waitFor()
  const again = async (stretch: RegExp) => {
    const [, watched, rewatched] = await cells(stretch)
    return [watched, rewatched]
  }
  // The page looks at them again every ten seconds: the last may not have been stored at its first look.
  await soon(async () => {
    assert.deepEqual(await again(/^0:01 to 0:02/), ['6', '1'])
    assert.deepEqual(await again(/^0:10 to 0:11/), ['5', '0'])
    assert.deepEqual(await again(/^0:25 to 0:26/), ['5', '5'])
    assert.deepEqual(await again(/^0:55 to 0:56/), ['0', '0'])
  }, LOOKED_AT_MS)
  // Five students watched 50 of its 60 seconds, and one some of them.
  const [times = ''] = await cells(/^1\. First/)
  assert.ok(Number(times) > 4.1 && Number(times) < 4.5, times)
  const { versions } = await (
    await asInstructor()
  ).compareVersions({ params: { courseId, lectureId: first }, query: {} })
  assert.deepEqual(
    versions.map(({ until, durationSeconds }) => [until, Math.round(durationSeconds)]),
    [[null, 60]],
  )
  await assertAccessible(page)
  await page.getByLabel('Lecture', { exact: true }).selectOption('Second')
  await page.getByText('Too few students to show').waitFor()
})

test('two periods are told apart, and the students of this month stand in their row', async () => {
  await show('/compare')
  const students = page.getByRole('row', { name: /^Students 6 0 new$/ })
  await students.waitFor()
  await assertAccessible(page)
  await show('/students')
  const month = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })
  const row = page
    .getByRole('row', { name: new RegExp(`^(${month.format(BEGAN)}|${month.format(Date.now())})`) })
    .first()
  await row.waitFor()
  assert.equal((await row.getByRole('cell').allInnerTexts())[0], '6')
  await page.getByText(/^None of the 6 students/).waitFor()
  await assertAccessible(page)
})

/** What a button of the page gives to keep. */
async function exported(person: Page, button: string, name: string) {
  const coming = person.waitForEvent('download')
  await person.getByRole('button', { name: button }).click()
  const file = join(stack.home, name)
  await (await coming).saveAs(file)
  return readFile(file, 'utf8')
}

async function asInstructor() {
  const { accessToken } = await createClient(identityApi, { origin }).signIn({ body: instructor })
  return createClient(analyticsApi, { origin, token: () => accessToken })
}

/** Waits until all that was counted so far is stored: exports tell of nothing else. */
async function untilStored() {
  const analytics = await asInstructor()
  const since = new Date().toISOString()
  const late = await newStudent({ origin, courseId, email: 'late@example.org' })
  await late.analytics.trackView({ params: { courseId } })
  for (const deadline = Date.now() + 20_000; ; await pause(100)) {
    const { storedAt } = (await analytics.getDashboard({ params: { courseId } })).overview
    if (storedAt !== null && storedAt > since) return
    assert.ok(Date.now() < deadline, `stored up to ${storedAt}, asked for ${since}`)
  }
}

test('the numbers are exported as CSV and as xAPI statements', async () => {
  await untilStored()
  await show()
  const [head, ...rows] = (await exported(page, 'Export CSV', 'course.csv')).trim().split('\r\n')
  assert.match(head ?? '', /lecture/i)
  assert.ok(rows.some((row) => row.includes('First')))
  const statements: unknown = JSON.parse(await exported(page, 'Export xAPI', 'course.json'))
  assert.ok(Array.isArray(statements))
  assert.ok(statements.length >= 12, `${statements.length} statements of six playbacks`)
  await page.getByLabel('Days to export').selectOption('28')
  const file = await exported(page, 'Export Parquet by day', 'course.parquet')
  assert.ok(file.startsWith('PAR1') && file.endsWith('PAR1'))
})

/** A server that is told of things; gives what it is told of first. */
async function startReceiver() {
  const { promise: told, resolve } = Promise.withResolvers<Parameters<typeof verifyWebhook>[0]>()
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.writeHead(204).end()
      resolve({ headers: request.headers, body, secret: '' })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: AddressInfo = Object(server.address())
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${port}/`, told, close }
}

test('a server of the course is told of a new student, and the page shows that it was', async (t) => {
  const receiver = await startReceiver()
  t.after(receiver.close)
  await show('/integrations')
  await page.getByRole('button', { name: 'Add a webhook' }).click()
  await page.getByLabel('Address').fill(receiver.url)
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'The secret of this webhook' })
  const secret = await dialog.locator('code').innerText()
  await dialog.getByRole('button', { name: 'Done' }).click()
  await newStudent({ origin, courseId, email: 'told@example.org' })
  const { message } = await verifyWebhook({ ...(await receiver.told), secret })
  assert.match(JSON.stringify(message), /"type":"enrolment\.created"/)
  await page.getByRole('button', { name: 'Show what was sent' }).click()
  await page.getByRole('list', { name: 'What was sent' }).getByText('Delivered').waitFor()
  await assertAccessible(page)
})

test('a program reads the records of the course with a key, until it is revoked', async () => {
  await show('/integrations')
  await page.getByRole('button', { name: 'Add a key' }).click()
  await page.getByLabel('What is it for?').fill('Reports')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'The secret of this key' })
  const username = await dialog.locator('code').first().innerText()
  const secret = await dialog.locator('code').last().innerText()
  const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
  const headers = { authorization, 'x-experience-api-version': '1.0.3' }
  const read = async () => (await fetch(`${origin}/api/v1/xapi/statements`, { headers })).status
  assert.equal(await read(), 200)
  await dialog.getByRole('button', { name: 'Done' }).click()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Revoke Reports' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('No keys yet').waitFor()
  assert.equal(await read(), 401)
})

test('a student takes along what the statistics know of her', async () => {
  await ana.goto('/settings')
  const known: unknown = JSON.parse(await exported(ana, 'Download what I watched', 'watched.json'))
  assert.ok(JSON.stringify(known).includes(first))
  await assertAccessible(ana)
})

test('an instructor who does not work on the course sees nothing of it', async () => {
  await newInstructor(origin, 'other@example.org')
  const other = await newPerson(browser, origin)
  await signIn(other, { email: 'other@example.org', password })
  for (const view of ['', '/compare', '/lectures', '/students']) {
    await other.goto(`/teach/${courseId}/dashboard${view}`)
    await other.getByText('You are not allowed to do this').first().waitFor()
    assert.equal(await other.getByRole('row').count(), 0)
  }
  await other.context().close()
})

test('the dashboard can be used on a phone', async () => {
  await page.setViewportSize({ width: 390, height: 800 })
  for (const view of ['', '/compare', '/lectures', '/students']) {
    await show(view)
    await page.getByRole('table').first().waitFor()
    await assertAccessible(page)
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(beyond <= 0, `the page is ${beyond} px wider than the screen at ${view}`)
  }
  await show('/integrations')
  const chosen = await page.getByRole('link', { name: 'Integrations' }).elementHandle()
  await page.waitForFunction(
    (link) => (link?.getBoundingClientRect().right ?? Infinity) <= innerWidth,
    chosen,
  )
})
