import type { FormEvent } from 'react'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'
import { useEdit } from './use-edit.ts'

type Props = {
  courseId: string
  label: string
  title: string
  rename: (title: string) => Promise<unknown>
  onClose: () => void
}

/** A title that is being changed in its place. */
export function RenameForm({ courseId, label, title, rename, onClose }: Props) {
  const edit = useEdit(courseId, rename, onClose)
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    edit.mutate(textOf(new FormData(event.currentTarget), 'title'))
  }
  return (
    <form onSubmit={onSubmit} className="min-w-0 flex-1">
      <div className="flex flex-wrap gap-2">
        <Field
          label={label}
          hideLabel
          name="title"
          defaultValue={title}
          maxLength={200}
          required
          autoFocus
          autoComplete="off"
          className="min-w-40 flex-1"
          onKeyDown={({ key }) => {
            if (key === 'Escape') onClose()
          }}
        />
        <Button type="submit" size="small" className="h-10" busy={edit.isPending}>
          Save
        </Button>
        <Button look="ghost" size="small" className="h-10" onClick={onClose}>
          Cancel
        </Button>
      </div>
      {edit.error && <Problem error={edit.error} className="mt-3" />}
    </form>
  )
}
