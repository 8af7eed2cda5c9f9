import sax, { type QualifiedTag } from 'sax'
import { createCollector, unreadable, type Cue } from './cues.ts'
import { clockOf, intervalIn, type Clock, type Interval } from './ttml-times.ts'

/** Of TTML and of the drafts before it. */
const NAMESPACE = /^http:\/\/www\.w3\.org\/(?:ns\/ttml|2006\/(?:04|10)\/ttaf1)$/
/** Elements whose text is shown, or holds some that is. */
const SHOWN = new Set(['tt', 'body', 'div', 'p', 'span', 'br'])
const TIMED = ['begin', 'end', 'dur'] as const
const MAX_DEPTH = 50

type Block = Interval & { text: string; line: number }
type Level = Interval & {
  /** False for metadata, styles and whatever is not known here, with all that they hold. */
  isShown: boolean
  keepsSpace: boolean
  /** What its text is added to: that of the paragraph, or of the nearest part of it with times of its own. */
  block: Block | undefined
}

/**
 * TTML, as far as it is text at times: nested times, all their units, `span` and `br`. Where and how it is shown is left
 * out. No document type is taken, so that a file cannot declare entities of its own.
 */
export function parseTtml(text: string): Cue[] {
  const collected = createCollector()
  const blocks: Block[] = []
  const levels: Level[] = []
  let clock: Clock | undefined
  const parser = sax.parser(true, { xmlns: true })
  const lineNow = () => parser.line + 1
  parser.onerror = ({ message }) => {
    throw unreadable(`this is no well-formed XML: ${message.split('\n')[0] ?? ''}`, lineNow())
  }
  parser.ondoctype = () => {
    throw unreadable('a document type is not taken here', lineNow())
  }
  parser.onopentag = (tag) => {
    if (!isQualified(tag)) return
    clock ??= clockOfRoot(tag, lineNow())
    const level = levelOf(tag, levels.at(-1), clock, lineNow())
    if (levels.length === MAX_DEPTH) throw unreadable('elements are nested too deeply', lineNow())
    levels.push(level)
    if (level.block !== undefined && level.block !== levels.at(-2)?.block) blocks.push(level.block)
    if (tag.local === 'br' && level.isShown && level.block !== undefined) level.block.text += '\n'
  }
  const addText = (said: string) => {
    const level = levels.at(-1)
    if (level?.isShown !== true || level.block === undefined) return
    level.block.text += level.keepsSpace ? said : said.replace(/\s+/g, ' ')
  }
  parser.ontext = addText
  parser.oncdata = addText
  parser.onclosetag = () => levels.pop()
  parser.write(text).close()
  for (const { begin, end, text: said, line } of blocks) {
    if (said.trim() === '') continue
    if (!Number.isFinite(end)) throw unreadable('this caption has no end', line)
    collected.add({ startSeconds: begin, endSeconds: end, text: said }, line)
  }
  return collected.done()
}

const isQualified = (tag: object): tag is QualifiedTag => 'local' in tag

function clockOfRoot(tag: QualifiedTag, line: number): Clock {
  if (tag.local !== 'tt' || !NAMESPACE.test(tag.uri)) {
    throw unreadable('this is XML, but no TTML', line)
  }
  return clockOf((name) => attributeOf(tag, name, `${tag.uri}#parameter`), line)
}

function attributeOf(tag: QualifiedTag, name: string, uri = ''): string | undefined {
  return Object.values(tag.attributes).find((one) => one.local === name && one.uri === uri)?.value
}

const XML = 'http://www.w3.org/XML/1998/namespace'
const root: Level = { begin: 0, end: Infinity, isShown: true, keepsSpace: false, block: undefined }

function levelOf(tag: QualifiedTag, parent: Level = root, clock: Clock, line: number): Level {
  const space = attributeOf(tag, 'space', XML)
  const keepsSpace = space === undefined ? parent.keepsSpace : space === 'preserve'
  const isShown = parent.isShown && SHOWN.has(tag.local) && NAMESPACE.test(tag.uri)
  if (!isShown) return { ...parent, isShown }
  if (attributeOf(tag, 'timeContainer') === 'seq') {
    throw unreadable('timeContainer="seq" is not read here', line)
  }
  const [begin, end, dur] = TIMED.map((name) => attributeOf(tag, name))
  const interval = intervalIn(clock, parent, { begin, end, dur }, line)
  const hasTimes = [begin, end, dur].some((time) => time !== undefined)
  const isBlock = tag.local === 'p' || (parent.block !== undefined && tag.local === 'span' && hasTimes)
  const block = isBlock ? { ...interval, text: '', line } : parent.block
  return { ...interval, isShown, keepsSpace, block }
}
