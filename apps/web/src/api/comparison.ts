import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { analytics } from './clients.ts'

type Days = { from: string; to: string }

const REFRESH_MS = 15_000

/** Two periods of a course; both days belong to each. */
export const comparison = (courseId: string, { period, against }: { period: Days; against: Days }) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'comparison', period, against],
    queryFn: () =>
      analytics.comparePeriods({
        params: { courseId },
        query: { ...period, againstFrom: against.from, againstTo: against.to },
      }),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  })
