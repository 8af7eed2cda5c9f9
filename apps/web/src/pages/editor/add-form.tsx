import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, type FormEvent } from 'react'
import { outline } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'

type Props = {
  courseId: string
  label: string
  placeholder: string
  submit: string
  add: (title: string) => Promise<unknown>
}

/** One line that adds something with a title; it stays open for the next one. */
export function AddForm({ courseId, label, placeholder, submit, add }: Props) {
  const queryClient = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const adding = useMutation({
    mutationFn: add,
    onSuccess: async () => {
      form.current?.reset()
      await queryClient.invalidateQueries({ queryKey: outline(courseId).queryKey })
    },
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    adding.mutate(textOf(new FormData(event.currentTarget), 'title'))
  }
  return (
    <form ref={form} onSubmit={onSubmit}>
      <div className="flex gap-2">
        <Field
          label={label}
          hideLabel
          name="title"
          placeholder={placeholder}
          maxLength={200}
          required
          autoComplete="off"
          className="min-w-0 flex-1"
        />
        <Button type="submit" look="secondary" busy={adding.isPending}>
          {submit}
        </Button>
      </div>
      {adding.error && <Problem error={adding.error} className="mt-3" />}
    </form>
  )
}
