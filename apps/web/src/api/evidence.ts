import { queryOptions } from '@tanstack/react-query'
import { progress } from './clients.ts'

/** Days are sealed once a day. */
const FRESH_MS = 60_000

export type Period = { from?: string; to?: string; courseId?: string }

export const evidence = (period: Period) =>
  queryOptions({
    queryKey: ['progress', 'evidence', period],
    queryFn: () => progress.getEvidence({ query: period }),
    staleTime: FRESH_MS,
  })

/** What is sealed of each learner of a course, by id; all pages of it. */
export const courseEvidence = (courseId: string) =>
  queryOptions({
    queryKey: ['course-evidence', courseId],
    queryFn: async () => {
      const minutes = new Map<string, number>()
      for (let cursor: string | undefined, isMore = true; isMore; isMore = cursor !== undefined) {
        const query = cursor === undefined ? {} : { cursor }
        const page = await progress.listCourseEvidence({ params: { courseId }, query })
        for (const learner of page.learners) minutes.set(learner.userId, learner.minutes)
        cursor = page.nextCursor
      }
      return minutes
    },
    staleTime: FRESH_MS,
  })
