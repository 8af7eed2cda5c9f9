import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { makeClip } from '@aetherlearn/testing/video-clips'
import type { Page } from 'playwright-core'
import { assertAccessible } from './accessible.ts'
import { jumpAt, newPerson, openBrowser, pressAt, signIn, signUp, untilLive } from './browser.ts'
import { startTestStack } from './stack.ts'
import { newTeacher } from './teacher.ts'
import { dateIn, quietZone } from './zone.ts'

const SECONDS = 10
const stack = await startTestStack()
const browser = await openBrowser()
const origin = stack.gatewayUrl
const teacher = await newTeacher(origin, 'ivo@example.org')
after(async () => {
  teacher.close()
  await browser.close()
  await stack.close()
})
const clip = join(stack.home, 'clip.mp4')
await makeClip(clip, { seconds: SECONDS, size: '320x180' })
const [first, second] = [await teacher.newLecture('First'), await teacher.newLecture('Second')]
await Promise.all([first, second].map((lectureId) => teacher.upload(lectureId, clip)))
await Promise.all([first, second].map((lectureId) => teacher.settled(lectureId)))
await teacher.courses.publish({ params: { courseId: teacher.courseId }, body: {} })

const timezoneId = quietZone()
const student = { fullName: 'Ana Student', email: 'ana@example.org', password }
const page = await newPerson(browser, origin, { timezoneId })
await signUp(page, student)
await page.goto(`/courses/${teacher.courseId}`)
await page.getByRole('button', { name: 'Enrol' }).click()
await page.getByRole('link', { name: 'Start learning' }).waitFor()

async function open(person: Page, lectureId: string) {
  await person.goto(`/learn/${teacher.courseId}/${lectureId}`)
  await person.getByRole('button', { name: 'Play video' }).waitFor()
}

/** The stretches that the strip shows as watched. */
const watched = (count: number) => page.locator(`[role=img][data-watched="${count}"]`)

test('a student sees what is watched and what is missing, and a lecture that is watched completes by itself', async () => {
  await open(page, first)
  await page.getByRole('button', { name: 'Play video' }).click()
  await jumpAt(page, 1.5, 6)
  await page.waitForFunction(() => document.querySelector('video')?.ended, undefined, { timeout: 30_000 })
  await watched(2).waitFor()
  await page.getByText(/^You have watched 0:0[56] of 0:10/).waitFor()
  await page.getByText('0 % complete').waitFor()
  assert.equal(await page.getByText('Completed', { exact: true }).count(), 0)
  await assertAccessible(page)
  await page.getByRole('button', { name: /^Watch 0:0[12] to 0:06$/ }).click()
  await page.getByText('Completed', { exact: true }).waitFor({ timeout: 30_000 })
  await page.getByText('50 % complete').waitFor()
  await page.getByText('Why is this not complete yet?').waitFor({ state: 'detached' })
})

test('notes and bookmarks stay with their second, are changed, taken back and exported', async () => {
  await page.locator('video').evaluate((video: HTMLVideoElement) => {
    // A lecture may be complete before it has been played to its end.
    video.pause()
    video.currentTime = 3.2
  })
  const told = page.getByText('Bookmark set at 0:03').waitFor()
  await page.keyboard.press('b')
  await told
  await page.keyboard.press('n')
  await page.locator('textarea:focus').waitFor()
  await page.keyboard.type('A *set* is no bag')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('button', { name: 'Edit the note at 0:03' }).click()
  await page.getByLabel('Words of the note at 0:03').fill('A *set* is not a bag')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'Edit the note at 0:03' }).waitFor()
  await page.reload()
  // Where the student was is restored once the video can be: after that it goes where it is sent.
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2)
  await page.getByRole('tab', { name: 'Notes' }).click()
  const notes = page.getByRole('list', { name: 'Notes of this lecture' })
  await notes.getByText('A *set* is not a bag').waitFor()
  await page.getByRole('button', { name: 'Delete the bookmark at 0:03' }).click()
  await page.getByRole('button', { name: 'Delete the bookmark at 0:03' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Delete the bookmark at 0:03' }).waitFor()
  await notes.getByRole('button', { name: 'Go to 0:03' }).first().click()
  await page.waitForFunction(() => document.querySelector('video')?.currentTime === 3)
  await assertAccessible(page)
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export the notes of this course' }).click()
  const file = join(stack.home, 'notes.md')
  await (await coming).saveAs(file)
  const markdown = await readFile(file, 'utf8')
  assert.match(markdown, /^## First$/m)
  assert.match(markdown, /\*\*0:03\*\*\n\n> A \\\*set\\\* is not a bag/)
})

test('what is watched offline is kept, arrives when the student is back, and is heard on another device', async () => {
  const other = await newPerson(browser, origin)
  await signIn(other, student)
  const live = untilLive(other)
  await open(other, second)
  await live
  await open(page, second)
  await page.waitForFunction((end) => {
    const video = document.querySelector('video')
    return video !== null && video.buffered.length > 0 && video.buffered.end(0) > end
  }, SECONDS - 0.5)
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Play video' }).click()
  await pressAt(page, 'k', 6)
  await page.getByText(/^You are offline/).waitFor()
  await page.context().setOffline(false)
  await page.getByText(/^You are offline/).waitFor({ state: 'detached' })
  await watched(1).waitFor()
  await other.getByText(/^Your other device is at 0:0[67]/).waitFor()
  await other.context().close()
})

test('a student goes on at the exact second, and a completion that is said offline is told later', async () => {
  await page.goto('/learn')
  await page.getByRole('link', { name: /^Resume “Second” at 0:0[67]$/ }).click()
  await page.getByText(/^Resumed at 0:0[67]/).waitFor()
  await page.getByText('50 % complete').waitFor()
  await page.context().setOffline(true)
  await page.getByRole('button', { name: 'Mark as completed' }).click()
  await page.getByText('Completed', { exact: true }).waitFor()
  await page.getByText('50 % complete').waitFor()
  await page.context().setOffline(false)
  await page.getByText('100 % complete').waitFor()
})

test('the student’s page tells the streak and the year in days of the student’s own zone', async () => {
  await page.goto('/learn')
  await page.getByText('You have learned today. Come back tomorrow to make it 2 days.').waitFor()
  const active = page.locator('[role=gridcell]:not([data-count="0"])')
  assert.equal(await active.getAttribute('data-date'), dateIn(timezoneId))
  await active.focus()
  await page.keyboard.press('ArrowUp')
  await page.getByText(/: nothing$/).waitFor()
  await assertAccessible(page)
  await page.getByRole('link', { name: 'Settings of Ana Student' }).click()
  const zone = page.getByLabel('Your time zone')
  assert.equal(await zone.inputValue(), timezoneId)
  await zone.selectOption('Pacific/Kiritimati')
  await page.getByText(/^It is .* there\.$/).waitFor()
  const stored = page.waitForResponse(
    (response) => response.request().method() === 'PUT' && response.url().endsWith('/settings'),
  )
  await page.getByRole('button', { name: 'Save' }).click()
  assert.ok((await stored).ok())
  await page.reload()
  assert.equal(await zone.inputValue(), 'Pacific/Kiritimati')
  await assertAccessible(page)
})
