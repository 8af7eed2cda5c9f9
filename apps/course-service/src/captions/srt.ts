import { createCollector, unreadable, type Cue } from './cues.ts'
import { timingOf } from './times.ts'

const INDEX = /^\s*\d+\s*$/
/** What wants to be a time line; an arrow after words is text. */
const WRONG_TIME = /^(?:\d{1,2}:\d{2}:\d{2}[.,]\d|[\d:., -]*-->)/
/** The few tags that SubRip files hold, and the placing of SubStation Alpha; any other `<` is text. */
const TAGS = /<\/?(?:i|b|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}]*\}/gi

/**
 * SubRip has no standard: the time lines are what can be relied upon. What stands between two of them is text, but for the
 * number right before the second one; numbers and blank lines may be missing.
 */
export function parseSrt(lines: string[]): Cue[] {
  const collected = createCollector()
  const timings = lines.flatMap((line, n) => {
    const timing = timingOf(line)
    return timing === undefined ? [] : [{ begin: n, timing }]
  })
  assertOnlyNumbers(lines.slice(0, timings[0]?.begin ?? lines.length))
  for (const [nth, { begin, timing }] of timings.entries()) {
    const next = timings[nth + 1]?.begin
    const end = next === undefined ? lines.length : numbered(lines, next) ? next - 1 : next
    const body = lines.slice(begin + 1, Math.max(begin + 1, end))
    const wrong = body.findIndex((line) => WRONG_TIME.test(line.trimStart().slice(0, 60)))
    if (wrong !== -1) throw unreadable(expected, begin + 2 + wrong)
    const { startSeconds, endSeconds } = timing
    collected.add({ startSeconds, endSeconds, text: body.join('\n').replace(TAGS, '') }, begin + 1)
  }
  return collected.done()
}

const expected = 'a time line such as “00:00:01,000 --> 00:00:02,500” is expected'

const numbered = (lines: string[], timeLine: number) => INDEX.test(lines[timeLine - 1] ?? '')

function assertOnlyNumbers(lines: string[]) {
  const wrong = lines.findIndex((line) => line.trim() !== '' && !INDEX.test(line))
  if (wrong !== -1) throw unreadable(`${expected}; SubRip, WebVTT and TTML are read here`, wrong + 1)
}
