import type { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { progressApi } from '@aetherlearn/contracts/progress'
import { ApiError, type Client } from './client.ts'
import type { LateQueue } from './late-queue.ts'
import { createPlayed, type Played, type Stretch } from './played.ts'
import { randomName } from './random-name.ts'
import { createUnreported, type Taken } from './unreported.ts'
import { resumeSecond, shownBetween, watchedBetween, type Look } from './watch-time.ts'

type Target = {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}
/** The part of an `HTMLMediaElement` that we read. */
export type Media = Target & {
  currentTime: number
  readonly duration: number
  readonly paused: boolean
  readonly seeking: boolean
  readonly playbackRate: number
  readonly readyState: number
}
/** The part of a `Document` that tells when the page goes away. */
export type Page = Target & { readonly visibilityState: string }

export type ReporterOptions = {
  media: Media
  courseId: string
  lectureId: string
  /** Its `fetch` should be `keepaliveFetch`, so that the last save outlives the page. */
  progress: Pick<Client<typeof progressApi>, 'getProgress' | 'save'>
  analytics: Pick<Client<typeof analyticsApi>, 'trackTelemetry'>
  /** Keeps what could not be reported; left out, only what this player still knows goes with its next report. */
  late?: Pick<LateQueue, 'keep' | 'send'>
  /** As the playback says; lets a video that was watched to its end start over. */
  durationSeconds?: number
  /** `document` in a browser, together with `window` for `pagehide`. */
  page?: Page
  window?: Target
  intervalMs?: number
  now?: () => number
}

export type PlayerReporter = {
  /** Random name of this player, sent with its reports and repeated in `watch.position` messages. */
  sessionId: string
  /** Puts the player at the saved second and answers it; reports begin after that. */
  restore(): Promise<number>
  /** Sends what there is to send, now. */
  report(): Promise<void>
  /** Reports a last time and listens no more. */
  stop(): Promise<void>
}

type ReportOf = { courseId: string; lectureId: string; sessionId: string }

const INTERVAL_MS = 5000
const HAVE_METADATA = 1

/** Requests made with it are finished by the browser even when the page is gone. */
export const keepaliveFetch =
  (send: typeof fetch): typeof fetch =>
  (input, init) =>
    send(input, { ...init, keepalive: true })

/** Keeps a student's position in a lecture and reports the seconds really watched, without knowing any page. */
export function createPlayerReporter(options: ReporterOptions): PlayerReporter {
  const { media, page, courseId, lectureId } = options
  const sessionId = randomName()
  const report = { courseId, lectureId, sessionId }
  const played = createPlayed()
  const watch = meterOf(options, played)
  const position = positionOf(options, report, played)

  const count = ({ seconds, segments }: Taken) =>
    options.analytics.trackTelemetry({ body: { ...report, watchTimeDelta: seconds, segments } })
  async function send() {
    watch.look()
    if (watch.played()) await Promise.all([position.save(), watch.take(count)])
  }
  const sendNow = () => void send()
  const sendIfHidden = () => {
    if (page?.visibilityState === 'hidden') sendNow()
  }
  const listeners: [Target | undefined, string, () => void][] = [
    ...(['timeupdate', 'play', 'ratechange', 'seeked'] as const).map((type): [Target, string, () => void] => [
      media,
      type,
      watch.look,
    ]),
    [media, 'seeking', watch.jump],
    [media, 'pause', sendNow],
    [media, 'ended', sendNow],
    [page, 'visibilitychange', sendIfHidden],
    [options.window, 'pagehide', sendNow],
  ]
  for (const [target, type, listener] of listeners) target?.addEventListener(type, listener)
  const timer = setInterval(sendNow, options.intervalMs ?? INTERVAL_MS)

  return {
    sessionId,
    report: send,
    restore: position.restore,
    async stop() {
      clearInterval(timer)
      for (const [target, type, listener] of listeners) target?.removeEventListener(type, listener)
      await send()
    },
  }
}

/**
 * Counts the seconds really watched and the stretches that were shown in them, and hands them out once; the stretches are
 * put to `played` as well.
 */
function meterOf({ media, now = Date.now }: ReporterOptions, played: Pick<Played, 'add'>) {
  let last: Look | undefined
  const unreported = createUnreported()
  let everPlayed = false
  return {
    /** What lies between here and the last look was not played. */
    jump: () => {
      last = undefined
    },
    look() {
      // The player stands where it was told to go already, and says so in an event that is still to come.
      if (media.seeking) last = undefined
      const seen = {
        atMs: now(),
        position: media.currentTime,
        rate: media.playbackRate,
        playing: !media.paused,
      }
      const shown = shownBetween(last, seen)
      if (shown !== undefined && last !== undefined) {
        played.add([round(shown[0]), round(shown[1])], last.rate, seen.atMs)
        unreported.add({ range: shown, rate: last.rate, seconds: watchedBetween(last, seen) })
      }
      // What a busy device plays while it shows nothing new comes with a later look, and in the time since this one.
      if (last === undefined || !standsStill(last, seen)) last = seen
      everPlayed ||= seen.playing
    },
    played: () => everPlayed,
    async take(report: (taken: Taken) => Promise<unknown>) {
      const taken = unreported.take()
      if (taken.seconds <= 0) return taken.putBack()
      // Sent again with the next report: the server counts no more than the time that passed.
      await report(taken).catch(taken.putBack)
    },
  }
}

const standsStill = (before: Look, after: Look) =>
  before.playing && after.playing && before.rate === after.rate && before.position === after.position

/** The position on the server: read once, and saved whenever it is another one or something was played. */
function positionOf(options: ReporterOptions, report: ReportOf, played: Pick<Played, 'take' | 'putBack'>) {
  const { media, progress, durationSeconds, now = Date.now } = options
  /** What the server has. Unknown until restored: until then saving would overwrite what was to be restored. */
  let saved: number | undefined
  let restored = false
  return {
    async restore() {
      const { watchTimes } = await progress.getProgress({ params: { courseId: report.courseId } })
      const second = resumeSecond(watchTimes[report.lectureId], durationSeconds)
      saved = round(second)
      restored = true
      if (second > 0) whenSeekable(media, () => (media.currentTime = second))
      return second
    },
    async save() {
      const watchTime = round(media.currentTime)
      // A player that lost its source stands at 0, which is nobody's position.
      if (!restored || media.readyState < HAVE_METADATA) return
      const stretches = played.take()
      if (stretches.length === 0) {
        if (watchTime === saved) return
        stretches.push({ ranges: [], rate: 1, atMs: now() })
      }
      saved = watchTime
      const told = await Promise.all(
        stretches.map((stretch) => tell(options, { ...report, watchTime }, stretch)),
      )
      // The next report says where the player stands then.
      if (told.some((fate) => fate !== 'told')) saved = undefined
      played.putBack(stretches.filter((_, i) => told[i] === 'untold'))
    },
  }
}

/** `kept`: by somebody who will tell it, or refused for good. */
async function tell(
  { progress, late }: ReporterOptions,
  position: ReportOf & { watchTime: number },
  { ranges, rate, atMs }: Stretch,
): Promise<'told' | 'kept' | 'untold'> {
  const report = { ...position, ...(ranges.length > 0 && { ranges, rate }) }
  // Before it is sent: a page that goes away never hears that it was lost.
  const kept = late?.keep(report, atMs)
  try {
    await progress.save({ body: { ...report, ...(kept && { clientTime: kept.clientTime }) } })
  } catch (error) {
    const isKept = isFinal(error) || kept !== undefined
    if (isFinal(error)) kept?.done()
    else kept?.wait()
    return isKept ? 'kept' : 'untold'
  }
  kept?.done()
  // Somebody listens again.
  void late?.send()
  return 'told'
}

/** Refused for what it says; not, as a device with a wrong clock is, for when. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiError &&
  [400, 403, 404, 409, 413].includes(error.status) &&
  !error.problem.errors?.some(({ field }) => field === 'body.clientTime')

/** A player without metadata ignores or forgets a position. */
function whenSeekable(media: Media, seek: () => void) {
  if (media.readyState >= HAVE_METADATA) return seek()
  const once = () => {
    media.removeEventListener('loadedmetadata', once)
    seek()
  }
  media.addEventListener('loadedmetadata', once)
}

/** To the millisecond. */
const round = (seconds: number) => Math.round(seconds * 1000) / 1000
