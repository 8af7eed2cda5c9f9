import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { completionReached } from '@aetherlearn/contracts/progress/completion'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { useLive } from '../session/live.ts'
import { progress } from './clients.ts'
import { courseProgress } from './queries.ts'

type Lecture = { courseId: string; lectureId: string }

/** What a lecture lacks to be completed. */
export const lackOf = (lecture: Lecture) =>
  queryOptions({
    queryKey: ['progress', 'lack', lecture.courseId, lecture.lectureId],
    queryFn: () => progress.getCompletion({ params: lecture }),
  })

/** Lectures that are completed, here or on another device, show so at once. */
export function useCompletionsLive() {
  const queryClient = useQueryClient()
  useLive(completionReached, ({ courseId, lectureId, completionPercentage }) => {
    queryClient.setQueryData(courseProgress(courseId).queryKey, (known: CourseProgress | undefined) =>
      known === undefined
        ? undefined
        : {
            ...known,
            completionPercentage,
            completedLectures: [...new Set([...known.completedLectures, lectureId])],
          },
    )
    // Streak, heatmap and the other percentages follow from it.
    void queryClient.invalidateQueries({ queryKey: ['progress'] })
  })
}
