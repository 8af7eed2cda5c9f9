import { createPlayerReporter, type PlayerReporter } from '@aetherlearn/sdk/player-reporter'
import { useEffect, useEffectEvent, useState, type RefObject } from 'react'
import { reportsOf } from '../../api/reports.ts'
import { session } from '../../session/session.ts'

type Watched = { courseId: string; lectureId: string; durationSeconds: number; preview: boolean }
export type Reporting = { reporter?: PlayerReporter; startAt?: number; error?: Error; retry: () => void }

/**
 * A new enrolment takes a moment to reach the service that keeps positions. Playing before the position is known
 * would overwrite it, so the player waits for it.
 */
const RESTORE_TRIES = 6
const RESTORE_WAIT_MS = 1000

/** Restores the student's position in this player, and reports from then on; `onReported` follows each report. */
export function useReporter(
  video: RefObject<HTMLVideoElement | null>,
  watched: Watched,
  onReported: () => void,
): Reporting {
  const { courseId, lectureId, durationSeconds, preview } = watched
  const [reporting, setReporting] = useState<Omit<Reporting, 'retry'>>({})
  const [attempt, setAttempt] = useState(0)
  const tell = useEffectEvent(onReported)
  useEffect(() => {
    const media = video.current
    const user = session.user()
    if (media === null || preview || user === undefined) return
    let stopped = false
    const reports = reportsOf(user.id)
    const lecture = { courseId, lectureId, durationSeconds }
    const progress: typeof reports.progress = {
      ...reports.progress,
      save: async (input) => {
        const saved = await reports.progress.save(input)
        if (!stopped) tell()
        return saved
      },
    }
    const reporter = createPlayerReporter({ ...reports, progress, ...lecture, media, page: document, window })
    restore(reporter, () => stopped).then(
      (startAt) => !stopped && setReporting({ reporter, startAt }),
      (error: unknown) => !stopped && error instanceof Error && setReporting({ error }),
    )
    return () => {
      stopped = true
      setReporting({})
      void reporter.stop()
    }
  }, [video, courseId, lectureId, durationSeconds, preview, attempt])
  return { ...(preview ? { startAt: 0 } : reporting), retry: () => setAttempt(attempt + 1) }
}

async function restore(reporter: PlayerReporter, isStopped: () => boolean): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await reporter.restore()
    } catch (error) {
      if (tries === RESTORE_TRIES || isStopped()) throw error
      await new Promise((resolve) => setTimeout(resolve, RESTORE_WAIT_MS))
    }
  }
}
