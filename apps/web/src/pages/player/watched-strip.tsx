import type { LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { clock } from '../../components/format.ts'
import type { MediaState } from './use-media.ts'
import { endOf, lengthOf, unite, watchedOf, watchedWords, type Ranges } from './watched.ts'

type Props = { lack: LectureCompletion; media: MediaState }

/** Which parts of the lecture are watched, and where the student is in it. What is not confirmed yet is paler. */
export function WatchedStrip({ lack, media }: Props) {
  const { durationSeconds } = lack
  if (durationSeconds <= 0) return null
  const known = watchedOf(lack)
  const share = (second: number) => `${Math.min(second / durationSeconds, 1) * 100}%`
  return (
    <div className="mt-3 px-4 sm:px-0">
      <div
        role="img"
        aria-label={watchedWords(known, lack)}
        data-watched={known.length}
        className="relative h-2 rounded-full bg-sunken ring-1 ring-line"
      >
        <div className="absolute inset-0 overflow-hidden rounded-full">
          <Pieces ranges={media.played} share={share} look="bg-accent/40" />
          <Pieces ranges={known} share={share} look="bg-accent" />
        </div>
        <div
          className="absolute -inset-y-1 w-1 -translate-x-1/2 rounded-full bg-ink ring-2 ring-canvas"
          style={{ left: share(media.time) }}
        />
      </div>
      <p aria-hidden="true" className="mt-1.5 text-xs text-muted tabular-nums">
        {clock(Math.min(lengthOf(unite(known, media.played)), endOf(lack)))} of {clock(endOf(lack))} watched
      </p>
    </div>
  )
}

type PiecesProps = { ranges: Ranges; share: (second: number) => string; look: string }

const Pieces = ({ ranges, share, look }: PiecesProps) =>
  ranges.map(([from, to]) => (
    <div
      key={from}
      className={`absolute inset-y-0 ${look}`}
      style={{ left: share(from), width: share(to - from) }}
    />
  ))
