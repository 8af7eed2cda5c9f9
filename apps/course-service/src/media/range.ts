import { fail } from '@aetherlearn/service-kit/errors'
import type { ByteRange } from '@aetherlearn/service-kit/objects/store'

const SINGLE = /^bytes=(\d*)-(\d*)$/

/**
 * The one range of a Range header (RFC 9110 §14.2). Undefined for none, and for forms that we may ignore: other units,
 * several ranges. Throws RANGE_NOT_SATISFIABLE for a range outside the file.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = SINGLE.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Number(last)
    if (length === 0) throw fail('RANGE_NOT_SATISFIABLE')
    return { start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 }
  }
  const start = Number(first)
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (start >= sizeBytes) throw fail('RANGE_NOT_SATISFIABLE')
  // An end before its start makes the header invalid, which means: as if it were not there.
  return last !== '' && Number(last) < start ? undefined : { start, end }
}
