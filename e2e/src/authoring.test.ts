import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { demoPassword as password, instructorEmail } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import type { Page } from 'playwright-core'
import { assertAccessible } from './accessible.ts'
import { newPerson, openBrowser, signIn } from './browser.ts'
import { scorm12Package } from './sample-packages.ts'
import { newInstructor, startTestStack } from './stack.ts'

const stack = await startTestStack({ seed: true })
const browser = await openBrowser()
after(async () => {
  await browser.close()
  await stack.close()
})
const [demo] = await createClient(courseApi, { origin: stack.gatewayUrl }).listPublished()
const editor = `/teach/${demo?._id}`
const landing = `/courses/${demo?._id}`
const lectureTitle = demo?.sections[0]?.lectures[0]?.lectureTitle ?? ''
const teacher = await newPerson(browser, stack.gatewayUrl)
const visitor = await newPerson(browser, stack.gatewayUrl)
await newInstructor(stack.gatewayUrl, 'cora@example.org')
await signIn(teacher, { email: instructorEmail, password })

async function choose(page: Page, menu: string, action: string) {
  await page.getByRole('button', { name: `Actions for ${menu}` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

async function add(page: Page, label: string, title: string, button: string) {
  await page.getByLabel(label).fill(title)
  await page.getByLabel(label).locator('xpath=ancestor::form').getByRole('button', { name: button }).click()
  await page.getByRole(button === 'Add section' ? 'heading' : 'listitem', { name: title }).waitFor()
}

const lecturesIn = (page: Page, section: string) =>
  page
    .getByRole('region', { name: section })
    .getByRole('listitem')
    .evaluateAll((items) => items.map((item) => item.getAttribute('aria-label')))

test('an instructor renames, moves and deletes sections and lectures, and the page follows', async () => {
  await teacher.goto('/teach')
  await teacher.getByLabel('Title', { exact: true }).fill('Order out of chaos')
  await teacher.getByLabel('Category').fill('Tests')
  await teacher.getByRole('button', { name: 'Create course' }).click()
  await add(teacher, 'Section title', 'First', 'Add section')
  await add(teacher, 'Section title', 'Second', 'Add section')
  for (const title of ['a', 'b', 'c']) await add(teacher, 'Lecture title in First', title, 'Add lecture')
  await choose(teacher, 'c', 'Move up')
  await teacher.waitForFunction(
    () => document.querySelectorAll('li[aria-label]')[1]?.getAttribute('aria-label') === 'c',
  )
  await choose(teacher, 'b', 'Move to “Second”')
  await teacher.getByRole('region', { name: 'Second' }).getByRole('listitem', { name: 'b' }).waitFor()
  await choose(teacher, 'a', 'Rename')
  await teacher.getByLabel('New title of a').fill('alpha')
  await teacher.getByRole('button', { name: 'Save', exact: true }).click()
  await teacher.getByRole('listitem', { name: 'alpha' }).waitFor()
  await choose(teacher, 'c', 'Delete lecture')
  await teacher.getByRole('dialog').getByRole('button', { name: 'Delete lecture' }).click()
  await teacher.getByRole('listitem', { name: 'c' }).waitFor({ state: 'detached' })
  assert.deepEqual(
    [await lecturesIn(teacher, 'First'), await lecturesIn(teacher, 'Second')],
    [['alpha'], ['b']],
  )
  await choose(teacher, 'Second', 'Delete section')
  await teacher.getByRole('dialog').getByRole('button', { name: 'Delete section' }).click()
  await teacher.getByRole('region', { name: 'Second' }).waitFor({ state: 'detached' })
})

test('a lecture becomes a package in the editor: what is wrong is said, and it goes out again', async () => {
  const row = teacher.getByRole('listitem', { name: 'alpha' })
  const send = (name: string, bytes: Uint8Array) =>
    row
      .getByLabel('Package for alpha')
      .setInputFiles({ name, mimeType: 'application/zip', buffer: Buffer.from(bytes) })
  await send('film.zip', Buffer.from('This is no package'))
  await row.getByRole('alert').getByText('This is no whole zip file').waitFor()
  await send('sets.zip', scorm12Package())
  await row.getByText(/^SCORM 1\.2 package “Sets”: 1 item in 2 files/).waitFor()
  await row.getByText('Ready', { exact: true }).waitFor()
  await assertAccessible(teacher)
  await row.getByRole('link', { name: 'alpha' }).click()
  await teacher.getByRole('button', { name: 'Start' }).waitFor()
  await teacher.goBack()
  await choose(teacher, 'alpha', 'Remove package')
  await teacher.getByRole('dialog').getByRole('button', { name: 'Remove package' }).click()
  await row.getByText('Nothing yet').waitFor()
})

test('the details of a course are saved, and the owner lets somebody work on it', async () => {
  await teacher.getByRole('link', { name: 'Details' }).click()
  await teacher.getByLabel('Description').fill('What it is about.')
  await teacher.getByLabel('Level').selectOption('advanced')
  await teacher.getByLabel('Price').fill('49.50')
  await teacher.getByLabel('Seats (optional)').fill('20')
  await teacher.getByLabel('A lecture is completed').selectOption('by watching alone')
  await teacher.getByLabel('Watched, in percent').fill('75')
  await teacher.getByRole('button', { name: 'Save details' }).click()
  await teacher.getByRole('status').getByText('Saved').waitFor()
  await teacher.reload()
  assert.equal(await teacher.getByLabel('Price').inputValue(), '49.5')
  assert.equal(await teacher.getByLabel('Level').inputValue(), 'advanced')
  assert.equal(await teacher.getByLabel('A lecture is completed').inputValue(), 'watching')
  assert.equal(await teacher.getByLabel('Watched, in percent').inputValue(), '75')
  await teacher.getByRole('link', { name: 'People' }).click()
  await teacher.getByLabel('Email of the person').fill('cora@example.org')
  await teacher.getByRole('button', { name: 'Add person' }).click()
  await teacher.getByRole('list', { name: 'People of the course' }).getByText('cora@example.org').waitFor()
  const cora = await newPerson(browser, stack.gatewayUrl)
  await signIn(cora, { email: 'cora@example.org', password })
  await cora.goto('/teach')
  await cora.getByRole('link', { name: 'Order out of chaos', exact: true }).waitFor()
  await cora.context().close()
})

test('students see the snapshot: an edit shows after the next publish, and a rollback takes it back', async () => {
  await teacher.goto(editor)
  await choose(teacher, lectureTitle, 'Rename')
  await teacher.getByLabel(`New title of ${lectureTitle}`).fill('Another name')
  await teacher.getByRole('button', { name: 'Save', exact: true }).click()
  await teacher.getByText('The draft has changes that students do not see yet.').waitFor()
  await visitor.goto(landing)
  await visitor.getByText(lectureTitle).first().waitFor()
  await teacher.getByRole('link', { name: 'History' }).click()
  await teacher.getByText(`The lecture “${lectureTitle}” is now “Another name”`).waitFor()
  await teacher.getByRole('button', { name: 'Publish changes' }).click()
  await teacher.getByRole('listitem', { name: 'Version 2' }).getByText('Current').waitFor()
  await visitor.reload()
  await visitor.getByText('Another name').first().waitFor()
  await teacher
    .getByRole('listitem', { name: 'Version 1' })
    .getByRole('button', { name: 'Go back to this' })
    .click()
  await teacher.getByRole('dialog').getByRole('button', { name: 'Go back' }).click()
  await teacher.getByRole('listitem', { name: 'Version 3' }).getByText('Current').waitFor()
  await visitor.reload()
  await visitor.getByText(lectureTitle).first().waitFor()
})

test('a course goes out as a file and comes back as a draft, and a copy is made and deleted', async () => {
  const title = demo?.title ?? ''
  await teacher.goto('/teach')
  const coming = teacher.waitForEvent('download')
  await choose(teacher, title, 'Export')
  const file = join(stack.home, 'course.zip')
  await (await coming).saveAs(file)
  await teacher.getByLabel('Course to import').setInputFiles(file)
  await teacher.getByRole('heading', { name: title, level: 1 }).waitFor()
  await teacher.getByRole('listitem', { name: 'Another name' }).waitFor()
  await teacher.goto('/teach')
  await choose(teacher, 'Order out of chaos', 'Duplicate')
  const copy = teacher.getByRole('listitem').filter({ hasText: 'Order out of chaos' })
  await copy.nth(1).waitFor()
  await copy
    .first()
    .getByRole('button', { name: /^Actions for/ })
    .click()
  await teacher.getByRole('menuitem', { name: 'Delete course' }).click()
  await teacher.getByRole('dialog').getByRole('button', { name: 'Delete course' }).click()
  await copy.nth(1).waitFor({ state: 'detached' })
})
