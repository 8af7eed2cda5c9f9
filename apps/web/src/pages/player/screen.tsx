import { useQuery } from '@tanstack/react-query'
import { playback } from '../../api/queries.ts'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { VideoPlayer } from './video-player.tsx'

type Props = Omit<Parameters<typeof VideoPlayer>[0], 'playback' | 'onExpired'> & {
  /** Of a draft: while its video is being made, more of it comes to be played. */
  stage: string | undefined
}

/** The player, once it is known what there is to play. */
export function Screen({ stage, ...props }: Props) {
  const found = useQuery(playback(props.lectureId, stage))
  if (found.isPending) return <Skeleton className="aspect-video sm:rounded-2xl" />
  if (found.isError) {
    return (
      <div className="grid aspect-video place-items-center bg-sunken p-6 sm:rounded-2xl">
        <Problem error={found.error} onRetry={() => void found.refetch()} />
      </div>
    )
  }
  return <VideoPlayer {...props} playback={found.data} onExpired={() => void found.refetch()} />
}
