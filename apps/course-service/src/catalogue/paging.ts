import { orders, type Order } from '@aetherlearn/contracts/course/catalogue'
import { fail } from '@aetherlearn/service-kit/errors'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** Where a course stands in an order: its value there, and what decides between equals. */
export type Place = { value: number | string; publishedAt: number; courseId: string }

const ascending = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0)

/** Relevance and `newest` begin with the largest. */
const isDescending = (order: Order) =>
  order === 'relevance' || order === 'newest' || order === '-title' || order === '-price'

/** Below 0 where `a` comes first. Of equals the newer comes first; no two courses are at the same place. */
export function compareIn(order: Order) {
  const sign = isDescending(order) ? -1 : 1
  return (a: Place, b: Place): number =>
    sign * ascending(a.value, b.value) ||
    ascending(b.publishedAt, a.publishedAt) ||
    ascending(b.courseId, a.courseId)
}

/** Keeps the first few of what it is given, in order, from behind `from` on. */
export function createPage(order: Order, size: number, from: Place | undefined) {
  const compare = compareIn(order)
  const kept: Place[] = []
  return {
    kept,
    offer: (place: Place) => {
      if (from !== undefined && compare(place, from) <= 0) return
      const last = kept[size - 1]
      if (last !== undefined && compare(place, last) >= 0) return
      let low = 0
      let high = kept.length
      while (low < high) {
        const middle = (low + high) >>> 1
        const other = kept[middle]
        if (other !== undefined && compare(other, place) < 0) low = middle + 1
        else high = middle
      }
      kept.splice(low, 0, place)
      if (kept.length > size) kept.pop()
    },
  }
}

const Cursor = Compile(
  Type.Tuple([
    Type.Enum([...orders], { type: 'string' }),
    Type.Union([Type.Number(), Type.String({ maxLength: 300 })]),
    Type.Number(),
    Type.String({ pattern: '^[0-9a-f]{24}$' }),
  ]),
)

/** The place of the last course of a page, as text for a URL. */
export const cursorOf = (order: Order, { value, publishedAt, courseId }: Place): string =>
  Buffer.from(JSON.stringify([order, value, publishedAt, courseId])).toString('base64url')

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** Throws INVALID_INPUT for a cursor of another order, and for what is none. */
export function placeOf(order: Order, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined
  const place = parsed(cursor)
  if (
    !Cursor.Check(place) ||
    place[0] !== order ||
    (typeof place[1] === 'string') !== order.endsWith('title')
  ) {
    const message = 'is not a cursor of this search'
    throw fail('INVALID_INPUT', { errors: [{ field: 'query.cursor', message }] })
  }
  const [, value, publishedAt, courseId] = place
  return { value, publishedAt, courseId }
}
