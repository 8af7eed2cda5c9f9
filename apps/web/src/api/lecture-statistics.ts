import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { analytics } from './clients.ts'

/** Nobody is told when these change, so they are read again now and then. */
const HEAT_REFRESH_MS = 10_000
const DIFFICULTY_REFRESH_MS = 60_000

/** How long the stretches of a lecture may be that are looked at. */
export const segmentLengths = [1, 2, 5, 10] as const
export type SegmentLength = (typeof segmentLengths)[number]

type Lecture = { courseId: string; lectureId: string }
export const heat = ({ courseId, lectureId, seconds }: Lecture & { seconds: SegmentLength }) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'heat', lectureId, seconds],
    queryFn: () => analytics.getHeat({ params: { courseId, lectureId }, query: { segmentSeconds: seconds } }),
    placeholderData: keepPreviousData,
    refetchInterval: HEAT_REFRESH_MS,
  })

export const difficulty = (courseId: string) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'difficulty'],
    queryFn: () => analytics.getDifficulty({ params: { courseId } }),
    refetchInterval: DIFFICULTY_REFRESH_MS,
  })

type Versions = Lecture & {
  /** The version that the last one is compared with; left out, the one before it. */
  before: string | undefined
}
export const versions = ({ courseId, lectureId, before }: Versions) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'versions', lectureId, before ?? ''],
    queryFn: () =>
      analytics.compareVersions({
        params: { courseId, lectureId },
        query: before === undefined ? {} : { a: before },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: DIFFICULTY_REFRESH_MS,
  })
