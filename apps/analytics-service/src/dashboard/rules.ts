import type { Dashboard, FunnelStep, Overview } from '@aetherlearn/contracts/analytics/dashboard'
import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type { KnownCourse } from '../courses/store.ts'
import type { StoredAnalytics, Totals } from '../flush/store.ts'

/** A batch that may or may not have reached MongoDB. */
export type Part = Totals & { id: string; lectures: Map<string, Totals> }
export type Uniques = { course: number; lectures: Map<string, number> }
export type LiveCounts = {
  parts: Part[]
  uniques: Uniques
  /** False: Redis lost what it knew of students, and what is stored has to be merged in first. */
  whole: boolean
}
export type Counts = Totals & { lectures: Map<string, Totals> }

const nothing: Totals = { views: 0, watchTimeMs: 0 }
const sum = (all: Totals[]): Totals => ({
  views: all.reduce((total, one) => total + one.views, 0),
  watchTimeMs: all.reduce((total, one) => total + one.watchTimeMs, 0),
})

/** Each batch once. Holds only where `stored` was read after `parts`: what left Redis in between is in MongoDB then. */
export function mergeCounts(parts: Part[], stored: StoredAnalytics, lectureIds: string[]): Counts {
  const live = parts.filter((part) => !stored.recentBatches.has(part.id))
  const lectures = lectureIds.map((lectureId) => {
    const known = [stored, ...live].map((source) => source.lectures.get(lectureId) ?? nothing)
    return [lectureId, sum(known)] as const
  })
  return { ...sum([stored, ...live]), lectures: new Map(lectures) }
}

const seconds = (ms: number) => ms / 1000
/** To the millisecond. */
const rounded = (value: number) => Math.round(value * 1000) / 1000

/** Share of the students of the step before who did not come here. */
export function dropOff(before: number | undefined, here: number): number {
  if (before === undefined || before === 0 || here >= before) return 0
  return Math.round((1000 * (before - here)) / before) / 10
}

export function dashboardOf(course: KnownCourse, counts: Counts, uniques: Uniques, asOf: Date): Dashboard {
  let before: number | undefined
  const engagementFunnel = course.lectures.map(({ lectureId, lectureTitle }) => {
    const { views, watchTimeMs } = counts.lectures.get(lectureId) ?? nothing
    const uniqueStudents = uniques.lectures.get(lectureId) ?? 0
    const dropOffPercent = dropOff(before, uniqueStudents)
    before = uniqueStudents
    return {
      lectureId,
      lectureTitle,
      views,
      uniqueStudents,
      watchTimeSeconds: seconds(watchTimeMs),
      dropOffPercent,
    }
  })
  const totalWatchTimeSeconds = seconds(counts.watchTimeMs)
  const average = uniques.course === 0 ? 0 : rounded(totalWatchTimeSeconds / uniques.course)
  return {
    overview: {
      totalViews: counts.views,
      uniqueActiveUsers: uniques.course,
      averageWatchTimeSeconds: average,
      totalWatchTimeSeconds,
      ...ranked(engagementFunnel),
      asOf: asOf.toISOString(),
    },
    engagementFunnel,
    definitions,
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
