import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { analytics } from './clients.ts'

/** What is told by days and weeks does not move by the second. */
const REFRESH_MS = 60_000

export const cohorts = (courseId: string) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'cohorts'],
    queryFn: () => analytics.getCohorts({ params: { courseId } }),
    refetchInterval: REFRESH_MS,
  })

export const atRisk = (courseId: string, limit: number) =>
  queryOptions({
    queryKey: ['statistics', courseId, 'at-risk', limit],
    queryFn: () => analytics.listStudentsAtRisk({ params: { courseId }, query: { limit } }),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  })
