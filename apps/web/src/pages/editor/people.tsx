import type { CoursePerson } from '@aetherlearn/contracts/course/people'
import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, type FormEvent } from 'react'
import { courses } from '../../api/clients.ts'
import { people } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { Field, Select } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'

type GivenRole = 'editor' | 'assistant' | 'viewer'
const roleNames = {
  owner: 'Owner',
  editor: 'Editor: everything but people and deletion',
  assistant: 'Assistant: students and statistics',
  viewer: 'Viewer: sees the draft',
} as const
const given = ['editor', 'assistant', 'viewer'] as const satisfies GivenRole[]
const options = given.map((role) => [role, roleNames[role]] as const)
const asRole = (value: string): GivenRole => given.find((role) => role === value) ?? 'viewer'

/** Who works on the course. Only its owner chooses. */
export function People({ course }: { course: CourseOutline }) {
  const found = useQuery(people(course._id))
  const isOwner = course.role === 'owner'
  if (found.isPending) return <Skeleton className="h-48" />
  if (found.isError) return <Problem error={found.error} onRetry={() => void found.refetch()} />
  return (
    <div className="space-y-6">
      <ul className="card divide-y divide-line" aria-label="People of the course">
        {found.data.map((person) => (
          <PersonRow key={person.userId} courseId={course._id} person={person} mayChange={isOwner} />
        ))}
      </ul>
      {isOwner ? (
        <AddPerson courseId={course._id} />
      ) : (
        <p className="text-sm text-muted">Only the owner of a course chooses who works on it.</p>
      )}
    </div>
  )
}

/** Changes the list of people, which is read anew. */
function usePeopleChange<T>(courseId: string, change: (value: T) => Promise<unknown>, after?: () => void) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      after?.()
      await queryClient.invalidateQueries({ queryKey: people(courseId).queryKey })
    },
  })
}

type RowProps = { courseId: string; person: CoursePerson; mayChange: boolean }

function PersonRow({ courseId, person, mayChange }: RowProps) {
  const { userId, role, fullName = 'Somebody new', email = '' } = person
  const change = usePeopleChange(courseId, (to: GivenRole) =>
    courses.putPerson({ params: { courseId }, body: { userId, role: to } }),
  )
  const remove = usePeopleChange(courseId, () => courses.removePerson({ params: { courseId, userId } }))
  const error = change.error ?? remove.error
  return (
    <li className="px-5 py-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-48">
          <span className="block truncate font-medium">{fullName}</span>
          <span className="block truncate text-sm text-muted">{email}</span>
        </p>
        {role === 'owner' || !mayChange ? (
          <span className="text-sm text-muted">{roleNames[role]}</span>
        ) : (
          <>
            <Select
              label={`Role of ${fullName}`}
              hideLabel
              value={change.isPending ? change.variables : role}
              disabled={change.isPending}
              options={options}
              onChange={({ target }) => change.mutate(asRole(target.value))}
            />
            <Button
              look="danger"
              aria-label={`Remove ${fullName}`}
              busy={remove.isPending}
              onClick={() => remove.mutate(undefined)}
            >
              Remove
            </Button>
          </>
        )}
      </div>
      {error && <Problem error={error} className="mt-3" />}
    </li>
  )
}

function AddPerson({ courseId }: { courseId: string }) {
  const form = useRef<HTMLFormElement>(null)
  const add = usePeopleChange(
    courseId,
    (given: FormData) =>
      courses.putPerson({
        params: { courseId },
        body: { email: textOf(given, 'email'), role: asRole(textOf(given, 'role')) },
      }),
    () => form.current?.reset(),
  )
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    add.mutate(new FormData(event.currentTarget))
  }
  return (
    <form ref={form} onSubmit={onSubmit} className="card space-y-4 p-5">
      <h2 className="font-semibold">Add somebody</h2>
      <div className="flex flex-wrap items-start gap-3">
        <Field
          label="Email of the person"
          hideLabel
          name="email"
          type="email"
          placeholder="Email"
          required
          error={fieldError(add.error, 'email')}
          className="min-w-56 flex-1"
        />
        <Select label="Their role" hideLabel name="role" options={options} />
        <Button type="submit" look="secondary" busy={add.isPending}>
          Add person
        </Button>
      </div>
      {add.error && <Problem error={add.error} />}
    </form>
  )
}
