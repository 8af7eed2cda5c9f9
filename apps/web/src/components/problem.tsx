import type { Problem as ProblemDocument } from '@aetherlearn/contracts/errors'
import { ApiError } from '@aetherlearn/sdk/client'
import { NotForYourRole } from '../session/guard.ts'
import { Button, ButtonLink } from './button.tsx'
import { Icon } from './icon.tsx'

type Told = Pick<ProblemDocument, 'title' | 'detail' | 'errors'> & { requestId?: string }

/** Any error in words for a person. */
export function problemOf(error: Error): Told {
  if (error instanceof ApiError) return error.problem
  if (error instanceof NotForYourRole) {
    return { title: error.message, detail: 'Ask an administrator to change your role, then sign in again.' }
  }
  // What fetch throws when there was no answer.
  if (error instanceof TypeError) {
    return { title: 'AetherLearn cannot be reached', detail: 'Check your connection and try again.' }
  }
  return { title: 'Something went wrong on this page', detail: error.message }
}

type Props = { error: Error; onRetry?: () => void; className?: string }

/** Says what went wrong where it went wrong, and offers another try. */
export function Problem({ error, onRetry, className = '' }: Props) {
  const { title, detail, errors = [], requestId } = problemOf(error)
  return (
    <div role="alert" className={`flex gap-3 rounded-xl bg-bad-soft p-4 text-sm ${className}`}>
      <Icon name="warning" className="mt-0.5 size-5 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold text-bad">{title}</p>
        {detail !== undefined && detail !== title && <p className="mt-1">{detail}</p>}
        {errors.length > 0 && (
          <ul className="mt-2 list-disc space-y-1 pl-5">
            {errors.map(({ field, message }) => (
              <li key={field + message}>{message}</li>
            ))}
          </ul>
        )}
        {requestId !== undefined && requestId !== '' && (
          <p className="mt-2 text-xs text-muted">Request {requestId}</p>
        )}
        {onRetry && (
          <Button look="secondary" size="small" className="mt-3" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  )
}

/** A whole page that could not be shown. */
export const PageProblem = ({ error, onRetry }: Props) => (
  <div className="mx-auto max-w-xl py-16">
    <h1 className="mb-4 text-xl font-semibold tracking-tight">This page cannot be shown</h1>
    <Problem error={error} {...(onRetry && { onRetry })} />
  </div>
)

export const NotFound = () => (
  <div className="mx-auto max-w-xl py-24 text-center">
    <h1 className="text-2xl font-semibold tracking-tight">There is nothing here</h1>
    <p className="mt-2 text-muted">The link may be old, or mistyped.</p>
    <ButtonLink to="/" className="mt-6">
      Browse courses
    </ButtonLink>
  </div>
)
