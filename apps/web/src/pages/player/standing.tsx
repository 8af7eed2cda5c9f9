import { useQuery } from '@tanstack/react-query'
import type { RefObject } from 'react'
import { lackOf } from '../../api/completion.ts'
import { useOwnDays } from '../../api/settings.ts'
import { Problem } from '../../components/problem.tsx'
import { Completion } from './completion.tsx'
import { Lack } from './lack.tsx'
import { useCompletion } from './use-completion.ts'

type Props = {
  courseId: string
  lectureId: string
  completed: boolean
  video: RefObject<HTMLVideoElement | null>
  onWatch: (second: number) => void
}

/** Whether the lecture is completed, and if not, why. */
export function Standing({ onWatch, completed, video, ...lecture }: Props) {
  const lack = useQuery(lackOf(lecture))
  const completion = useCompletion(lecture, video)
  // A completion belongs to a day.
  useOwnDays()
  const done = completed || lack.data?.completed === true
  // Where something else counts, saying so oneself does not.
  const byHand = lack.data?.byHand ?? true
  return (
    <>
      <Completion
        completed={done}
        {...(byHand && { onComplete: () => completion.mutate() })}
        busy={completion.isPending}
      />
      {completion.error && <Problem error={completion.error} className="w-full" />}
      {!done && lack.data !== undefined && <Lack lack={lack.data} onWatch={onWatch} />}
    </>
  )
}
