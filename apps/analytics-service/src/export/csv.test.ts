import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { csvLine } from './csv.ts'

/** RFC 4180 as it is written, without any leniency. */
function readLine(line: string): string[] {
  const cells: string[] = []
  let rest = line
  for (;;) {
    const [whole, quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|\r\n)/.exec(rest) ?? []
    if (whole === undefined) throw new Error(`no cell begins with ${rest}`)
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    rest = rest.slice(whole.length)
    if (rest === '\r\n') return cells
    assert.equal(rest[0], ',')
    rest = rest.slice(1)
  }
}

test('whatever is written, a reader of RFC 4180 reads the same cells, but for an apostrophe before a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...',"\r\n=+-@\t \'a') }),
  )
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (cells) => {
      const read = readLine(csvLine(cells))
      assert.equal(read.length, cells.length)
      for (const [i, cell] of cells.entries())
        assert.ok(read[i] === cell || read[i] === `'${cell}`, JSON.stringify([cell, read[i]]))
    }),
  )
})

test('no text begins as a formula does', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
    const [cell] = readLine(csvLine([`${start}HYPERLINK("http://evil.example","x")`]))
    assert.equal(cell?.[0], "'", start)
  }
  assert.equal(csvLine(['Sets', 'a=b', -1.5, 0]), 'Sets,a=b,-1.5,0\r\n')
})
