import { ApiError } from '@aetherlearn/sdk/client'
import { createPlayerReporter, type PlayerReporter } from '@aetherlearn/sdk/player-reporter'
import { useEffect, useEffectEvent, useState, type RefObject } from 'react'
import { reportsOf } from '../../api/reports.ts'
import { session } from '../../session/session.ts'

type Watched = { courseId: string; lectureId: string; durationSeconds: number; preview: boolean }
export type Reporting = {
  reporter?: PlayerReporter
  startAt?: number
  error?: Error
  /** The last report was not heard. */
  unheard: boolean
  retry: () => void
}

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
  const [reporting, setReporting] = useState<Omit<Reporting, 'retry' | 'unheard'>>({})
  const [unheard, setUnheard] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const tell = useEffectEvent(onReported)
  useEffect(() => {
    const media = video.current
    const user = session.user()
    if (media === null || preview || user === undefined) return
    let stopped = false
    const reports = reportsOf(user.id)
    const lecture = { courseId, lectureId, durationSeconds }
    const heard = (isHeard: boolean) => {
      if (stopped) return
      setUnheard(!isHeard)
      if (isHeard) tell()
    }
    const save: typeof reports.progress.save = async (input) => {
      try {
        const saved = await reports.progress.save(input)
        heard(true)
        return saved
      } catch (error) {
        // A refusal was heard.
        heard(error instanceof ApiError && error.status < 500)
        throw error
      }
    }
    const progress = { ...reports.progress, save }
    const sendLate = () => void reports.late.send().then(() => heard(true))
    window.addEventListener('online', sendLate)
    const reporter = createPlayerReporter({ ...reports, progress, ...lecture, media, page: document, window })
    restore(reporter, () => stopped).then(
      (startAt) => !stopped && setReporting({ reporter, startAt }),
      (error: unknown) => !stopped && error instanceof Error && setReporting({ error }),
    )
    return () => {
      stopped = true
      window.removeEventListener('online', sendLate)
      setReporting({})
      void reporter.stop()
    }
  }, [video, courseId, lectureId, durationSeconds, preview, attempt])
  return { ...(preview ? { startAt: 0 } : reporting), unheard, retry: () => setAttempt(attempt + 1) }
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
