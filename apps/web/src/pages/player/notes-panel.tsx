import type { Note } from '@aetherlearn/contracts/progress/notes'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type Ref } from 'react'
import { exportedNotes, notes, type Notes } from '../../api/notes.ts'
import { Button } from '../../components/button.tsx'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { NoteForm } from './note-form.tsx'
import { NoteItem } from './note-item.tsx'

type Props = {
  course: { _id: string; title: string }
  lectureId: string
  made: Notes
  field: Ref<HTMLTextAreaElement>
  now: () => number
  onSeek: (second: number) => void
  onBookmark: () => void
}

/** What a student writes down at the seconds of a lecture, for nobody else. */
export function NotesPanel({ course, lectureId, made, field, now, onSeek, onBookmark }: Props) {
  const listed = useQuery(notes({ courseId: course._id, lectureId }))
  const [removed, setRemoved] = useState<Note>()
  const remove = (note: Note) => made.remove.mutate(note, { onSuccess: () => setRemoved(note) })
  const restore = ({ second, seekTo = second, text }: Note) =>
    made.add.mutate(
      { second: seekTo, ...(text !== undefined && { text }) },
      { onSuccess: () => setRemoved(undefined) },
    )
  const add = (note: { second: number; text: string }) =>
    made.add.mutateAsync(note).then(
      () => true,
      // The mutation keeps the error, and it is shown below.
      () => false,
    )
  const error = made.add.error ?? made.remove.error
  return (
    <div className="text-sm">
      <NoteForm field={field} busy={made.add.isPending} now={now} onAdd={add} onBookmark={onBookmark} />
      {error && <Problem error={error} className="mx-4 mb-4" />}
      <div role="status">
        {removed !== undefined && (
          <p className="mx-4 mb-3 flex items-center justify-between gap-3 rounded-lg bg-sunken px-3 py-1.5">
            What was at {clock(removed.second)} is deleted.
            <Button look="ghost" size="small" onClick={() => restore(removed)}>
              Undo
            </Button>
          </p>
        )}
      </div>
      <div className="border-t border-line p-2">
        {listed.isPending && (
          <Loading what="your notes">
            <Skeleton className="m-2 h-20" />
          </Loading>
        )}
        {listed.error && <Problem error={listed.error} onRetry={() => void listed.refetch()} />}
        {listed.data?.length === 0 && (
          <p className="px-3 py-6 text-center text-muted">
            Nothing here yet. Press <Key>N</Key> to write a note, or <Key>B</Key> to set a bookmark.
          </p>
        )}
        <ul aria-label="Notes of this lecture" className="max-h-[26rem] overflow-y-auto">
          {listed.data?.map((note) => (
            <NoteItem
              key={note._id}
              note={note}
              edit={made.edit}
              onSeek={onSeek}
              onRemove={() => remove(note)}
            />
          ))}
        </ul>
      </div>
      <Export course={course} />
    </div>
  )
}

const Key = ({ children }: { children: string }) => (
  <kbd className="rounded border border-line bg-sunken px-1.5 py-0.5 font-sans text-xs text-ink">
    {children}
  </kbd>
)

function Export({ course }: Pick<Props, 'course'>) {
  const exporting = useMutation({
    mutationFn: async () => saveFile(await exportedNotes(course._id), `${course.title}.md`),
  })
  return (
    <div className="border-t border-line px-4 py-3">
      <Button look="ghost" size="small" busy={exporting.isPending} onClick={() => exporting.mutate()}>
        <Icon name="download" className="size-4" /> Export the notes of this course
      </Button>
      {exporting.error && <Problem error={exporting.error} className="mt-2" />}
    </div>
  )
}
