import type { LectureCompletion, PartResult } from '@aetherlearn/contracts/progress/completion'
import { buttonClasses } from '../../components/button.tsx'
import { percent } from '../../components/format.ts'
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
      {lack.results.length > 0 && <Results lack={lack} />}
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

const MOST_PARTS = 20

/** How it went so far, by part; parts are numbered where there are several. */
function Results({ lack: { results, task } }: { lack: LectureCompletion }) {
  const word = task === 'questions' ? 'Question' : 'Part'
  return (
    <ul aria-label="Your results" className="mt-3 flex flex-wrap gap-2">
      {results.slice(0, MOST_PARTS).map((result, index) => (
        <li key={result.partId ?? ''} className="rounded-md bg-sunken px-2 py-1 tabular-nums">
          {results.length > 1 && `${word} ${index + 1}: `}
          {wordsOf(result)}
        </li>
      ))}
      {results.length > MOST_PARTS && (
        <li className="px-2 py-1 text-muted">and {results.length - MOST_PARTS} more</li>
      )}
    </ul>
  )
}

function wordsOf({ completed, passed, bestScore }: PartResult): string {
  const state = passed ? 'passed' : completed ? 'gone through' : 'begun'
  return bestScore === undefined ? state : `${percent(bestScore * 100)} at best${passed ? ', passed' : ''}`
}
