import type { LectureCompletion } from '@aetherlearn/contracts/progress/completion'
import { buttonClasses } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { stretch, worthWatching } from './watched.ts'

const MOST = 12

/** Why a lecture is not completed yet, and the way to what is missing. */
export function Lack({ lack, onWatch }: { lack: LectureCompletion; onWatch: (second: number) => void }) {
  const missing = worthWatching(lack.missing)
  const more = missing.length - MOST
  return (
    <section aria-labelledby="lack" className="card w-full p-4 text-sm sm:p-5">
      <h2 id="lack" className="font-semibold">
        Why is this not complete yet?
      </h2>
      <p className="mt-1 text-muted">{lack.explanation}</p>
      {lack.neededSeconds > 0 && missing.length > 0 && (
        <ul aria-label="Not watched yet" className="mt-3 flex flex-wrap items-center gap-2">
          {missing.slice(0, MOST).map((range) => (
            <li key={range[0]}>
              <button
                type="button"
                onClick={() => onWatch(range[0])}
                className={`${buttonClasses({ look: 'secondary', size: 'small' })} tabular-nums`}
              >
                <Icon name="play" filled className="size-3 text-accent-ink" />
                <span className="sr-only">Watch </span>
                {stretch(range)}
              </button>
            </li>
          ))}
          {more > 0 && <li className="text-muted">and {more} more</li>}
        </ul>
      )}
    </section>
  )
}
