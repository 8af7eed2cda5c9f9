import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { ApiError } from '@aetherlearn/sdk/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { RefObject } from 'react'
import { progress } from '../../api/clients.ts'
import { courseProgress } from '../../api/queries.ts'
import { lateOf } from '../../session/late.ts'
import { session } from '../../session/session.ts'

type Lecture = { courseId: string; lectureId: string }

/**
 * Marks a lecture as completed; streak, heatmap and percentages are read again after it. Said offline, it is kept with
 * what was watched, and told when the student is back.
 */
export function useCompletion(lecture: Lecture, video: RefObject<HTMLVideoElement | null>) {
  const queryClient = useQueryClient()
  return useMutation({
    networkMode: 'always',
    mutationFn: () => complete(lecture, video.current?.currentTime ?? 0),
    onSuccess: (fate) => {
      if (fate === 'told') return queryClient.invalidateQueries({ queryKey: ['progress'] })
      queryClient.setQueryData(
        courseProgress(lecture.courseId).queryKey,
        (known: CourseProgress | undefined) =>
          known && { ...known, completedLectures: [...known.completedLectures, lecture.lectureId] },
      )
    },
  })
}

async function complete(lecture: Lecture, watchTime: number): Promise<'told' | 'kept'> {
  try {
    await progress.complete({ body: lecture })
    return 'told'
  } catch (error) {
    const userId = session.user()?.id
    if (error instanceof ApiError || userId === undefined) throw error
    lateOf(userId)
      .keep({ ...lecture, watchTime, completed: true })
      .wait()
    return 'kept'
  }
}
