import { useRef, type ChangeEvent } from 'react'
import { Button, buttonClasses } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { textOf } from '../../components/form.ts'
import type { NewCaptions } from './captions-dialog.tsx'

/** The server looks at the bytes; this only helps to find the right file. */
const ACCEPT = '.srt,.vtt,.ttml,.dfxp,.xml,text/vtt,application/x-subrip,application/ttml+xml'

type FileProps = { name: string; text: string; onChoose: (file: File) => void }

/** Opens the file dialog; the chosen file is sent at once. */
export const CaptionFile = ({ name, text, onChoose }: FileProps) => (
  <label
    data-button
    className={`${buttonClasses({ look: 'secondary', size: 'small' })} focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent`}
  >
    <span aria-hidden="true">{text}</span>
    <input
      type="file"
      accept={ACCEPT}
      aria-label={name}
      className="sr-only"
      onChange={(event: ChangeEvent<HTMLInputElement>) => {
        const file = event.target.files?.[0]
        // So that the same file can be chosen again.
        event.target.value = ''
        if (file !== undefined) onChoose(file)
      }}
    />
  </label>
)

type Props = { busy: boolean; onAdd: (added: NewCaptions, done: () => void) => void }

/** Captions in one more language. */
export function AddCaptions({ busy, onAdd }: Props) {
  const form = useRef<HTMLFormElement>(null)
  const add = () => {
    if (form.current === null) return
    const fields = new FormData(form.current)
    const file = fields.get('file')
    if (!(file instanceof File)) return
    const label = textOf(fields, 'label')
    const named = { language: textOf(fields, 'language'), file, ...(label !== '' && { label }) }
    onAdd(named, () => form.current?.reset())
  }
  return (
    <form
      ref={form}
      aria-label="Add captions"
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
      className="mt-4 space-y-3"
    >
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Language"
          name="language"
          required
          minLength={2}
          maxLength={35}
          pattern="[A-Za-z0-9\-]+"
          placeholder="en, pt-BR"
        />
        <Field label="Name in the player" name="label" maxLength={60} placeholder="the language’s own" />
      </div>
      <Field label="File of captions" name="file" type="file" accept={ACCEPT} required />
      <Button type="submit" size="small" busy={busy}>
        Add captions
      </Button>
    </form>
  )
}
