import { findProgram } from '@aetherlearn/local-stack/programs'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'

const quiet = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--mute-audio',
]
// The sandbox of Chromium does not work for root, which CI machines often are.
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Debian's Chromium without a window; its videos play without a click. */
export async function openBrowser(): Promise<Browser> {
  const program = { name: 'chromium', debianPackage: 'chromium', setting: 'CHROMIUM' }
  const executablePath = await findProgram(program, console.log)
  const args = [...quiet, ...sandbox, '--autoplay-policy=no-user-gesture-required']
  return chromium.launch({ executablePath, args })
}

/** As Chromium names itself where a person sits at it. Without a window it says so, and counts as a program. */
const userAgentOf = (browser: Browser) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`

/** A person at a browser of their own. */
export async function newPerson(
  browser: Browser,
  origin: string,
  options: Pick<BrowserContextOptions, 'timezoneId'> = {},
): Promise<Page> {
  const viewport = { width: 1280, height: 900 }
  const userAgent = userAgentOf(browser)
  const context = await browser.newContext({ baseURL: origin, viewport, userAgent, ...options })
  context.setDefaultTimeout(15_000)
  return context.newPage()
}

export async function signUp(page: Page, person: { fullName: string; email: string; password: string }) {
  await page.goto('/signup')
  await page.getByLabel('Full name').fill(person.fullName)
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.waitForURL((url) => url.pathname !== '/signup')
}

export async function signIn(page: Page, person: { email: string; password: string }) {
  await page.goto('/signin')
  await page.getByLabel('Email').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname !== '/signin')
}

export type Playing = { second: number; frames: number; duration: number; width: number }

/** What the video element of the page says of itself. */
export const playing = (page: Page): Promise<Playing> =>
  page.locator('video').evaluate((video: HTMLVideoElement) => ({
    second: video.currentTime,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    duration: video.duration,
    width: video.videoWidth,
  }))

/** Waits until the video has played to `second`. */
export async function playedTo(page: Page, second: number, timeout: number) {
  await page.waitForFunction(
    (wanted) => (document.querySelector('video')?.currentTime ?? 0) >= wanted,
    second,
    { timeout },
  )
}

/**
 * Presses a key of the player once the video has come to `second`. In the page itself: while a busy machine would come
 * back to us, it plays on.
 */
export async function pressAt(page: Page, key: string, second: number) {
  await page.waitForFunction(
    ({ key, second }) => {
      if ((document.querySelector('video')?.currentTime ?? 0) < second) return false
      return document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })) || true
    },
    { key, second },
    { timeout: 30_000 },
  )
}

/** Goes elsewhere once the video has come to `from`; in the page itself, too. */
export async function jumpAt(page: Page, from: number, to: number) {
  await page.waitForFunction(
    ({ from, to }) => {
      const video = document.querySelector('video')
      if (video === null || video.currentTime < from) return false
      video.currentTime = to
      return true
    },
    { from, to },
    { timeout: 30_000 },
  )
}

/** Resolves when the page hears of what happens; what happens before is news to nobody. Call it before it is opened. */
export const untilLive = (page: Page) =>
  page.waitForEvent(
    'websocket',
    (socket) =>
      new Promise<boolean>((resolve) =>
        // The gateway's answer to a Socket.IO that connects.
        socket.on('framereceived', ({ payload }) => String(payload).startsWith('40') && resolve(true)),
      ),
  )
