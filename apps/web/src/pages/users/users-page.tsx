import { useInfiniteQuery } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { identity } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { UserTable } from './user-table.tsx'

/** Everybody with an account, and the roles they have. */
export function UsersPage() {
  const [email, setEmail] = useState('')
  const users = useInfiniteQuery({
    queryKey: ['users', email],
    queryFn: ({ pageParam }) =>
      identity.listUsers({
        query: { ...(email !== '' && { email }), ...(pageParam !== '' && { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  })
  const found = users.data?.pages.flatMap((page) => page.users) ?? []
  return (
    <Page title="Users" lead="Find people and decide what they may do.">
      <SearchForm email={email} onSearch={setEmail} error={fieldErrorOfQuery(users.error)} />
      {users.isPending && (
        <Loading what="users">
          <Skeleton className="h-80" />
        </Loading>
      )}
      {users.error && <Problem error={users.error} onRetry={() => void users.refetch()} />}
      {users.isSuccess && found.length === 0 && (
        <EmptyState icon="people" title="Nobody found">
          No account has exactly this email address.
        </EmptyState>
      )}
      {found.length > 0 && <UserTable users={found} />}
      {users.hasNextPage && (
        <div className="mt-6 text-center">
          <Button look="secondary" busy={users.isFetchingNextPage} onClick={() => void users.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Page>
  )
}

const fieldErrorOfQuery = (error: Error | null) => fieldError(error, 'email')

type SearchProps = { email: string; onSearch: (email: string) => void; error: string | undefined }

function SearchForm({ email, onSearch, error }: SearchProps) {
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    onSearch(textOf(new FormData(event.currentTarget), 'email').toLowerCase())
  }
  return (
    <form role="search" onSubmit={onSubmit} className="mb-6 flex max-w-xl gap-2">
      <Field
        label="Search by email"
        hideLabel
        type="email"
        name="email"
        placeholder="Search by email"
        className="min-w-0 flex-1"
        error={error}
      />
      <Button type="submit">Search</Button>
      {email !== '' && (
        <Button type="reset" look="ghost" onClick={() => onSearch('')}>
          Show all
        </Button>
      )}
    </form>
  )
}
