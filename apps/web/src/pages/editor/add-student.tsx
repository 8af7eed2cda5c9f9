import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, type FormEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { students } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'

/** Enrols somebody by their address. */
export function AddStudent({ courseId }: { courseId: string }) {
  const queryClient = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const add = useMutation({
    mutationFn: (email: string) => courses.addStudent({ params: { courseId }, body: { email } }),
    onSuccess: async () => {
      form.current?.reset()
      await queryClient.invalidateQueries({ queryKey: students(courseId).queryKey })
    },
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    add.mutate(textOf(new FormData(event.currentTarget), 'email'))
  }
  return (
    <form ref={form} onSubmit={onSubmit}>
      <div className="flex gap-2">
        <Field
          label="Email of the student"
          hideLabel
          name="email"
          type="email"
          placeholder="Email of a student"
          required
          error={fieldError(add.error, 'email')}
          className="min-w-0 flex-1"
        />
        <Button type="submit" look="secondary" busy={add.isPending}>
          Add student
        </Button>
      </div>
      {add.error && <Problem error={add.error} className="mt-3" />}
    </form>
  )
}
