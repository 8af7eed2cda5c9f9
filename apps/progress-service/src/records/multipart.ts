import { refuse } from './values.ts'

export type Part = { headers: Record<string, string>; bytes: Buffer }

const MOST_PARTS = 200

/** The boundary that a `multipart/mixed` content type names; undefined where it is another type. */
export function boundaryOf(contentType: string): string | undefined {
  const found = /^multipart\/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType,
  )
  if (found === null && /^multipart\/mixed/i.test(contentType))
    throw refuse('content-type', 'must name the boundary of its parts')
  return found?.[1] ?? found?.[2]
}

/** RFC 2046 §5.1; lines may also end with a line feed alone. */
export function partsOf(body: Buffer, boundary: string): Part[] {
  const delimiter = Buffer.from(`--${boundary}`)
  const found: Part[] = []
  let from = lineStart(body, delimiter, 0)
  if (from < 0) throw refuse('body', 'must have the boundary that its type names')
  for (;;) {
    const start = from + delimiter.length
    if (body.subarray(start, start + 2).toString() === '--') return found
    const next = lineStart(body, delimiter, start)
    if (next < 0) throw refuse('body', 'must end with its boundary')
    found.push(partIn(body.subarray(afterLine(body, start), next)))
    if (found.length > MOST_PARTS) throw refuse('body', `must have ${MOST_PARTS} parts at most`)
    from = next
  }
}

/** Where the delimiter stands at the beginning of a line. */
function lineStart(body: Buffer, delimiter: Buffer, from: number): number {
  let at = body.indexOf(delimiter, from)
  while (at > 0 && body[at - 1] !== 10) at = body.indexOf(delimiter, at + 1)
  return at
}
const afterLine = (body: Buffer, from: number) => body.indexOf(10, from) + 1

function partIn(bytes: Buffer): Part {
  const headers: Record<string, string> = {}
  let at = 0
  for (;;) {
    const end = bytes.indexOf(10, at)
    if (end < 0) throw refuse('body', 'must have an empty line after the headers of each part')
    const line = bytes.subarray(at, end).toString().trim()
    at = end + 1
    if (line === '') break
    const colon = line.indexOf(':')
    if (colon < 1) throw refuse('body', 'must have a name and a value in each header of a part')
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim()
  }
  // The end of the line before a delimiter belongs to the delimiter.
  const end = bytes.at(-2) === 13 ? bytes.length - 2 : bytes.length - 1
  return { headers, bytes: bytes.subarray(at, Math.max(at, end)) }
}

/** The same the other way round. */
export function written(parts: Part[], boundary: string): Buffer {
  const pieces = parts.flatMap(({ headers, bytes }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return [Buffer.from(`--${boundary}\r\n${lines.join('')}\r\n`), bytes, Buffer.from('\r\n')]
  })
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}
