import type { Note } from '@aetherlearn/contracts/progress/notes'

/** What ends a line, in Markdown or in programs that show it. */
const LINE_END = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/
// eslint-disable-next-line no-control-regex -- These are what it is about.
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f]/g
const MARKUP = /[\\`*_[\]#~|$]/g

/** Text that means itself: no character of it is Markdown or HTML. */
const literal = (text: string) =>
  text
    .replace(CONTROL, '')
    .replace(MARKUP, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')

/** What would be a list, a rule or an underline at the beginning of a line; an indent would make it code. */
const literalLine = (line: string) =>
  literal(line)
    .replace(/^[ \t]+/, (indent) => '&nbsp;'.repeat(indent.replaceAll('\t', '    ').length))
    .replace(/^((?:&nbsp;)*)([-+=])/, '$1\\$2')
    .replace(/^((?:&nbsp;)*\d+)([.)])/, '$1\\$2')
    .trimEnd()

/** Every line begins with the mark of a quotation, so nothing in it is outside of its block. */
const quoted = (text: string) =>
  text
    .split(LINE_END)
    .map((line) => `> ${literalLine(line)}`.trimEnd())
    // Two spaces: the next line is a line of its own.
    .join('  \n')

const oneLine = (text: string) =>
  literal(text.split(LINE_END).join(' ').replace(CONTROL, '').replace(/\s+/g, ' ').trim())

/** `1:02`, `1:00:02`. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (count: number) => String(count).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

type Written = Pick<Note, 'lectureId' | 'lectureTitle' | 'second' | 'text'>

const blockOf = ({ second, text }: Written) =>
  text === undefined ? `**${clock(second)}** Bookmark\n` : `**${clock(second)}**\n\n${quoted(text)}\n`

/** Notes of one course as Markdown, a part for each batch: a heading for each lecture, each note a quotation. */
export async function* markdownOf(courseTitle: string, batches: AsyncIterable<Written[]>) {
  yield `# ${oneLine(courseTitle) || 'Notes'}\n`
  let lectureId = ''
  for await (const notes of batches) {
    const parts = notes.map((note) => {
      const heading = note.lectureId === lectureId ? '' : `\n## ${oneLine(note.lectureTitle) || 'Lecture'}\n`
      lectureId = note.lectureId
      return `${heading}\n${blockOf(note)}`
    })
    yield parts.join('')
  }
}
