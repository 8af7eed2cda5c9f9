/** Where a note stands in its course. */
export type Place = { _id: string; lectureId: string; second: number }
type Lectures = ReadonlyMap<string, unknown>

/**
 * Notes in the order of the course's lectures, then of seconds. What stands in lectures that the course no longer has
 * comes after that, in the order in which those lectures were made.
 */
export function inOrderOf(lectures: Lectures): (a: Place, b: Place) => number {
  const rank = new Map([...lectures.keys()].map((lectureId, index) => [lectureId, index]))
  const rankOf = (place: Place) => rank.get(place.lectureId) ?? rank.size
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return (a, b) =>
    rankOf(a) - rankOf(b) || byText(a.lectureId, b.lectureId) || a.second - b.second || byText(a._id, b._id)
}

/** Right at the end a player would be done at once. */
const BEFORE_END_SECONDS = 1

/**
 * Where to go for a note that is behind the end of its lecture; undefined where its own second will do, or the length is
 * not known. The note itself stays where it was written: the next video may be longer again.
 */
export function seekToOf(second: number, durationSeconds: number): number | undefined {
  if (durationSeconds === 0 || second <= durationSeconds) return undefined
  return Math.max(0, durationSeconds - BEFORE_END_SECONDS)
}

/** Names a note by its place, so that reading goes on there also when the note is gone by then. */
export const cursorOf = ({ lectureId, second, _id }: Place) => `${lectureId}_${second}_${_id}`
function placeOf(cursor: string): Place {
  const [lectureId = '', second, _id = ''] = cursor.split('_')
  return { lectureId, second: Number(second), _id }
}

type Page = { places: Place[]; nextCursor?: string }
/** The first `limit` of those behind the cursor. */
export function pageOf(places: Place[], lectures: Lectures, limit: number, cursor?: string): Page {
  const order = inOrderOf(lectures)
  const sorted = places.toSorted(order)
  const from = cursor === undefined ? undefined : placeOf(cursor)
  const left = from === undefined ? sorted : sorted.filter((place) => order(from, place) < 0)
  const page = left.slice(0, limit)
  const last = page.at(-1)
  return last === undefined || left.length <= limit
    ? { places: page }
    : { places: page, nextCursor: cursorOf(last) }
}
