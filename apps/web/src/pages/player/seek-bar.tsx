import { useState, type PointerEvent } from 'react'
import { clock } from '../../components/format.ts'
import { SeekPreview } from './seek-preview.tsx'
import type { MediaState } from './use-media.ts'

type Props = { media: MediaState; storyboardUrl: string | undefined; onSeek: (second: number) => void }

const share = (part: number, whole: number) => (whole > 0 ? Math.min(part / whole, 1) * 100 : 0)

/** A native range input, so that it works with everything, under a bar that shows what is played and loaded. */
export function SeekBar({ media, storyboardUrl, onSeek }: Props) {
  const { time, duration, loadedUntil } = media
  const [hover, setHover] = useState<number>()
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    setHover(Math.min(Math.max((event.clientX - left) / width, 0), 1))
  }
  const played = share(time, duration)
  return (
    <div className="group relative h-5" onPointerMove={follow} onPointerLeave={() => setHover(undefined)}>
      {hover !== undefined && duration > 0 && (
        <SeekPreview at={hover} durationSeconds={duration} storyboardUrl={storyboardUrl} />
      )}
      <div className="pointer-events-none absolute inset-x-0 top-1/2 h-1 -translate-y-1/2 rounded-full bg-white/25 transition-[height] group-hover:h-1.5">
        <div
          className="absolute h-full rounded-full bg-white/35"
          style={{ width: `${share(loadedUntil, duration)}%` }}
        />
        <div className="absolute h-full rounded-full bg-[#8b83ff]" style={{ width: `${played}%` }} />
      </div>
      <div
        className="pointer-events-none absolute top-1/2 size-3.5 -translate-x-1/2 -translate-y-1/2 rounded-full bg-white shadow"
        style={{ left: `${played}%` }}
      />
      <input
        type="range"
        aria-label="Seek"
        aria-valuetext={`${clock(time)} of ${clock(duration)}`}
        min={0}
        max={duration}
        step="any"
        value={time}
        onChange={(event) => onSeek(event.target.valueAsNumber)}
        className="absolute inset-0 m-0 size-full cursor-pointer opacity-0 focus-visible:opacity-100 focus-visible:[appearance:none] focus-visible:bg-transparent [&::-moz-range-thumb]:opacity-0 [&::-webkit-slider-thumb]:opacity-0"
      />
    </div>
  )
}
