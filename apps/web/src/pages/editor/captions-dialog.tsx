import type { CaptionSet } from '@aetherlearn/contracts/course/captions'
import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { captions } from '../../api/captions.ts'
import { courses } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { count } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { TranscriptSearch } from '../../components/transcript-search.tsx'
import { AddCaptions, CaptionFile } from './add-captions.tsx'

type Props = { lecture: Lecture; onClose: () => void }
export type NewCaptions = { language: string; label?: string; file: File }

/** The captions of a lecture's video: in which languages, from which files, and what they say. */
export function CaptionsDialog({ lecture, onClose }: Props) {
  const lectureId = lecture._id
  const sets = useQuery(captions(lectureId))
  const queryClient = useQueryClient()
  const look = () => queryClient.invalidateQueries({ queryKey: captions(lectureId).queryKey })
  const put = useMutation({
    mutationFn: async ({ language, label, file }: NewCaptions) =>
      courses.putCaptions({
        params: { lectureId, language },
        raw: new Uint8Array(await file.arrayBuffer()),
        headers: { 'content-type': 'application/octet-stream' },
        ...(label === undefined ? {} : { query: { label } }),
      }),
    onSettled: look,
  })
  const remove = useMutation({
    mutationFn: (language: string) => courses.deleteCaptions({ params: { lectureId, language } }),
    onSettled: look,
  })
  const error = sets.error ?? put.error ?? remove.error
  const found = sets.data ?? []
  return (
    <Dialog title={`Captions of “${lecture.lectureTitle}”`} onClose={onClose}>
      <p className="mt-2 text-sm text-muted">
        SubRip, WebVTT or TTML. They belong to this video: another one begins without. Students of a published
        lecture see a change at once.
      </p>
      {sets.isPending && <Spinner className="mt-4 size-5" />}
      {found.length > 0 && (
        <ul aria-label="Languages" className="mt-4 divide-y divide-line">
          {found.map((set) => (
            <Language
              key={set.language}
              set={set}
              busy={put.isPending || remove.isPending}
              onReplace={(file) => put.mutate({ language: set.language, label: set.label, file })}
              onRemove={() => remove.mutate(set.language)}
            />
          ))}
        </ul>
      )}
      <AddCaptions busy={put.isPending} onAdd={(added, done) => put.mutate(added, { onSuccess: done })} />
      {error && <Problem error={error} className="mt-4" />}
      {found.length > 0 && (
        <div className="mt-5">
          <TranscriptSearch lectureId={lectureId} />
        </div>
      )}
      <div className="mt-6 flex justify-end">
        <Button look="secondary" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  )
}

type LanguageProps = {
  set: CaptionSet
  busy: boolean
  onReplace: (file: File) => void
  onRemove: () => void
}

const Language = ({ set, busy, onReplace, onRemove }: LanguageProps) => (
  <li className="flex flex-wrap items-center gap-2 py-2 text-sm">
    <div className="min-w-0 flex-1">
      <p className="truncate font-medium">{set.label}</p>
      <p className="text-muted">
        {set.language}, {count(set.cueCount, 'caption')}
      </p>
    </div>
    <CaptionFile name={`Replace ${set.label}`} text="Replace" onChoose={onReplace} />
    <Button look="ghost" size="small" disabled={busy} aria-label={`Remove ${set.label}`} onClick={onRemove}>
      Remove
    </Button>
  </li>
)
