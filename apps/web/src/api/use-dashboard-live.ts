import { dashboardChanged, watchDashboardBySocket } from '@aetherlearn/contracts/analytics/dashboard'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { liveOf, useLive } from '../session/live.ts'
import { useUser } from '../session/session.ts'
import { dashboardOf } from './queries.ts'

/** Being told ends after a minute. */
const WATCH_AGAIN_MS = 30_000

/** Reads a course's dashboard again whenever its numbers move; answers whether the server tells of it at the moment. */
export function useDashboardLive(courseId: string): boolean {
  const queryClient = useQueryClient()
  const userId = useUser()?.id
  const [told, setTold] = useState(false)
  useLive(dashboardChanged, (changed) => {
    if (changed.courseId !== courseId) return
    // A reading that is on its way is let finish: where a class watches, the next move comes within a second.
    void queryClient.invalidateQueries({ queryKey: dashboardOf(courseId) }, { cancelRefetch: false })
  })
  useEffect(() => {
    if (userId === undefined) return
    const live = liveOf(userId)
    const watch = () =>
      live.call(watchDashboardBySocket, { courseId }).then(
        () => setTold(true),
        // Whatever is wrong, the page asks by itself meanwhile, and meets it there.
        () => setTold(false),
      )
    const stop = live.onConnection((connected) => (connected ? void watch() : setTold(false)))
    const timer = setInterval(() => void watch(), WATCH_AGAIN_MS)
    return () => {
      clearInterval(timer)
      stop()
    }
  }, [userId, courseId])
  return told
}
