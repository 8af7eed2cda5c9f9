import { MAX_NOTE_LENGTH, type Note } from '@aetherlearn/contracts/progress/notes'
import { useState, type FormEvent } from 'react'
import type { Notes } from '../../api/notes.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { textOf } from '../../components/form.ts'
import { clock } from '../../components/format.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'

type Props = { note: Note; edit: Notes['edit']; onSeek: (second: number) => void; onRemove: () => void }

/** A note or a bookmark: its second goes to the moment. */
export function NoteItem({ note, edit, onSeek, onRemove }: Props) {
  const [editing, setEditing] = useState(false)
  const at = clock(note.second)
  const isBookmark = note.text === undefined
  const what = `the ${isBookmark ? 'bookmark' : 'note'} at ${at}`
  return (
    <li className="rounded-lg px-2 py-1.5 hover:bg-sunken/60">
      <div className="flex items-start gap-2">
        <button
          type="button"
          onClick={() => onSeek(note.seekTo ?? note.second)}
          aria-label={`Go to ${at}`}
          className="mt-1 rounded-md bg-accent-soft px-1.5 py-0.5 text-xs font-medium text-accent-ink tabular-nums hover:underline"
        >
          {at}
        </button>
        {!editing && (
          <p
            dir="auto"
            className={`min-w-0 flex-1 py-1 break-words whitespace-pre-wrap ${isBookmark ? 'text-muted italic' : ''}`}
          >
            {note.text ?? 'Bookmark'}
            {note.seekTo !== undefined && (
              <span className="block text-xs text-muted not-italic">
                After the end of the video, which is another one now
              </span>
            )}
          </p>
        )}
        {!editing && (
          <div className="flex">
            <ItemButton name={`Edit ${what}`} icon="edit" onClick={() => setEditing(true)} />
            <ItemButton name={`Delete ${what}`} icon="bin" onClick={onRemove} />
          </div>
        )}
      </div>
      {editing && <EditForm note={note} edit={edit} onDone={() => setEditing(false)} />}
    </li>
  )
}

type ItemButtonProps = { name: string; icon: IconName; onClick: () => void }

const ItemButton = ({ name, icon, onClick }: ItemButtonProps) => (
  <button
    type="button"
    aria-label={name}
    title={name}
    onClick={onClick}
    className="grid size-7 place-items-center rounded-md text-muted hover:bg-sunken hover:text-ink"
  >
    <Icon name={icon} className="size-4" />
  </button>
)

/** Without words a note is a bookmark. */
function EditForm({ note, edit, onDone }: Pick<Props, 'note' | 'edit'> & { onDone: () => void }) {
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = textOf(new FormData(event.currentTarget), 'text')
    edit.mutate({ _id: note._id, text: text === '' ? null : text }, { onSuccess: onDone })
  }
  return (
    <form
      onSubmit={onSubmit}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
      className="mt-2 space-y-2"
    >
      <TextArea
        label={`Words of the note at ${clock(note.second)}`}
        hideLabel
        name="text"
        rows={3}
        maxLength={MAX_NOTE_LENGTH}
        defaultValue={note.text ?? ''}
        autoFocus
      />
      {edit.error && <Problem error={edit.error} />}
      <div className="flex gap-2">
        <Button type="submit" size="small" busy={edit.isPending}>
          Save
        </Button>
        <Button look="secondary" size="small" onClick={onDone}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
