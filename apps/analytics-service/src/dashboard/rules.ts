import type {
  Dashboard,
  DayNumbers,
  FunnelStep,
  Overview,
  RankedByLength,
} from '@aetherlearn/contracts/analytics/dashboard'
import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type { DayCounts, Days, LectureCounts } from '../batch.ts'
import type { KnownCourse } from '../courses/store.ts'

/** A batch that may or may not have reached MongoDB. */
export type Part = { id: string; days: Days }
export type Uniques = { course: number; lectures: Map<string, number>; days: Map<string, number> }
export type LiveCounts = {
  parts: Part[]
  uniques: Uniques
  /** False: Redis lost what it knew of students, and what is stored has to be merged in first. */
  whole: boolean
}

export type DaySums = { views: number; playbacks: number; watchTimeMs: number }
export type StoredDay = DaySums & { uniqueStudents: number }
type CourseSums = Omit<DayCounts, 'lectures'> & {
  watchTimeMs: number
  lectures: Map<string, LectureCounts>
}
export type StoredNumbers = CourseSums & {
  /** The batches that are in these sums already. */
  applied: ReadonlySet<string>
  days: Map<string, StoredDay>
  storedAt: Date | undefined
}
export type StoredPeriod = { days: Map<string, StoredDay>; lectures: Map<string, LectureCounts> }
export type Counts = CourseSums & { days: Map<string, StoredDay>; storedAt: Date | undefined }

const noCounts: LectureCounts = { views: 0, watchTimeMs: 0 }
const noDay: StoredDay = { views: 0, playbacks: 0, watchTimeMs: 0, uniqueStudents: 0 }

const addCounts = (one: LectureCounts, other: LectureCounts): LectureCounts => ({
  views: one.views + other.views,
  watchTimeMs: one.watchTimeMs + other.watchTimeMs,
  freshSeconds: (one.freshSeconds ?? 0) + (other.freshSeconds ?? 0),
})

/** Days of the batches that are not in MongoDB; holds only where `applied` was read after the parts. */
export const daysBeyond = (parts: Part[], applied: ReadonlySet<string>) =>
  parts.filter((part) => !applied.has(part.id)).flatMap((part) => [...part.days])

/** Stored days and lectures together with what a live day adds to them. */
export function addDay<P extends StoredPeriod>(period: P, name: string, live: DayCounts): P {
  const days = new Map(period.days)
  const lectures = new Map(period.lectures)
  const day = { ...(days.get(name) ?? noDay) }
  day.views += live.views
  for (const [lectureId, counts] of live.lectures) {
    lectures.set(lectureId, addCounts(lectures.get(lectureId) ?? noCounts, counts))
    day.playbacks += counts.views
    day.watchTimeMs += counts.watchTimeMs
  }
  days.set(name, day)
  return { ...period, days, lectures }
}

/** Each batch once. Holds only where `stored` was read after `parts`: what left Redis in between is in MongoDB then. */
export function mergeCounts(parts: Part[], stored: StoredNumbers): Counts {
  let counts: Counts = stored
  for (const [name, live] of daysBeyond(parts, stored.applied)) {
    const watched = [...live.lectures.values()].reduce((sum, lecture) => sum + lecture.watchTimeMs, 0)
    counts = {
      ...addDay(counts, name, live),
      views: counts.views + live.views,
      watchTimeMs: counts.watchTimeMs + watched,
      ownViews: counts.ownViews + live.ownViews,
      ownWatchTimeMs: counts.ownWatchTimeMs + live.ownWatchTimeMs,
      botReports: counts.botReports + live.botReports,
      replayedMs: counts.replayedMs + live.replayedMs,
    }
  }
  return counts
}

export const seconds = (ms: number) => ms / 1000
/** To the millisecond. */
const rounded = (value: number) => Math.round(value * 1000) / 1000
export const average = (ms: number, students: number) =>
  students === 0 ? 0 : rounded(seconds(ms) / students)

/** Share of the students of the step before who did not come here. */
export function dropOff(before: number | undefined, here: number): number {
  if (before === undefined || before === 0 || here >= before) return 0
  return Math.round((1000 * (before - here)) / before) / 10
}

export type DashboardParts = {
  course: KnownCourse
  counts: Counts
  uniques: Uniques
  /** Oldest first. */
  days: string[]
  asOf: Date
}

export function dashboardOf({ course, counts, uniques, days, asOf }: DashboardParts): Dashboard {
  const engagementFunnel = funnelOf(course, counts, uniques)
  return {
    overview: {
      totalViews: counts.views,
      uniqueActiveUsers: uniques.course,
      averageWatchTimeSeconds: average(counts.watchTimeMs, uniques.course),
      totalWatchTimeSeconds: seconds(counts.watchTimeMs),
      ...ranked(engagementFunnel),
      keptApart: {
        ownViews: counts.ownViews,
        ownWatchTimeSeconds: seconds(counts.ownWatchTimeMs),
        botReports: counts.botReports,
        replayedSeconds: seconds(counts.replayedMs),
      },
      asOf: asOf.toISOString(),
      storedAt: counts.storedAt?.toISOString() ?? null,
    },
    engagementFunnel,
    ranking: rankingOf(course, counts),
    byDay: days.map((date) => numbersOf(date, counts, uniques)),
    definitions,
  }
}

function funnelOf(course: KnownCourse, counts: Counts, uniques: Uniques): FunnelStep[] {
  let before: number | undefined
  return course.lectures.map(({ lectureId, lectureTitle }) => {
    const { views, watchTimeMs } = counts.lectures.get(lectureId) ?? noCounts
    const uniqueStudents = uniques.lectures.get(lectureId) ?? 0
    const dropOffPercent = dropOff(before, uniqueStudents)
    before = uniqueStudents
    const watchTimeSeconds = seconds(watchTimeMs)
    return { lectureId, lectureTitle, views, uniqueStudents, watchTimeSeconds, dropOffPercent }
  })
}

/** A long lecture gathers more minutes than a short one that everybody watches twice: so its length is divided by. */
function rankingOf(course: KnownCourse, counts: Counts): RankedByLength[] {
  return course.lectures
    .map(({ lectureId, lectureTitle, durationSeconds }) => {
      const { freshSeconds = 0 } = counts.lectures.get(lectureId) ?? noCounts
      const timesThrough =
        durationSeconds > 0 ? Math.round((100 * freshSeconds) / durationSeconds) / 100 : null
      return { lectureId, lectureTitle, uniqueMinutes: Math.round(freshSeconds / 6) / 10, timesThrough }
    })
    .toSorted((a, b) => (b.timesThrough ?? -1) - (a.timesThrough ?? -1) || b.uniqueMinutes - a.uniqueMinutes)
}

function numbersOf(date: string, counts: Counts, uniques: Uniques): DayNumbers {
  const { views, playbacks, watchTimeMs, uniqueStudents } = counts.days.get(date) ?? noDay
  return {
    date,
    views,
    playbacks,
    watchTimeSeconds: seconds(watchTimeMs),
    // Redis forgets a day that is over and stored.
    uniqueStudents: Math.max(uniqueStudents, uniques.days.get(date) ?? 0),
  }
}

/** Nothing stands out where nothing was watched; with one lecture, none is the least watched. */
function ranked(steps: FunnelStep[]): Pick<Overview, 'mostWatchedLecture' | 'leastWatchedLecture'> {
  const [first] = steps
  if (first === undefined || steps.every((step) => step.watchTimeSeconds === 0))
    return { mostWatchedLecture: null, leastWatchedLecture: null }
  const most = steps.reduce((best, step) => (step.watchTimeSeconds > best.watchTimeSeconds ? step : best))
  const least = steps.reduce((best, step) => (step.watchTimeSeconds < best.watchTimeSeconds ? step : best))
  return {
    mostWatchedLecture: lectureTime(most),
    leastWatchedLecture: steps.length === 1 ? null : lectureTime(least),
  }
}
const lectureTime = ({ lectureId, lectureTitle, watchTimeSeconds }: FunnelStep) => ({
  lectureId,
  lectureTitle,
  watchTimeSeconds,
})
