import type { UseQueryResult } from '@tanstack/react-query'
import { useId, type ReactNode } from 'react'
import { Problem } from './problem.tsx'
import { Loading, Skeleton } from './skeleton.tsx'

type Props = { title: string; lead?: ReactNode; controls?: ReactNode; children: ReactNode }

/** One part of a page: what it is about, how one may choose, and what there is to see or do. */
export function Panel({ title, lead, controls, children }: Props) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="card p-5 sm:p-6">
      <div className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 id={id} className="font-semibold">
            {title}
          </h2>
          {lead !== undefined && <p className="mt-1 max-w-3xl text-sm text-muted">{lead}</p>}
        </div>
        {controls !== undefined && <div className="flex flex-wrap items-end gap-3">{controls}</div>}
      </div>
      <div className="mt-5">{children}</div>
    </section>
  )
}

type LoadedProps<T> = {
  query: UseQueryResult<T>
  /** What is being waited for, in words. */
  what: string
  skeleton?: ReactNode
  children: (found: T) => ReactNode
}

/** What was found, or that it is on its way, or what went wrong; numbers that are shown stay when they cannot be renewed. */
export function Loaded<T>({ query, what, skeleton, children }: LoadedProps<T>) {
  return (
    <>
      {query.isPending && <Loading what={what}>{skeleton ?? <Skeleton className="h-56" />}</Loading>}
      {query.error && (
        <Problem error={query.error} onRetry={() => void query.refetch()} className="mb-4 last:mb-0" />
      )}
      {query.data !== undefined && children(query.data)}
    </>
  )
}
