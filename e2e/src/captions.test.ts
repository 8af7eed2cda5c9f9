import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import type { Page } from 'playwright-core'
import { newPerson, openBrowser, playedTo, signIn, signUp } from './browser.ts'
import { makeSample } from './sample.ts'
import { soon } from './soon.ts'
import { newInstructor, startTestStack } from './stack.ts'

const stack = await startTestStack()
const browser = await openBrowser()
after(async () => {
  await browser.close()
  await stack.close()
})
const origin = stack.gatewayUrl
const instructor = { email: 'ivo@example.org', password }
const { accessToken } = await newInstructor(origin, instructor.email)
const options = { origin, token: () => accessToken }
const courses = createClient(courseApi, options)
const params = {
  courseId: (await courses.createCourse({ body: { title: 'Captioned', category: 'Tests' } }))._id,
}
const section = await courses.addSection({ params, body: { sectionTitle: 'One' } })
const lecture = { params: { sectionId: section._id }, body: { lectureTitle: 'Sets' } }
const { _id: lectureId } = await courses.addLecture(lecture)
const source = await openAsBlob(await makeSample(join(stack.home, 'sets.mp4'), 12))
await uploadVideo({ uploads: createClient(uploadApi, options), lectureId, source, fileName: 'sets.mp4' })

const english = join(stack.home, 'english.srt')
await writeFile(
  english,
  `1\r\n00:00:00,000 --> 00:00:05,500\r\nA set <i>holds</i> its members\r\n\r\n2\r\n00:00:06,000 --> 00:00:12,000\r\n<img src=x onerror="window.hacked = true"> the union\r\n`,
)
const german = join(stack.home, 'deutsch.vtt')
await writeFile(german, 'WEBVTT\n\n00:00.000 --> 00:12.000\n<v Ana>Die Menge\n')

/** What stands over the picture at this moment. */
const shown = (page: Page) =>
  page
    .locator('video')
    .evaluate((video: HTMLVideoElement) =>
      Array.from(video.textTracks).flatMap((track) =>
        track.mode === 'showing'
          ? Array.from(track.activeCues ?? [], (cue) =>
              cue instanceof VTTCue ? cue.getCueAsHTML().textContent : '',
            )
          : [],
      ),
    )
const showsText = (page: Page, text: string) =>
  page.waitForFunction(
    (wanted) =>
      Array.from(document.querySelector('video')?.textTracks ?? []).some(
        (track) =>
          track.mode === 'showing' &&
          Array.from(track.activeCues ?? []).some(
            (cue) => cue instanceof VTTCue && cue.text.includes(wanted),
          ),
      ),
    text,
  )

test('an instructor adds captions by their files while the video is made, is told what is wrong with one, and searches them', async () => {
  const page = await newPerson(browser, origin)
  await signIn(page, instructor)
  await page.goto(`/teach/${params.courseId}`)
  await page.getByRole('button', { name: 'Actions for Sets' }).click()
  await page.getByRole('menuitem', { name: 'Captions' }).click()
  const dialog = page.getByRole('dialog', { name: 'Captions of “Sets”' })
  const add = async (language: string, file: string) => {
    // The form is emptied when all of the last one is done, which is after the list shows it.
    await dialog.locator('button[aria-busy=false]', { hasText: 'Add captions' }).waitFor()
    await dialog.getByLabel('Language', { exact: true }).fill(language)
    await dialog.getByLabel('File of captions').setInputFiles(file)
    await dialog.getByRole('button', { name: 'Add captions' }).click()
  }
  const letter = { name: 'letter.srt', mimeType: 'application/x-subrip', buffer: Buffer.from('Dear all,') }
  await dialog.getByLabel('Language', { exact: true }).fill('en')
  await dialog.getByLabel('File of captions').setInputFiles(letter)
  await dialog.getByRole('button', { name: 'Add captions' }).click()
  await dialog.getByText(/Line 1: a time line such as/).waitFor()
  await add('en', english)
  const languages = dialog.getByRole('list', { name: 'Languages' })
  await languages.getByText('en, 2 captions').waitFor()
  await add('de', german)
  await languages.getByText('Deutsch', { exact: true }).waitFor()
  await dialog.getByLabel('Replace Deutsch').setInputFiles(english)
  await languages.getByText('de, 2 captions').waitFor()
  await dialog.getByLabel('Replace Deutsch').setInputFiles(german)
  await languages.getByText('de, 1 caption', { exact: true }).waitFor()
  await add('fr', german)
  await dialog.getByRole('button', { name: 'Remove Français' }).click()
  await languages.getByText('Français').waitFor({ state: 'detached' })
  await dialog.getByLabel('Search in what is said').fill('holds its')
  await dialog.getByRole('button', { name: 'Find' }).click()
  await dialog.getByText('One place:').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByText('Ready', { exact: true }).waitFor({ timeout: 120_000 })
  await page.context().close()
})

test('a student reads captions in a language of their choice, nothing in them runs, and a search goes to the moment', async () => {
  await courses.publish({ params })
  const page = await newPerson(browser, origin)
  await signUp(page, { fullName: 'Ana Student', email: 'ana@example.org', password })
  await page.goto(`/courses/${params.courseId}`)
  await page.getByRole('button', { name: 'Enrol' }).click()
  await page.getByRole('link', { name: 'Start learning' }).click()
  const video = page.locator('video')
  // A picture that was never played shows no captions yet.
  await page.getByRole('button', { name: 'Play video' }).click()
  await playedTo(page, 0.1, 30_000)
  await page.getByRole('button', { name: 'Pause' }).click()
  await video.evaluate((element: HTMLVideoElement) => (element.currentTime = 1))
  assert.deepEqual(await shown(page), [])
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'Captions' }).click()
    await page.getByRole('menuitemradio', { name }).click()
  }
  await choose('Deutsch')
  await showsText(page, 'Menge')
  assert.deepEqual(await shown(page), ['Ana: Die Menge'])
  await choose('English')
  await showsText(page, 'members')
  assert.deepEqual(await shown(page), ['A set holds its members'])

  await page.getByLabel('Search in what is said').fill('UNION')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByRole('button', { name: /the union/ }).click()
  await showsText(page, 'the union')
  assert.equal(await video.evaluate((element: HTMLVideoElement) => Math.floor(element.currentTime)), 6)
  assert.deepEqual(await shown(page), ['<img src=x onerror="window.hacked = true"> the union'])
  assert.equal(await page.evaluate(() => 'hacked' in window), false)

  // The key belongs to the player wherever nobody types.
  await page.locator('h1').click()
  await page.keyboard.press('c')
  await soon(async () => assert.deepEqual(await shown(page), []))
  await page.keyboard.press('c')
  await showsText(page, 'the union')
  await page.reload()
  await page.getByRole('button', { name: 'Play video' }).click()
  await showsText(page, ' ')
  await page.context().close()
})
