import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { lackOf } from '../../api/completion.ts'
import { courseProgress } from '../../api/queries.ts'
import type { MediaState } from './use-media.ts'
import { mayBeReached } from './watched.ts'

/** While the video plays, what it adds is shown from the player itself; so often the server is asked. */
const WHILE_PLAYING_MS = 30_000

type Watching = { courseId: string; lectureId: string; preview: boolean; media: MediaState }

/**
 * What the lecture lacks, true to what was reported: asked for again after a report when the video stands still, when
 * it played for a while, and whenever the lecture may be completed by now.
 */
export function useFreshLack({ courseId, lectureId, preview, media }: Watching) {
  const queryClient = useQueryClient()
  const query = lackOf({ courseId, lectureId })
  const { data: lack } = useQuery({ ...query, enabled: !preview })
  const askedAtMs = useRef(0)
  const onReported = () => {
    if (lack === undefined || lack.completed) return
    const reached = mayBeReached(lack, media.played)
    const nowMs = Date.now()
    if (media.playing && !reached && nowMs - askedAtMs.current < WHILE_PLAYING_MS) return
    askedAtMs.current = nowMs
    void queryClient.invalidateQueries({ queryKey: query.queryKey })
    if (reached) void queryClient.invalidateQueries({ queryKey: courseProgress(courseId).queryKey })
  }
  return { lack, onReported }
}
