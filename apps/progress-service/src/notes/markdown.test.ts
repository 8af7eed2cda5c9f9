import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, asyncProperty, constantFrom, option, record, string } from 'fast-check'
import { clock, markdownOf } from './markdown.ts'

type Written = { lectureId: string; lectureTitle: string; second: number; text?: string }
const note = (more: Partial<Written>): Written => ({
  lectureId: 'a',
  lectureTitle: 'Sets',
  second: 62,
  ...more,
})
async function written(title: string, ...batches: Written[][]) {
  let text = ''
  async function* all() {
    yield* batches
  }
  for await (const part of markdownOf(title, all())) text += part
  return text
}

test('a course is a heading, each of its lectures one below it, each note a quotation under its second', async () => {
  const text = await written(
    'Algebra',
    [note({ text: 'What a set is.\nAnd what not.' }), note({ second: 3723 })],
    [note({ second: 3724, text: 'Last' }), note({ lectureId: 'b', lectureTitle: 'Groups', text: '1' })],
  )
  const expected = [
    '# Algebra\n',
    '## Sets\n',
    '**1:02**\n',
    '> What a set is.  ',
    '> And what not.\n',
    '**1:02:03** Bookmark\n',
    '**1:02:04**\n',
    '> Last\n',
    '## Groups\n',
    '**1:02**\n',
    '> 1\n',
  ]
  assert.equal(text, expected.join('\n'))
})

test('a position is read as on the clock of the player', () => {
  assert.deepEqual([0, 9.99, 60, 3599, 3600, 360_000].map(clock), [
    '0:00',
    '0:09',
    '1:00',
    '59:59',
    '1:00:00',
    '100:00:00',
  ])
})

test('what looks like Markdown in a note is text', async () => {
  const lines = [
    '# no heading',
    '- no list',
    '12. none',
    '===',
    '    no code',
    '[no](x) `link`',
    '',
    'a & b < c',
  ]
  const text = await written('x', [note({ text: lines.join('\n') })])
  assert.deepEqual(text.split('\n').slice(6, -1), [
    '> \\# no heading  ',
    '> \\- no list  ',
    '> 12\\. none  ',
    '> \\===  ',
    '> &nbsp;&nbsp;&nbsp;&nbsp;no code  ',
    '> \\[no\\](x) \\`link\\`  ',
    '>  ',
    '> a &amp; b &lt; c',
  ])
})

/** Of what breaks out of things. */
const piece = constantFrom(
  ...[
    '\n',
    '\r',
    '\r\n',
    '\u2028',
    '\u0085',
    '\v',
    '\f',
    '\0',
    '\t',
    '    ',
    ' ',
    '#',
    '# x',
    '> ',
    '- ',
    '1. ',
    '===',
  ],
  ...[
    '```',
    '~~~',
    '</blockquote>',
    '<h1>',
    '<!--',
    ']]>',
    '[x]: y',
    '**',
    '__',
    '|-|',
    '&lt;',
    '\\',
    '$$',
    'word',
  ],
)
const hostile = array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
const anyNote = record({ lectureTitle: hostile, text: option(hostile, { nil: '' }), more: string() })

test('whatever a note or a title says: nothing of it is outside of its block, and nothing of it is markup', async () => {
  const rule = asyncProperty(hostile, array(anyNote, { maxLength: 4 }), async (title, notes) => {
    const batch = notes.map(({ lectureTitle, text, more }, i) =>
      note({ lectureId: String(i), lectureTitle, text: text + more }),
    )
    const lines = (await written(title, batch)).split('\n')
    assert.equal(lines.filter((line) => /^# \S/.test(line)).length, 1)
    assert.equal(lines.filter((line) => /^## \S/.test(line)).length, notes.length)
    assert.equal(lines.filter((line) => line === '**1:02**').length, notes.length)
    const others = lines.filter((line) => !/^##? \S|^\*\*1:02\*\*$|^>( |$)|^$/.test(line))
    assert.deepEqual(others, [])
    for (const line of lines) {
      const said = line.replace(/^(##?|>)( |$)|^\*\*1:02\*\*$/, '')
      assert.doesNotMatch(
        said,
        /[<>\r\v\f\0\u0085\u2028\u2029]|(?<!\\)(\\\\)*[`*_[\]#~|$]|&(?!amp;|lt;|gt;|nbsp;)/,
      )
      if (line.startsWith('>')) assert.doesNotMatch(said, /^[-+=\t]|^ {2}\S|^\d+[.)]/)
    }
  })
  await holds(rule)
})
