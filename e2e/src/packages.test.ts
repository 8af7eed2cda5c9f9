import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import type { Page } from 'playwright-core'
import { assertAccessible } from './accessible.ts'
import { newPerson, openBrowser, signIn, signUp } from './browser.ts'
import { UNIT, cmi5Package, scorm12Package, scorm2004Package } from './sample-packages.ts'
import { soon } from './soon.ts'
import { startTestStack } from './stack.ts'
import { newTeacher } from './teacher.ts'

const stack = await startTestStack()
const browser = await openBrowser()
const origin = stack.gatewayUrl
const teacher = await newTeacher(origin, 'ivo@example.org')
after(async () => {
  teacher.close()
  await browser.close()
  await stack.close()
})
const headers = { 'content-type': 'application/zip' }
async function newPackage(title: string, raw: Uint8Array<ArrayBuffer>) {
  const lectureId = await teacher.newLecture(title)
  await teacher.courses.putPackage({ params: { lectureId }, raw, headers })
  return lectureId
}
const older = await newPackage('Sets', scorm12Package())
const units = await newPackage('Physics', cmi5Package())
const newer = await newPackage('Optics', scorm2004Package())
await teacher.courses.publish({ params: { courseId: teacher.courseId }, body: {} })

const student = { fullName: 'Ana Student', email: 'ana@example.org', password }
const page = await newPerson(browser, origin)
await signUp(page, student)
await page.goto(`/courses/${teacher.courseId}`)
await page.getByRole('button', { name: 'Enrol' }).click()
await page.getByRole('link', { name: 'Start learning' }).waitFor()

const open = (person: Page, lectureId: string) => person.goto(`/learn/${teacher.courseId}/${lectureId}`)
/** The package itself: a frame in the frame of the player. */
const inside = (person: Page, title: string) =>
  person.frameLocator(`main iframe[title="${title}"]`).frameLocator('iframe')
test('a package is left in the middle, goes on where it was, and completes its lecture', async () => {
  await open(page, older)
  await page.getByRole('button', { name: 'Start' }).waitFor()
  await assertAccessible(page)
  await page.getByRole('button', { name: 'Start' }).click()
  const lesson = inside(page, 'Union and intersection')
  await lesson.getByText('Page 0, entry ab-initio, , for Ana Student').waitFor()
  await lesson.getByRole('button', { name: 'Next page' }).click()
  await lesson.getByRole('button', { name: 'Next page' }).click()
  // Nobody asked for it to be kept, and where it was left the package says only as its window is closed.
  await page.goto('/learn')
  await open(page, older)
  await page.getByRole('button', { name: 'Resume' }).click()
  await lesson.getByText('Page 2, entry resume, left on 2, for Ana Student').waitFor()
  await lesson.getByRole('button', { name: 'Finish' }).click()
  await page.getByText('Completed', { exact: true }).waitFor()
  await page.getByText('33 % complete').waitFor()
  await page.getByRole('button', { name: 'Leave this part' }).click()
  await page.getByText('Passed, best score 90 %').waitFor()
  await assertAccessible(page)
})

test('a package reads nothing of the console, and has no token to ask it for anything', async () => {
  await open(page, older)
  await page.getByRole('button', { name: /^(Resume|Open again)$/ }).click()
  const lesson = inside(page, 'Union and intersection')
  await lesson.getByRole('button', { name: 'Spy' }).click()
  const seen = lesson.getByText(/^Seen: /)
  assert.equal(await seen.textContent(), 'Seen: no,no,no,no, 401')
})

test('parts follow one another as they ask, and a tab that was opened before keeps nothing any more', async () => {
  const other = await newPerson(browser, origin)
  await signIn(other, student)
  await open(page, newer)
  await page.getByRole('button', { name: 'Start' }).click()
  await inside(page, 'Light').getByText('Location , entry ab-initio').waitFor()
  await inside(page, 'Light').getByRole('button', { name: 'Mark' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  await open(other, newer)
  await other.getByRole('button', { name: 'Resume' }).click()
  await inside(other, 'Light').getByText('Location p7, entry resume').waitFor()
  await inside(other, 'Light').getByRole('button', { name: 'Done' }).click()
  await inside(other, 'Lenses').getByText('Location , entry ab-initio').waitFor()
  await inside(page, 'Light').getByRole('button', { name: 'Mark' }).click()
  await page.getByText(/^This was opened again in another tab/).waitFor()
  await inside(other, 'Lenses').getByRole('button', { name: 'Done' }).click()
  await other.getByText('Completed', { exact: true }).waitFor()
  const parts = other.getByRole('navigation', { name: 'Parts of this lecture' })
  await parts.getByRole('button', { name: 'Lenses Passed, best score 95 %' }).waitFor()
  await other.setViewportSize({ width: 390, height: 844 })
  await other.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth)
  await assertAccessible(other)
  await other.context().close()
})

test('a unit of cmi5 is launched, passed and left, and the instructor’s key reads what it recorded', async () => {
  await open(page, units)
  await page.getByRole('button', { name: 'Start' }).click()
  const unit = page.frameLocator('main iframe[title="Waves"]')
  assert.equal(await unit.locator('#told:not(:empty)').textContent(), 'Launched as Normal')
  await unit.getByRole('button', { name: 'Pass' }).click()
  await page.getByText('Passed, best score 90 %').waitFor()
  await page.getByText('Completed', { exact: true }).waitFor()
  const { username, secret } = await teacher.addRecordKey()
  const authorization = `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}`
  const asked = `${origin}/api/v1/xapi/statements?activity=${encodeURIComponent(UNIT)}&related_activities=true`
  // The page follows as soon as it is passed; that it is left the unit says after that.
  await soon(async () => {
    const answer = await fetch(asked, { headers: { authorization, 'x-experience-api-version': '1.0.3' } })
    const { statements }: { statements: { verb: { id: string } }[] } = JSON.parse(await answer.text())
    assert.deepEqual(statements.map(({ verb }) => verb.id.split('/').at(-1)).sort(), [
      'completed',
      'initialized',
      'launched',
      'passed',
      'satisfied',
      'terminated',
    ])
  })
})
