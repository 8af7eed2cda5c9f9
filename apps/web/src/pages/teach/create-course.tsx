import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { taught } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'

/** Makes a draft and opens it in the editor. */
export function CreateCourse() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: (form: FormData) => {
      const subtitle = textOf(form, 'subtitle')
      const body = { title: textOf(form, 'title'), category: textOf(form, 'category') }
      return courses.createCourse({ body: subtitle === '' ? body : { ...body, subtitle } })
    },
    onSuccess: async ({ _id }) => {
      await queryClient.invalidateQueries({ queryKey: taught.queryKey })
      await navigate({ to: '/teach/$courseId', params: { courseId: _id } })
    },
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    create.mutate(new FormData(event.currentTarget))
  }
  return (
    <section aria-labelledby="new-course" className="card p-6">
      <h2 id="new-course" className="font-semibold">
        New course
      </h2>
      <form onSubmit={onSubmit} className="mt-4 space-y-4">
        <Field
          label="Title"
          name="title"
          maxLength={200}
          required
          error={fieldError(create.error, 'title')}
        />
        <Field
          label="Category"
          name="category"
          maxLength={80}
          placeholder="Mathematics"
          required
          error={fieldError(create.error, 'category')}
        />
        <Field
          label="Subtitle (optional)"
          name="subtitle"
          maxLength={300}
          error={fieldError(create.error, 'subtitle')}
        />
        {create.error && <Problem error={create.error} />}
        <Button type="submit" className="w-full" busy={create.isPending}>
          Create course
        </Button>
      </form>
    </section>
  )
}
