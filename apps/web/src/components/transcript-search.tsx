import type { CaptionHit } from '@aetherlearn/contracts/course/captions'
import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { transcript } from '../api/captions.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'
import { textOf } from './form.ts'
import { clock } from './format.ts'
import { Problem } from './problem.tsx'

type Props = {
  lectureId: string
  /** Left out: there is no player beside it. */
  onSeek?: (seconds: number) => void
}

/** Finds where something is said in a video that has captions. */
export function TranscriptSearch({ lectureId, onSeek }: Props) {
  const [q, setQ] = useState('')
  const found = useQuery({ ...transcript(lectureId, q), enabled: q !== '' })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    setQ(textOf(new FormData(event.currentTarget), 'q'))
  }
  return (
    <div>
      <form role="search" aria-label="What is said in this video" onSubmit={onSubmit} className="flex gap-2">
        <Field
          label="Search in what is said"
          hideLabel
          name="q"
          type="search"
          maxLength={100}
          placeholder="Search in what is said"
          className="min-w-0 flex-1"
        />
        <Button type="submit" look="secondary" busy={found.isFetching}>
          Find
        </Button>
      </form>
      {found.error && <Problem error={found.error} className="mt-3" />}
      {q !== '' && found.data !== undefined && (
        <Hits hits={found.data.hits} hasMore={found.data.hasMore} q={q} onSeek={onSeek} />
      )}
    </div>
  )
}

type HitsProps = { hits: CaptionHit[]; hasMore: boolean; q: string; onSeek: Props['onSeek'] | undefined }

const Hits = ({ hits, hasMore, q, onSeek }: HitsProps) => (
  <div className="mt-3 text-sm">
    <p role="status" className="text-muted">
      {hits.length === 0 ? `Nobody says “${q}” in this video.` : countOf(hits.length, hasMore)}
    </p>
    <ul aria-label="Where it is said" className="mt-2 max-h-60 space-y-1 overflow-y-auto">
      {hits.map((hit) => (
        <li key={`${hit.language} ${hit.startSeconds} ${hit.text}`}>
          {onSeek === undefined ? (
            <Hit hit={hit} />
          ) : (
            <button
              type="button"
              onClick={() => onSeek(hit.startSeconds)}
              className="w-full rounded-lg px-2 py-1.5 text-left hover:bg-sunken focus-visible:-outline-offset-2"
            >
              <Hit hit={hit} />
            </button>
          )}
        </li>
      ))}
    </ul>
  </div>
)

const countOf = (count: number, hasMore: boolean) =>
  hasMore ? `The first ${count} places:` : count === 1 ? 'One place:' : `${count} places:`

const Hit = ({ hit }: { hit: CaptionHit }) => (
  <>
    <span className="mr-2 text-muted tabular-nums">{clock(hit.startSeconds)}</span>
    <span lang={hit.language} dir="auto" className="whitespace-pre-line">
      {hit.text}
    </span>
  </>
)
