import { unreadable } from './cues.ts'

/** How a TTML file counts: the `ttp:` attributes of its root (TTML2 §7.2). */
export type Clock = { framesPerSecond: number; subFrames: number; ticksPerSecond: number }
export type Interval = { begin: number; end: number }

const positive = (text: string | undefined) => {
  const value = Number(text)
  return text !== undefined && Number.isFinite(value) && value > 0 ? value : undefined
}

/** Files that count by the clock on the wall say nothing about a video. */
export function clockOf(parameter: (name: string) => string | undefined, line: number): Clock {
  if (parameter('timeBase') === 'clock') throw unreadable('ttp:timeBase="clock" is not read here', line)
  const rate = positive(parameter('frameRate'))
  const [over, under] = (parameter('frameRateMultiplier') ?? '1 1').split(/[\s:]+/).map(positive)
  const framesPerSecond = ((rate ?? 30) * (over ?? 1)) / (under ?? 1)
  const subFrames = positive(parameter('subFrameRate')) ?? 1
  const ticks = rate === undefined ? 1 : framesPerSecond * subFrames
  return { framesPerSecond, subFrames, ticksPerSecond: positive(parameter('tickRate')) ?? ticks }
}

const CLOCK = /^(\d{2,4}):(\d{2}):(\d{2})(?:(\.\d{1,9})|:(\d{2,4})(?:\.(\d{1,9}))?)?$/
const OFFSET = /^(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|s|f|t)$/

/** A time expression (TTML2 §12.3.1) in seconds. */
export function secondsIn(clock: Clock, text: string, line: number): number {
  const [isClock, hours, minutes, seconds, fraction = '0', frames = '0', subFrames = '0'] =
    CLOCK.exec(text.trim()) ?? []
  if (isClock !== undefined && Number(minutes) < 60 && Number(seconds) <= 60) {
    const framed = Number(frames) + Number(subFrames) / clock.subFrames
    const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    return whole + Number(fraction) + framed / clock.framesPerSecond
  }
  const [isOffset, amount, unit] = OFFSET.exec(text.trim()) ?? []
  if (isOffset === undefined) throw unreadable(`“${text.slice(0, 40)}” is no time`, line)
  const lengths: Record<string, number> = {
    h: 3600,
    m: 60,
    s: 1,
    ms: 0.001,
    f: 1 / clock.framesPerSecond,
    t: 1 / clock.ticksPerSecond,
  }
  return Number(amount) * (lengths[unit ?? ''] ?? 0)
}

type Times = { begin?: string | undefined; end?: string | undefined; dur?: string | undefined }

/** When an element is shown: its times count from where its parent begins, and it ends with that at the latest. */
export function intervalIn(clock: Clock, parent: Interval, times: Times, line: number): Interval {
  const [begin = 0, end = Infinity, dur = Infinity] = [times.begin, times.end, times.dur].map((text) =>
    text === undefined ? undefined : secondsIn(clock, text, line),
  )
  const start = parent.begin + begin
  return { begin: start, end: Math.min(parent.end, parent.begin + end, start + dur) }
}
