/**
 * The canonical JSON of RFC 8785: the same bytes for the same value, whoever wrote it in whatever order. Throws for what
 * JSON cannot say, and for halves of characters.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value} like ${String(value)}`)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    // By UTF-16 code units, as `<` compares.
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${text(name)}:${canonicalJson(member)}`).join()}}`
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('JSON text has whole characters only')
  return JSON.stringify(value)
}
