import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '@aetherlearn/service-kit/errors'
import { manifestIn, readManifest } from './manifest.ts'
import { cmi5, scorm12, scorm2004 } from './packages.fixture.ts'
import { withParameters } from './scorm.ts'

const read = (file: string, text: string | Buffer, paths: string[]) =>
  readManifest(file, Buffer.from(text), new Set(paths))
const ofScorm12 = ['content/lesson one/index.html', 'content/handout.pdf']
const refusalOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === 'PACKAGE_UNREADABLE', String(error))
    return error.message
  }
  return assert.fail('It was taken')
}

test('SCORM 1.2: what the default organization opens, with bases, parameters, mastery and launch data', () => {
  assert.deepEqual(read('imsmanifest.xml', scorm12, ofScorm12), {
    standard: 'scorm-1.2',
    title: 'Fire & safety',
    items: [
      {
        itemId: 'I1a',
        title: 'Lesson one',
        launch: 'content/lesson%20one/index.html?a=1&level=2#top',
        reports: true,
        masteryScore: 0.8,
        launchData: 'hello',
      },
      // The file is spelt otherwise: packages made on Windows are like that.
      { itemId: 'I2', title: 'Handout', launch: 'content/handout.pdf', reports: false },
    ],
  })
})

test('SCORM 2004: the measure of the primary objective is the score that passes', () => {
  const { standard, items } = read('imsmanifest.xml', scorm2004, ['index.html'])
  assert.deepEqual([standard, items[0]?.masteryScore, items[0]?.reports], ['scorm-2004', 0.6, true])
})

test('cmi5: units inside blocks and on other servers, with moveOn and mastery', () => {
  const { title, items } = read('cmi5.xml', cmi5, ['one.html'])
  assert.equal(title, 'Physics')
  assert.deepEqual(items, [
    {
      itemId: 'https://school.test/au/1',
      title: 'One',
      launch: 'one.html?x=1',
      reports: true,
      moveOn: 'CompletedAndPassed',
      masteryScore: 0.75,
      launchData: '{"a":1}',
    },
    {
      itemId: 'https://school.test/au/2',
      title: 'Two',
      launch: 'https://else.test/two',
      reports: true,
      moveOn: 'NotApplicable',
    },
  ])
})

test('parameters join an address as SCORM says, whatever they begin with', () => {
  const joined = [
    ['a.html', '?x=1'],
    ['a.html?y=2', '&x=1'],
    ['a.html?y=2#end', 'x=1'],
    ['a.html', '#part'],
    ['a.html', '?&'],
  ].map(([launch = '', parameters]) => withParameters(launch, parameters))
  assert.deepEqual(joined, ['a.html?x=1', 'a.html?y=2&x=1', 'a.html?y=2&x=1#end', 'a.html#part', 'a.html'])
})

test('a manifest is read in the encoding that it says it has', () => {
  const text = scorm2004.replace('Optics', 'Größe')
  const latin = Buffer.from(text.replace('?>', ' encoding="ISO-8859-1"?>'), 'latin1')
  const wide = Buffer.from(`\uFEFF${text}`, 'utf16le')
  for (const bytes of [latin, wide])
    assert.equal(read('imsmanifest.xml', bytes, ['index.html']).title, 'Größe')
})

test('entities that grow or name files of ours are refused before they are read', () => {
  const laughs = `<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>`
  const inside = `<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>`
  for (const doctype of [laughs, inside]) {
    const text = scorm2004.replace('<manifest', `${doctype}<manifest`).replace('Optics', '&x;')
    assert.match(
      refusalOf(() => read('imsmanifest.xml', text, ['index.html'])),
      /document type/,
    )
  }
  const deep = scorm2004.replace('Optics', `${'<b>'.repeat(500)}${'</b>'.repeat(500)}`)
  assert.match(
    refusalOf(() => read('imsmanifest.xml', deep, ['index.html'])),
    /too much/,
  )
})

test('each mistake in a package is named, with what to do about it', () => {
  const at = (paths: string[]) => refusalOf(() => manifestIn(new Set(paths)))
  assert.match(at(['Course/imsmanifest.xml', 'Course/a.html']), /folder “Course”.*what is in that folder/)
  assert.match(at(['IMSManifest.xml']), /small letters/)
  assert.match(at(['tincan.xml']), /Export it as cmi5/)
  assert.match(at(['a.html']), /no imsmanifest\.xml or cmi5\.xml/)
  const faulty: [string, RegExp][] = [
    [scorm2004.replace('index.html', 'gone.html'), /“gone\.html”, which is not in the package/],
    [scorm2004.replace('index.html', '../../index.htm'), /not in the package/],
    [scorm2004.replace('index.html', 'https://else.test/a'), /outside the package/],
    [scorm2004.replace('index.html', 'javascript:alert(1)'), /outside the package/],
    [
      scorm2004
        .replace('2004 4th Edition', '3.0')
        .replaceAll('adlcp_v1p3', 'x')
        .replaceAll('imscp_v1p1', 'y'),
      /“3\.0”/,
    ],
    [scorm2004.replace('</manifest>', ''), /line 11: .*no well-formed XML/],
  ]
  for (const [text, why] of faulty) {
    assert.match(
      refusalOf(() => read('imsmanifest.xml', text, ['index.html'])),
      why,
    )
  }
  const units: [string, RegExp][] = [
    [cmi5.replace('https://else.test', 'http://else.test'), /https/],
    [cmi5.replace('CompletedAndPassed', 'Later'), /“Later” for moveOn/],
    [cmi5.replace('0.75', '75'), /no score from 0 to 1/],
    [cmi5.replace('au/2', 'au/1'), /same identifier/],
    [cmi5.replaceAll('<au', '<un').replaceAll('</au>', '</un>'), /nothing that could be opened/],
  ]
  for (const [text, why] of units)
    assert.match(
      refusalOf(() => read('cmi5.xml', text, ['one.html'])),
      why,
    )
})
