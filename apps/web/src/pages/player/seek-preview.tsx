import { useQuery } from '@tanstack/react-query'
import { clock } from '../../components/format.ts'
import { stillAt, stillsOf } from './storyboard.ts'

type Props = {
  /** Where the pointer is on the bar, 0 to 1. */
  at: number
  durationSeconds: number
  /** Absent while the video is still being made. */
  storyboardUrl: string | undefined
}

/** What is to be seen at the place that the pointer is over. */
export function SeekPreview({ at, durationSeconds, storyboardUrl }: Props) {
  const second = at * durationSeconds
  const stills = useQuery({
    queryKey: ['storyboard', storyboardUrl],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      if (storyboardUrl === undefined) return []
      const address = new URL(storyboardUrl, location.href).href
      const response = await fetch(address)
      // Only decoration: without it the time alone is shown.
      return response.ok ? stillsOf(await response.text(), address) : []
    },
  })
  const still = stillAt(stills.data ?? [], second)
  const half = (still?.width ?? 48) / 2
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute bottom-6 -translate-x-1/2 overflow-hidden rounded-lg bg-black/90 text-center text-xs shadow-xl"
      style={{ left: `clamp(${half}px, ${at * 100}%, calc(100% - ${half}px))` }}
    >
      {still !== undefined && (
        <div
          style={{
            width: still.width,
            height: still.height,
            backgroundImage: `url("${still.url}")`,
            backgroundPosition: `-${still.x}px -${still.y}px`,
          }}
        />
      )}
      <p className="px-2 py-0.5 tabular-nums">{clock(second)}</p>
    </div>
  )
}
