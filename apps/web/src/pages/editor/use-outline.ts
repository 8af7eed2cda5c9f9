import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { lectureFailed, lectureProgress, lectureReady } from '@aetherlearn/contracts/media'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { isDraft, outline } from '../../api/queries.ts'
import { useLive } from '../../session/live.ts'

const POLL_MS = 4000

const isProcessing = (course: CourseOutline) =>
  course.sections.some(({ lectures }) => lectures.some(({ status }) => status === 'PROCESSING'))

/** The draft, true to what happens to its videos: told by messages, and looked up in case one is lost. */
export function useOutline(courseId: string) {
  const queryClient = useQueryClient()
  const [percents, setPercents] = useState<Record<string, number>>({})
  const course = useQuery({
    ...outline(courseId),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isDraft(state.data) && isProcessing(state.data) ? POLL_MS : false,
  })
  const setPercent = (lectureId: string, percent: number) =>
    setPercents((known) => ({ ...known, [lectureId]: percent }))
  /** A replaced video starts over at nothing. */
  const settle = ({ lectureId }: { lectureId: string }) => {
    setPercent(lectureId, 0)
    void queryClient.invalidateQueries({ queryKey: outline(courseId).queryKey })
  }
  useLive(lectureProgress, ({ lectureId, percent }) => setPercent(lectureId, percent))
  useLive(lectureReady, settle)
  useLive(lectureFailed, settle)
  return { course, percents }
}
