import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { ChangeEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { taught } from '../../api/queries.ts'
import { buttonClasses } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Spinner } from '../../components/spinner.tsx'

/** Makes a draft of a file that was exported here or elsewhere, and opens it in the editor. */
export function ImportCourse() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const take = useMutation({
    mutationFn: (file: File) =>
      courses.importCourse({ raw: file, headers: { 'content-type': 'application/zip' } }),
    onSuccess: async ({ _id }) => {
      await queryClient.invalidateQueries({ queryKey: taught.queryKey })
      await navigate({ to: '/teach/$courseId', params: { courseId: _id } })
    },
  })
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file !== undefined) take.mutate(file)
  }
  return (
    <section aria-labelledby="import" className="card space-y-3 p-6">
      <h2 id="import" className="font-semibold">
        Import a course
      </h2>
      <p className="text-sm text-muted">
        A zip file that AetherLearn exported. Its videos are processed anew.
      </p>
      <label
        data-button
        className={`${buttonClasses({ look: 'secondary' })} w-full focus-within:outline-2
          focus-within:outline-offset-2 focus-within:outline-accent`}
      >
        {take.isPending ? <Spinner className="size-4" /> : <Icon name="upload" className="size-4" />}
        <span aria-hidden="true">Choose a file</span>
        <input
          type="file"
          accept=".zip,application/zip"
          aria-label="Course to import"
          className="sr-only"
          disabled={take.isPending}
          onChange={choose}
        />
      </label>
      {take.error && <Problem error={take.error} />}
    </section>
  )
}
