import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { lectureFailed, lecturePlayable, lectureProgress, lectureReady } from '@aetherlearn/contracts/media'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLive } from '../session/live.ts'
import { isDraft, outline } from './queries.ts'

const POLL_MS = 4000

const isProcessing = (course: CourseOutline) =>
  course.sections.some(({ lectures }) => lectures.some(({ status }) => status === 'PROCESSING'))

/** How far each video is that was heard of, in percent. */
export type Percents = Readonly<Record<string, number | undefined>>

/** The draft, true to what happens to its videos: told by messages, and looked up in case one is lost. */
export function useOutline(courseId: string) {
  const queryClient = useQueryClient()
  const [percents, setPercents] = useState<Percents>({})
  const course = useQuery({
    ...outline(courseId),
    refetchInterval: ({ state }) =>
      state.data !== undefined && isDraft(state.data) && isProcessing(state.data) ? POLL_MS : false,
  })
  const setPercent = (lectureId: string, percent?: number) =>
    setPercents((known) => ({ ...known, [lectureId]: percent }))
  const look = () => void queryClient.invalidateQueries({ queryKey: outline(courseId).queryKey })
  /** A replaced video starts over at nothing. */
  const settle = ({ lectureId }: { lectureId: string }) => {
    setPercent(lectureId)
    look()
  }
  useLive(lectureProgress, ({ lectureId, percent }) => setPercent(lectureId, percent))
  useLive(lecturePlayable, look)
  useLive(lectureReady, settle)
  useLive(lectureFailed, settle)
  return { course, percents }
}
