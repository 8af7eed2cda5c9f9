import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { hardInputs } from '@aetherlearn/testing/hard-inputs'
import { makeClip } from '@aetherlearn/testing/video-clips'
import { newPerson, openBrowser, playedTo, playing, signIn } from './browser.ts'
import { captionsOf, loadStream, openHlsPage } from './hls-page.ts'
import { startTestStack } from './stack.ts'
import { newTeacher } from './teacher.ts'

/** The larger pictures take a while, and lost jobs are looked for at once. */
const env = { X264_PRESET: 'veryfast', RECONCILE_EVERY_MS: '500', RECONCILE_AFTER_MS: '3000' }
const TOLD_WITHIN_MS = 10_000

const stack = await startTestStack({ env })
const browser = await openBrowser()
const teacher = await newTeacher(stack.gatewayUrl, 'vera@example.org')
const page = await newPerson(browser, stack.gatewayUrl)
after(async () => {
  teacher.close()
  await browser.close()
  await stack.close()
})
const row = (title: string) => page.getByRole('listitem', { name: title })
const early = await teacher.newLecture('Early')
const broken = await teacher.newLecture('Broken')
await signIn(page, { email: 'vera@example.org', password })
await page.goto(`/teach/${teacher.courseId}`)

/** The rungs that the player offers, largest first, once this one is among them. */
async function qualities(awaited: string): Promise<string[]> {
  await row('Early').getByRole('button', { name: 'Quality' }).click()
  await row('Early').getByRole('menuitemradio', { name: awaited, exact: true }).waitFor()
  const offered = await row('Early').getByRole('menuitemradio').allInnerTexts()
  await page.keyboard.press('Escape')
  return offered.filter((name) => !name.startsWith('Auto'))
}

test('an instructor watches the smallest picture while the larger ones are made, and they join without a break', async () => {
  const file = join(stack.home, 'early.mp4')
  await makeClip(file, { seconds: 21, size: '1920x1080', rate: '20' })
  await row('Early').getByLabel('Video for Early').setInputFiles(file)
  await row('Early').getByText('The first version can be watched').click({ timeout: 90_000 })
  await row('Early').getByRole('button', { name: 'Play video' }).click()
  await playedTo(page, 0.5, 30_000)
  // It goes on playing however long the others take.
  await page.locator('video').evaluate((video: HTMLVideoElement) => (video.loop = true))
  assert.deepEqual(await qualities('360p'), ['360p'])
  const bar = row('Early').getByRole('progressbar', { name: 'Processing of Early' })
  assert.ok(Number(await bar.getAttribute('aria-valuenow')) < 100)
  const loads: string[] = []
  page.on('load', () => loads.push('load'))
  await row('Early').getByText('Ready', { exact: true }).waitFor({ timeout: 240_000 })
  // The player goes over to the whole stream a moment after that.
  assert.deepEqual(await qualities('1080p'), ['1080p', '720p', '480p', '360p'])
  const { frames } = await playing(page)
  await page.waitForFunction((before) => {
    const video = document.querySelector('video')
    return video !== null && !video.paused && video.getVideoPlaybackQuality().totalVideoFrames !== before
  }, frames)
  await row('Early').getByRole('button', { name: 'Quality' }).click()
  await row('Early').getByRole('menuitemradio', { name: '1080p' }).click()
  await page.waitForFunction(() => document.querySelector('video')?.videoHeight === 1080)
  assert.deepEqual(loads, [])
})

test('a file that is no video is told with its reason and advice within seconds, and another one replaces it', async () => {
  const silent = hardInputs.find(({ name }) => name === 'sound alone')
  assert.ok(silent !== undefined)
  const file = join(stack.home, 'sound.mp4')
  await silent.make(file)
  // That it is processed may be over before anybody sees it.
  const began = performance.now()
  await row('Broken').getByLabel('Video for Broken').setInputFiles(file)
  await row('Broken')
    .getByText(/no moving picture/)
    .waitFor()
  assert.ok(performance.now() - began < TOLD_WITHIN_MS)
  await row('Broken').getByText('Failed', { exact: true }).waitFor()
  const better = join(stack.home, 'better.mp4')
  await makeClip(better, { seconds: 1, size: '320x180' })
  await row('Broken').getByLabel('Video for Broken').setInputFiles(better)
  await row('Broken').getByText('Ready', { exact: true }).waitFor({ timeout: 60_000 })
  assert.equal((await teacher.settled(broken)).status, 'READY')
})

test('captions come with the stream, in each player of any site', async (t) => {
  const file = join(stack.home, 'english.vtt')
  await writeFile(file, 'WEBVTT\n\n00:00.000 --> 00:05.000\nGood morning\n')
  await row('Early').getByRole('button', { name: 'Actions for Early' }).click()
  await page.getByRole('menuitem', { name: 'Captions' }).click()
  const dialog = page.getByRole('dialog', { name: /Captions of/ })
  await dialog.getByLabel('Language', { exact: true }).fill('en')
  await dialog.getByLabel('File of captions').setInputFiles(file)
  await dialog.getByRole('button', { name: 'Add captions' }).click()
  await dialog.getByText('en, 1 caption', { exact: true }).waitFor()
  const elsewhere = await openHlsPage(browser)
  t.after(elsewhere.close)
  await loadStream(elsewhere, await teacher.streamOf(early))
  assert.deepEqual(await captionsOf(elsewhere), ['en'])
})

test('a Redis that forgets everything while videos wait costs none of them', async () => {
  const file = join(stack.home, 'tiny.mp4')
  await makeClip(file, { seconds: 2, size: '320x180' })
  const lectures = await Promise.all(['a', 'b', 'c', 'd'].map((name) => teacher.newLecture(name)))
  const worker = stack.app('video-worker')
  const [first = '', ...others] = lectures
  await teacher.upload(first, file)
  // However fast it is: the first it may be at work on, or done with, and the others wait.
  await worker.signal('SIGSTOP')
  await Promise.all(others.map((lectureId) => teacher.upload(lectureId, file)))
  const waiting = await Promise.all(
    others.map((lectureId) => teacher.courses.getLecture({ params: { lectureId } })),
  )
  assert.ok(
    waiting.every(({ status }) => status === 'PROCESSING'),
    'videos were waiting',
  )
  await flush(stack.redisStateUrl)
  await worker.signal('SIGCONT')
  const settled = await Promise.all(lectures.map((lectureId) => teacher.settled(lectureId)))
  assert.deepEqual(
    settled.map(({ status, failure }) => failure ?? status),
    lectures.map(() => 'READY'),
  )
})

async function flush(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl)
  const socket = connect(Number(port), hostname)
  const answer = new Promise<string>((resolve, reject) => {
    socket.once('data', (bytes) => resolve(String(bytes)))
    socket.once('error', reject)
  })
  socket.write('FLUSHALL\r\n')
  assert.match(await answer, /^\+OK/)
  socket.destroy()
}
