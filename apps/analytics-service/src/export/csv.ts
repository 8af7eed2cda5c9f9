/** RFC 4180: lines end in CRLF, cells are quoted where they have to be, and a quote within one is doubled. */
export const csvLine = (cells: readonly (string | number)[]) => `${cells.map(cellOf).join(',')}\r\n`

/** What a spreadsheet would take for a formula, and run. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const NEEDS_QUOTES = /[",\r\n]/

function cellOf(value: string | number): string {
  if (typeof value === 'number') return `${value}`
  // An apostrophe makes it text; a reader that is no spreadsheet sees one character more.
  const harmless = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
