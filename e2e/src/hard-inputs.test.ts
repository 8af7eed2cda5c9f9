import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hardInputs, isReady, type HardInput, type Ready } from '@aetherlearn/testing/hard-inputs'
import { openBrowser } from './browser.ts'
import {
  faultsOf,
  forceLevel,
  lastsFor,
  levelsOf,
  loadStream,
  openHlsPage,
  playFor,
  shownAt,
} from './hls-page.ts'
import { startTestStack } from './stack.ts'
import { newTeacher } from './teacher.ts'

/** Seconds: the sound is coded in packets of a fiftieth, and containers round. */
const TOLERANCE = 0.15
const PLAYS_FOR = 0.6
const POINTS = 10

const stack = await startTestStack({
  env: { CONCURRENCY: '2', X264_PRESET: 'ultrafast', RETRY_DELAY_MS: '200' },
})
const browser = await openBrowser()
const elsewhere = await openHlsPage(browser)
const teacher = await newTeacher(stack.gatewayUrl, 'vera@example.org')
after(async () => {
  teacher.close()
  await elsewhere.close()
  await browser.close()
  await stack.close()
})

/** While one video is played the next ones are made and processed. */
let before: Promise<unknown> = Promise.resolve()
function send({ name, make, container }: HardInput): Promise<string> {
  const sent = before.then(async () => {
    const file = join(stack.home, `${name.replace(/\W+/g, '-')}.${container}`)
    await make(file)
    const lectureId = await teacher.newLecture(name)
    await teacher.upload(lectureId, file)
    return lectureId
  })
  before = sent.catch(() => undefined)
  return sent
}

/** The numbers that the clock may show at `second`: that of the frame there, and of the frames beside it. */
function allowedAt({ clock, frameRate, seconds }: Ready, second: number) {
  const last = Math.ceil((seconds - clock.startsAt) * clock.perSecond) - 1
  const shown = (at: number) => {
    let number = Math.min(Math.max(Math.floor((at - clock.startsAt) * clock.perSecond + 1e-6), 0), last)
    while (number > 0 && clock.shows?.(number) === false) number -= 1
    return number
  }
  return { least: shown(second - 1 / frameRate), most: shown(second + 1 / frameRate) }
}

async function assertClock(expected: Ready, second: number) {
  const { clock, size } = await shownAt(elsewhere, second, 1 / expected.frameRate)
  const { least, most } = allowedAt(expected, second)
  const right = clock !== undefined && clock >= least && clock <= most
  assert.ok(right, `${size} at ${second.toFixed(3)} s: ${clock}, not ${least} to ${most}`)
  return size
}

async function assertPlays(lectureId: string, expected: Ready) {
  const { status, failure, durationSeconds = 0 } = await teacher.settled(lectureId)
  assert.deepEqual([status, failure], ['READY', undefined])
  const { seconds, frameRate, sizes, beeps = [] } = expected
  await loadStream(elsewhere, await teacher.streamOf(lectureId))
  const levels = await levelsOf(elsewhere)
  assert.deepEqual(levels.toReversed(), sizes)
  const end = Math.max(seconds, ...beeps.map((second) => second + 1))
  const isRight = durationSeconds > seconds - 1 / frameRate - TOLERANCE && durationSeconds < end + TOLERANCE
  assert.ok(isRight, `${durationSeconds} s`)
  const played = await playFor(elsewhere, PLAYS_FOR)
  assert.ok(played >= Math.min(PLAYS_FOR, durationSeconds - TOLERANCE), `played ${played} s`)
  const frames = Math.max(1, Math.round(seconds * frameRate))
  for (let point = 0; point < POINTS; point += 1) {
    // Back and forth, and into the middle of a frame.
    const frame = Math.floor((((point * 7) % POINTS) / POINTS) * frames)
    await assertClock(expected, (frame + 0.5) / frameRate)
  }
  await lastsFor(elsewhere, durationSeconds, TOLERANCE)
  for (const [level, size] of levels.entries()) {
    await forceLevel(elsewhere, level)
    assert.equal(await assertClock(expected, (Math.floor(frames / 2) + 0.5) / frameRate), size)
  }
  assert.deepEqual(await faultsOf(elsewhere), [])
}

for (const input of hardInputs) {
  const { expected, name } = input
  if (!isReady(expected)) continue
  const sent = send(input)
  sent.catch(() => undefined)
  test(
    `plays on a page of another origin, at every point and in every size: ${name}`,
    // It waits until the videos before it are made.
    { timeout: 180_000 },
    async () => {
      await assertPlays(await sent, expected)
    },
  )
}
