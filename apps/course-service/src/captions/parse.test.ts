import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '@aetherlearn/service-kit/errors'
import fc from 'fast-check'
import { cleanText, inOrder, type Cue } from './cues.ts'
import { parseCaptions } from './parse.ts'
import { writeWebVtt } from './webvtt.ts'

const read = (text: string) => parseCaptions(Buffer.from(text))
const short = (text: string) =>
  read(text).map(({ startSeconds, endSeconds, text: said }) => `${startSeconds}-${endSeconds} ${said}`)
const detailOf = (bytes: string | Buffer) => {
  try {
    parseCaptions(Buffer.from(bytes))
  } catch (error) {
    if (error instanceof Failure && error.code === 'CAPTIONS_UNREADABLE') return error.options.detail
    throw error
  }
  return 'was read'
}

test('SubRip is read as it is found: marks, CRLF, missing numbers and blank lines, tags', () => {
  const file = [
    '\ufeff1',
    '00:00:01,000 --> 00:00:02,500 X1:10 X2:20',
    '<i>Hello</i> <font color="#fff">there</font>,',
    '{\\an8}a < b & c --> d',
    '',
    '00:00:03.5-->0:0:04',
    'no number',
    '7',
    '00:00:05,000 --> 00:00:06,000',
    'two',
    '',
    'paragraphs',
    '',
    '8',
    '00:00:07,000 --> 00:00:08,000',
    '',
  ]
  for (const end of ['\r\n', '\n', '\r']) {
    assert.deepEqual(short(file.join(end)), [
      '1-2.5 Hello there,\na < b & c --> d',
      '3.5-4 no number',
      '5-6 two\nparagraphs',
    ])
  }
})

test('WebVTT is read without its asides, its tags and what is not known of its settings', () => {
  const cues = read(`WEBVTT - Sets
X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

STYLE
::cue { color: red; background: url(https://example.org/) }

REGION
id:top

NOTE all of this
is left out

intro
00:01.000 --> 01:00:02.000 align:start position:10%,line-left line:-1 region:top onclick:alert(1)
<v.loud Ana María>Hi <b>all</b> <00:00:01.500><c.x>now</c></v>
&lt;script&gt; &amp;amp; &#65;&#x42; &nbsp;&unknown;

00:03.000 --> 00:04.000
<ruby>漢<rt>かん</rt></ruby><script>alert(1)</script`)
  assert.deepEqual(cues, [
    {
      startSeconds: 1,
      endSeconds: 3602,
      text: 'Ana María: Hi all now\n<script> &amp; AB &unknown;',
      settings: 'align:start position:10%,line-left line:-1',
    },
    { startSeconds: 3, endSeconds: 4, text: '漢(かん)alert(1)' },
  ])
})

const ttml = (body: string, parameters = '') => `<?xml version="1.0"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="en" ${parameters}>
<head><metadata><ttm:title>Not said</ttm:title></metadata></head>${body}</tt>`

test('TTML is read with nested times in all units, breaks and spans', () => {
  const parameters = 'ttp:frameRate="30" ttp:frameRateMultiplier="1000 1001" ttp:tickRate="10"'
  const file = ttml(
    `<body begin="10s"><div begin="00:00:01.5" end="60s">
      <p begin="0.5s" dur="1s">One<br/>two <span tts:x="y" xmlns:tts="z">three
        four</span><metadata>not said</metadata></p>
      <p xml:id="x" begin="00:00:30:15" end="500ms">ends first</p>
    </div></body>`,
    parameters,
  )
  assert.equal(detailOf(file), 'Line 7: this caption ends before it begins')
  const timed = (times: string) => short(ttml(`<body><p ${times}>x</p></body>`, parameters))[0]
  assert.equal(timed('begin="00:00:01:15" end="00:00:03:00"'), '1.501-3 x')
  assert.equal(timed('begin="10t" end="25t"'), '1-2.5 x')
  assert.equal(timed('begin="30f" end="0.1m"'), '1.001-6 x')
  assert.equal(timed('begin="1500ms" end="0.001h"'), '1.5-3.6 x')
  const nested = file.replace('end="500ms"', 'end="45s"')
  assert.deepEqual(short(nested), ['12-13 One\ntwo three four', '42.001-56.5 ends first'])
  const spans = `<body><p begin="1s" end="9s">all <span begin="1s" end="2s">late &lt;b&gt;</span><![CDATA[ <i>]]></p></body>`
  assert.deepEqual(short(ttml(spans)), ['1-9 all <i>', '2-3 late <b>'])
})

test('of a TTML file no document type is taken, and no entity grows', () => {
  const bomb = `<!DOCTYPE tt [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${ttml('&b;').slice(22)}`
  assert.match(detailOf(bomb) ?? '', /a document type is not taken here/)
  const outside = `<!DOCTYPE tt SYSTEM "file:///etc/passwd">${ttml('').slice(22)}`
  assert.match(detailOf(outside) ?? '', /a document type is not taken here/)
  assert.match(detailOf(ttml('<body><p begin="0s" end="1s">&a;</p></body>')) ?? '', /no well-formed XML/)
  assert.match(detailOf(ttml('<div>'.repeat(100))) ?? '', /nested too deeply/)
})

test('captions are in the order of their times, whatever their order in the file, and may be shown at once', () => {
  const file =
    '00:00:05,000 --> 00:00:06,000\nc\n\n00:00:01,000 --> 00:00:09,000\nb\n\n00:00:01,000 --> 00:00:02,000\na'
  assert.deepEqual(short(file), ['1-2 a', '1-9 b', '5-6 c'])
})

test('UTF-8 and UTF-16 are understood, other encodings are refused', () => {
  const text = '1\n00:00:01,000 --> 00:00:02,000\nÀ bientôt, 世界 🎓\n'
  const little = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const bytes of [Buffer.from(`\ufeff${text}`), little, Buffer.from(little).swap16()]) {
    assert.equal(parseCaptions(bytes)[0]?.text, 'À bientôt, 世界 🎓')
  }
  assert.match(detailOf(Buffer.from(text.slice(0, 40), 'latin1')) ?? '', /no UTF-8 text/)
  assert.match(detailOf(Buffer.from('1\n00:00', 'utf16le')) ?? '', /^Line 1: this is no text/)
})

test('what is no file of captions is refused with the line at which that shows', () => {
  const faults: [string, RegExp][] = [
    ['', /no captions in this file/],
    ['WEBVTT\n\nNOTE nothing\n', /no captions in this file/],
    ['Dear students,\nwelcome', /^Line 1: a time line such as/],
    ['{"captions":[]}', /^Line 1: a time line/],
    ['<html><body>no</body></html>', /^Line 1: this is XML, but no TTML/],
    ['1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:00:05,000 -> 00:00:06,000\nb', /^Line 6: a time line/],
    ['1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n00:61:00,000 --> 00:62:00,000\nb', /^Line 6: a time line/],
    ['1\n00:00:05,000 --> 00:00:02,000\na', /^Line 2: this caption ends before it begins/],
    ['1\n00:00:05,000 --> 12:00:00,001\na', /^Line 2: .* 12 hours/],
    ['WEBVTT\n\nlost words\nmore of them', /^Line 4: a time line/],
    ['WEBVTT\n\n00:00:01.000 --> soon\nb', /^Line 3: a time line/],
    [`1\n00:00:01,000 --> 00:00:02,000\n${'a'.repeat(2001)}`, /^Line 2: .* 2000 characters/],
    [ttml('<body><p begin="1s">for ever</p></body>'), /^Line 4: this caption has no end/],
    [ttml('<body><p begin="soon">x</p></body>'), /^Line 4: “soon” is no time/],
    [ttml('<body timeContainer="seq"/>'), /"seq" is not read here/],
    [ttml('', 'ttp:timeBase="clock"'), /"clock" is not read here/],
    [ttml('<body>').replace('</tt>', ''), /no well-formed XML/],
  ]
  for (const [file, detail] of faults) assert.match(detailOf(file) ?? '', detail, file.slice(0, 80))
  const many = (count: number) => '00:01.000 --> 00:02.000\na\n\n'.repeat(count)
  assert.equal(read(`WEBVTT\n\n${many(20_000)}`).length, 20_000)
  assert.match(detailOf(`WEBVTT\n\n${many(20_001)}`) ?? '', /more than 20000 captions/)
})

test('files made to take long are judged as quickly as others', () => {
  const size = 2 * 1024 * 1024
  const timing = '1\n00:00:01,000 --> 00:00:02,000\n'
  const fill = (start: string, part: string) =>
    start + part.repeat(Math.floor((size - start.length) / part.length))
  const files = [
    fill(timing, '<i '),
    fill(timing, '{\\'),
    fill(timing, ' '),
    fill(timing, '-->'),
    fill('', '1\n'),
    fill('', '\n'),
    fill('', '0'),
    fill('WEBVTT\n\n00:01.000 --> 00:02.000\n', '<v '),
    fill('WEBVTT\n\n00:01.000 --> 00:02.000\n', '<v a<'),
    fill('WEBVTT\n\n00:01.000 --> 00:02.000 ', 'line:1 '),
    fill('WEBVTT\n\n', '&#1;'),
    fill('', '<'),
    fill('<tt xmlns="http://www.w3.org/ns/ttml"><body><p begin="0s" end="1s">', '<br/>'),
    fill('<tt xmlns="http://www.w3.org/ns/ttml" a="', ' '),
  ]
  for (const file of files) {
    const began = performance.now()
    detailOf(file)
    const millis = performance.now() - began
    assert.ok(millis < 8000, `${JSON.stringify(file.slice(-10))}: ${Math.round(millis)} ms`)
  }
})

const cue = fc
  .record({
    start: fc.integer({ min: 0, max: 43_000_000 }),
    length: fc.integer({ min: 1, max: 200_000 }),
    text: fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'<>&/-: \n\r\t0123abv;#'), maxLength: 60 }),
    ),
    settings: fc.option(fc.constantFrom('align:start', 'line:-1 position:10%'), { nil: undefined }),
  })
  .map(({ start, length, text, settings }): Cue => {
    const times = { startSeconds: start / 1000, endSeconds: (start + length) / 1000 }
    return { ...times, text: cleanText(text), ...(settings === undefined ? {} : { settings }) }
  })
  .filter(({ text }) => text !== '')

test('what is written reads back as the same captions, and no tag, arrow or blank line comes out of a text', () => {
  fc.assert(
    fc.property(fc.array(cue, { minLength: 1, maxLength: 12 }), (given) => {
      const written = writeWebVtt(inOrder(given))
      assert.deepEqual(read(written), inOrder(given))
      assert.equal(written.split('-->').length - 1, given.length)
      assert.ok(!/<|&(?!amp;|lt;|gt;)/.test(written.replace(/ --> /g, '')))
    }),
  )
})

test('whatever bytes are sent, they are read or refused', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(
        fc.constantFrom(
          '1',
          '\n',
          '00:00:01,000',
          ' --> ',
          '00:00:02.000',
          '<p begin="1s">',
          'x',
          '&',
          '<',
          '>',
        ),
        {
          maxLength: 60,
        },
      )
      .chain((parts) =>
        fc
          .constantFrom('', 'WEBVTT\n\n', '<tt xmlns="http://www.w3.org/ns/ttml">')
          .map((start) => Buffer.from(start + parts.join(''))),
      ),
  )
  fc.assert(
    fc.property(anything, (bytes) => void detailOf(bytes)),
    { numRuns: 500 },
  )
})
