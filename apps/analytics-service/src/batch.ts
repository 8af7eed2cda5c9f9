/**
 * What a batch of a course holds, and how it lies in Redis. `D` is the number of the UTC day since 1970, `L` a lecture's
 * id, `S` a second of the lecture. Times are whole milliseconds, so that sums are exact.
 *
 * - counts: `__id`, `__began`; `D:v` views of the landing page; `D:L:v` playbacks; `D:L:t` ms watched; `D:L:f` seconds of the lecture
 *   that were watched for the first time in their playback; and kept apart from these:
 *   `D:ownv`, `D:ownt` views and ms of those who work on the course, `D:bot` reports of programs, `D:rep` ms that were
 *   reported although no time had passed for them
 * - heat: `L:S:w` playbacks that watched the second; `L:S:r` times one of them watched it again; `L:S:e` playbacks that
 *   came this far and no further, which moves (-1, +1) while a playback goes on
 * - people: id of a playback → `lecture|user|start|at|ms,again|bitmap`: the playback as it was at its last report; `again`
 *   are the times that it watched a second again
 * - students: `D:U` ms watched by the student `U`
 */
export type LectureCounts = {
  views: number
  watchTimeMs: number
  /** Seconds of the lecture, each once for each playback that watched it; absent: 0. */
  freshSeconds?: number
}
export type DayCounts = {
  views: number
  ownViews: number
  ownWatchTimeMs: number
  botReports: number
  replayedMs: number
  lectures: Map<string, LectureCounts>
}
/** By `YYYY-MM-DD`. */
export type Days = Map<string, DayCounts>
export type SecondCounts = { watched: number; again: number; furthest: number }
/** By lecture, then by second. */
export type Heat = Map<string, Map<number, SecondCounts>>
export type Playback = {
  /** Random. */
  id: string
  lectureId: string
  userId: string
  startedAt: Date
  /** Of the last report. */
  at: Date
  watchTimeMs: number
  /** Times that a second was watched again; absent: 0. */
  againSeconds?: number
  /** Seconds watched: in order, apart from each other. */
  ranges: [from: number, to: number][]
}
/** What one student did in the course since the batch began. */
export type StudentTime = {
  userId: string
  watchTimeMs: number
  /** The last report of a playback with any watch time. */
  lastActiveAt: Date
  /** On which anything was watched; numbers of UTC days since 1970. */
  days: number[]
}
export type Batch = {
  id: string
  /** A playback that began then or later is in no batch before this one; absent in batches that are older than it. */
  beganAt?: Date
  courseId: string
  days: Days
  heat: Heat
  playbacks: Playback[]
  students: StudentTime[]
}

const DAY_MS = 86_400_000
/** 20000 → 2024-10-04. */
export const dayOfNumber = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10)
export const dayOf = (ms: number) => dayOfNumber(Math.floor(ms / DAY_MS))
export const numberOfDay = (ms: number) => Math.floor(ms / DAY_MS)

const noCounts = (): DayCounts => ({
  views: 0,
  ownViews: 0,
  ownWatchTimeMs: 0,
  botReports: 0,
  replayedMs: 0,
  lectures: new Map(),
})
/** Field of a day → where its count belongs. */
const places: Record<string, Exclude<keyof DayCounts, 'lectures'>> = {
  v: 'views',
  ownv: 'ownViews',
  ownt: 'ownWatchTimeMs',
  bot: 'botReports',
  rep: 'replayedMs',
}

function orNew<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Of the fields and values of a counts hash; what is said of the batch itself is left out. */
export function daysOf(entries: Iterable<[field: string, value: string]>): Days {
  const days: Days = new Map()
  const byNumber = new Map<string, DayCounts>()
  for (const [field, value] of entries) {
    const [number = '', what = '', time] = field.split(':')
    if (what === '') continue
    const day = orNew(byNumber, number, () => orNew(days, dayOfNumber(Number(number)), noCounts))
    const place = places[what]
    if (place !== undefined) {
      day[place] += Number(value)
      continue
    }
    const lecture = orNew(day.lectures, what, (): LectureCounts => ({ views: 0, watchTimeMs: 0 }))
    if (time === 't') lecture.watchTimeMs += Number(value)
    else if (time === 'f') lecture.freshSeconds = (lecture.freshSeconds ?? 0) + Number(value)
    else lecture.views += Number(value)
  }
  return days
}

const kinds: Record<string, keyof SecondCounts> = { w: 'watched', r: 'again', e: 'furthest' }

/** Of the fields and values of a heat hash. */
export function heatOf(entries: Iterable<[field: string, value: string]>): Heat {
  const heat: Heat = new Map()
  for (const [field, value] of entries) {
    const [lectureId = '', second = '', kind = ''] = field.split(':')
    const seconds = orNew(heat, lectureId, () => new Map<number, SecondCounts>())
    const counts = orNew(seconds, Number(second), () => ({ watched: 0, again: 0, furthest: 0 }))
    const place = kinds[kind]
    if (place !== undefined) counts[place] += Number(value)
  }
  return heat
}

/** Of the fields and values of a students hash, and the batch's playbacks. */
export function studentsOf(
  entries: Iterable<[field: string, value: string]>,
  playbacks: Pick<Playback, 'userId' | 'at'>[],
): StudentTime[] {
  const students = new Map<string, StudentTime>()
  const studentOf = (userId: string) =>
    orNew(students, userId, () => ({ userId, watchTimeMs: 0, lastActiveAt: new Date(0), days: [] }))
  for (const { userId, at } of playbacks) {
    const student = studentOf(userId)
    if (at > student.lastActiveAt) student.lastActiveAt = at
  }
  for (const [field, value] of entries) {
    const [day, userId = ''] = field.split(':')
    const student = studentOf(userId)
    student.watchTimeMs += Number(value)
    student.days.push(Number(day))
  }
  return [...students.values()]
}

/** Set bits as ranges; bits are numbered as by SETBIT. */
export function rangesOf(bitmap: Buffer): [number, number][] {
  const ranges: [number, number][] = []
  let from = -1
  const end = bitmap.length * 8
  for (let second = 0; second <= end; second += 1) {
    const set = second < end && ((bitmap[second >> 3] ?? 0) & (128 >> (second & 7))) !== 0
    if (set && from < 0) from = second
    if (!set && from >= 0) {
      ranges.push([from, second])
      from = -1
    }
  }
  return ranges
}

const PLAYBACK_PARTS = 5

export type PlaybackHead = Omit<Playback, 'id' | 'ranges'>

function headAndEnd(snapshot: Buffer): { head: PlaybackHead; end: number } {
  const parts: string[] = []
  let end = 0
  while (parts.length < PLAYBACK_PARTS) {
    const to = snapshot.indexOf('|', end)
    parts.push(snapshot.toString('latin1', end, to))
    end = to + 1
  }
  const [lectureId = '', userId = '', start, at, watched = ''] = parts
  const [ms, again = 0] = watched.split(',')
  const head = {
    lectureId,
    userId,
    startedAt: new Date(Number(start)),
    at: new Date(Number(at)),
    watchTimeMs: Number(ms),
    againSeconds: Number(again),
  }
  return { head, end }
}

/** What a snapshot says apart from its seconds. */
export const playbackHead = (snapshot: Buffer): PlaybackHead => headAndEnd(snapshot).head

export function playbackOf(id: string, snapshot: Buffer): Playback {
  const { head, end } = headAndEnd(snapshot)
  return { id, ...head, ranges: rangesOf(snapshot.subarray(end)) }
}
