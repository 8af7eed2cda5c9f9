import { MAX_NOTE_LENGTH } from '@aetherlearn/contracts/progress/notes'
import { useState, type KeyboardEvent, type Ref } from 'react'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'

type Props = {
  field: Ref<HTMLTextAreaElement>
  busy: boolean
  /** Where the video stands. */
  now: () => number
  /** Answers whether it was kept; if not, the words stay. */
  onAdd: (note: { second: number; text: string }) => Promise<boolean>
  onBookmark: () => void
}

/** A note belongs to the second at which its writing began, however long that takes. */
export function NoteForm({ field, busy, now, onAdd, onBookmark }: Props) {
  const [text, setText] = useState('')
  const [second, setSecond] = useState<number>()
  const write = (words: string) => {
    setText(words)
    setSecond(words === '' ? undefined : (second ?? now()))
  }
  const add = async () => {
    if (second !== undefined && text.trim() !== '' && (await onAdd({ second, text: text.trim() }))) write('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void add()
  }
  return (
    <form
      className="space-y-3 p-4"
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <TextArea
        ref={field}
        label={second === undefined ? 'Write a note' : `Note at ${clock(second)}`}
        hideLabel={false}
        rows={3}
        maxLength={MAX_NOTE_LENGTH}
        value={text}
        onChange={(event) => write(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="It is kept at this moment of the video."
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="small" busy={busy} disabled={text.trim() === ''}>
          Add note
        </Button>
        <Button look="secondary" size="small" disabled={busy} onClick={onBookmark}>
          <Icon name="bookmark" className="size-4" /> Bookmark
        </Button>
      </div>
    </form>
  )
}
