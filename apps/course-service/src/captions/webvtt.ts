import { createCollector, unreadable, type Cue } from './cues.ts'
import { hasArrow, timeOf, timingOf } from './times.ts'

/** Of the settings of WebVTT §4.4 those that place a cue by numbers; regions and unknown words are dropped. */
const SAFE_SETTING =
  /^(?:vertical:(?:rl|lr)|line:(?:-?\d{1,3}|\d{1,3}(?:\.\d{1,3})?%)(?:,(?:start|center|end))?|position:\d{1,3}(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?|size:\d{1,3}(?:\.\d{1,3})?%|align:(?:start|center|end|left|right))$/

/** Undefined where none of them is kept. */
export function settingsOf(words: string[]): string | undefined {
  const kept = words.filter((word) => SAFE_SETTING.test(word)).join(' ')
  return kept === '' ? undefined : kept
}

/** Blocks that hold no captions (§4.1). */
const isAside = (line: string) => /^(?:NOTE|STYLE|REGION)(?:[ \t]|$)/.test(line)

/** WebVTT §6; unlike a browser, which drops what it cannot read, this refuses it. */
export function parseWebVtt(lines: string[]): Cue[] {
  const collected = createCollector()
  const skipBlock = (from: number) => {
    let n = from
    while (n < lines.length && lines[n] !== '' && !hasArrow(lines[n] ?? '')) n += 1
    return n
  }
  // The header ends with the first blank line, too.
  let n = skipBlock(1)
  while (n < lines.length) {
    const line = lines[n] ?? ''
    if (line === '') n += 1
    else if (isAside(line) && !hasArrow(line)) n = skipBlock(n)
    else {
      if (!hasArrow(line)) n += 1
      const timing = timingOf(lines[n] ?? '')
      if (timing === undefined) throw unreadable(expected, n + 1)
      const end = skipBlock(n + 1)
      const { rest, ...times } = timing
      const settings = settingsOf(rest)
      const text = plainText(lines.slice(n + 1, end).join('\n'))
      collected.add({ ...times, text, ...(settings === undefined ? {} : { settings }) }, n + 1)
      n = end
    }
  }
  return collected.done()
}

const expected = 'a time line such as “00:01.000 --> 00:02.500” is expected'

const references: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  lrm: '\u200e',
  rlm: '\u200f',
}

/** Cue text (§6.4) as plain text: a voice becomes its name, ruby text stands in brackets, other tags go. */
function plainText(text: string): string {
  return text
    .replace(/<v(?:\.[^\s<>]*)?\s([^<>]*)>/g, (_tag, name: string) => `${name.trim()}: `)
    .replace(/<rt>/g, '(')
    .replace(/<\/rt>/g, ')')
    .replace(/<[^>]*>?/g, '')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return references[String(name)] ?? whole
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal)
      const isScalar = code <= 0x10_ff_ff && !(code >= 0xd8_00 && code <= 0xdf_ff)
      return isScalar ? String.fromCodePoint(code) : '\ufffd'
    })
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
const escaped = (text: string) => text.replace(/[&<>]/g, (letter) => escapes[letter] ?? letter)

/** The only place where captions are written: whatever was sent, no tag and no second arrow comes out. */
export function writeWebVtt(cues: Cue[]): string {
  const blocks = cues.map(({ startSeconds, endSeconds, text, settings = '' }) => {
    const timing = `${timeOf(startSeconds)} --> ${timeOf(endSeconds)} ${settings}`.trimEnd()
    return `${timing}\n${escaped(text)}\n`
  })
  return ['WEBVTT\n', ...blocks].join('\n')
}
