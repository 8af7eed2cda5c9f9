import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { readClock } from '@aetherlearn/testing/video-clock'
import type Hls from 'hls.js'
import type { Browser, Page } from 'playwright-core'

declare global {
  interface Window {
    Hls: typeof Hls
    hls: Hls
    faults: string[]
    readClock: typeof readClock
  }
}

export type HlsPage = { page: Page; close(): Promise<void> }

const html = `<!doctype html><meta charset="utf-8"><title>A player of somebody else</title>
<video muted playsinline></video><script src="/hls.js"></script>`

/** A bare page of another origin than the gateway, with nothing but hls.js: what it plays, every browser may play. */
export async function openHlsPage(browser: Browser): Promise<HlsPage> {
  const script = await readFile(fileURLToPath(import.meta.resolve('hls.js/dist/hls.min.js')))
  const server = createServer((request, response) => {
    const isScript = request.url === '/hls.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.addScriptTag({ content: `window.readClock = ${readClock}` })
  const close = async () => {
    await context.close()
    server.close()
  }
  return { page, close }
}

/** Loads a stream anew; resolves when its first frame can be shown. */
export async function loadStream({ page }: HlsPage, hlsUrl: string) {
  await page.evaluate(
    (url) =>
      new Promise<void>((resolve, reject) => {
        const video = document.querySelector('video')
        if (video === null) return reject(new Error('no video element'))
        if (window.hls !== undefined) window.hls.destroy()
        window.faults = []
        window.hls = new window.Hls({ startLevel: -1 })
        window.hls.on(
          window.Hls.Events.ERROR,
          (_, { type, details, fatal, reason, response, bufferInfo }) => {
            const { INTERNAL_ABORTED, BUFFER_STALLED_ERROR } = window.Hls.ErrorDetails
            // What it was loading is given up by hls.js itself when another level is asked for.
            if (details === INTERNAL_ABORTED) return
            // A machine that does not come to load or decode stalls any stream; one with a hole has more behind it.
            if (details === BUFFER_STALLED_ERROR && bufferInfo?.nextStart === undefined) return
            const told = [type, details, reason, response?.code].filter(Boolean).join(' ')
            if (fatal) reject(new Error(told))
            window.faults.push(told)
          },
        )
        video.addEventListener('loadeddata', () => resolve(), { once: true })
        video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true })
        window.hls.loadSource(url)
        window.hls.attachMedia(video)
      }),
    hlsUrl,
  )
}

/** Sizes of what may be played, smallest first. */
export const levelsOf = ({ page }: HlsPage): Promise<string[]> =>
  page.evaluate(() => window.hls.levels.map(({ width, height }) => `${width}x${height}`))

/** Languages of the captions that the stream brings. */
export const captionsOf = ({ page }: HlsPage): Promise<(string | undefined)[]> =>
  page.evaluate(() => window.hls.subtitleTracks.map(({ lang }) => lang))

/** Waits until the video is as long as told: sound that is longer than the picture counts once it is loaded. */
export async function lastsFor({ page }: HlsPage, seconds: number, tolerance: number) {
  await page.waitForFunction(
    ({ told, most }) => Math.abs((document.querySelector('video')?.duration ?? 0) - told) <= most,
    { told: seconds, most: tolerance },
  )
}

/** What hls.js complained of since the stream was loaded, healed or not. */
export const faultsOf = ({ page }: HlsPage): Promise<string[]> => page.evaluate(() => window.faults)

/** Plays from the beginning for a while, or to the end where that comes first. The seconds that were played. */
export const playFor = ({ page }: HlsPage, seconds: number): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((resolve, reject) => {
        const video = document.querySelector('video')
        if (video === null) return reject(new Error('no video element'))
        const stop = () => {
          if (video.currentTime < wanted && !video.ended) return
          video.removeEventListener('timeupdate', stop)
          video.pause()
          resolve(video.currentTime)
        }
        video.addEventListener('timeupdate', stop)
        video.currentTime = 0
        video.play().catch(reject)
      }),
    seconds,
  )

/** Plays this level alone from now on, and throws away what is loaded of others. */
export const forceLevel = ({ page }: HlsPage, level: number): Promise<void> =>
  page.evaluate(
    (wanted) =>
      new Promise<void>((resolve) => {
        const { hls } = window
        hls.on(window.Hls.Events.FRAG_BUFFERED, function buffered(_, { frag }) {
          if (frag.type !== 'main' || frag.level !== wanted) return
          hls.off(window.Hls.Events.FRAG_BUFFERED, buffered)
          resolve()
        })
        hls.currentLevel = wanted
      }),
    level,
  )

export type Shown = { size: string; clock: number | undefined }

/**
 * What is shown when the video stands at `second`: its size, and what the clock in it says. Waits until the browser
 * shows a frame of that time; where it shows another one, that is told after a while.
 */
export const shownAt = ({ page }: HlsPage, second: number, frameSeconds: number): Promise<Shown> =>
  page.evaluate(
    async ({ to, most, patienceMs }) => {
      const video = document.querySelector('video')
      if (video === null) throw new Error('no video element')
      const shown = new Promise<void>((resolve) => {
        const look = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
          if (Math.abs(to - mediaTime) <= most) resolve()
          else video.requestVideoFrameCallback(look)
        }
        video.requestVideoFrameCallback(look)
        setTimeout(resolve, patienceMs)
      })
      const seeked = new Promise<void>((resolve) =>
        video.addEventListener('seeked', () => resolve(), { once: true }),
      )
      video.currentTime = to
      await Promise.all([seeked, shown])
      const { videoWidth: width, videoHeight: height } = video
      const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
      if (context === null) throw new Error('no canvas')
      context.drawImage(video, 0, 0)
      const clock = window.readClock(context.getImageData(0, 0, width, height).data, width, height)
      return { size: `${width}x${height}`, clock }
    },
    { to: second, most: 1.5 * frameSeconds, patienceMs: 10_000 },
  )
