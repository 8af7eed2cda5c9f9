import { Link, useNavigate } from '@tanstack/react-router'
import { Button, ButtonLink } from '../components/button.tsx'
import { InboxLink } from './inbox-link.tsx'
import { session, useUser } from './session.ts'

const initialsOf = (fullName: string) =>
  fullName
    .split(/\s+/)
    .filter((part) => part !== '')
    .slice(0, 2)
    .map((part) => part[0]?.toUpperCase())
    .join('')

/** Who is signed in, with the way out; or the way in. */
export function UserMenu() {
  const user = useUser()
  const navigate = useNavigate()
  if (user === undefined) {
    return (
      <div className="flex gap-2">
        <ButtonLink to="/signin" look="ghost" size="small">
          Sign in
        </ButtonLink>
        <ButtonLink to="/signup" size="small">
          Sign up
        </ButtonLink>
      </div>
    )
  }
  const signOut = async () => {
    await navigate({ to: '/' })
    // The tokens are forgotten here at once; that the server hears of it may fail, and they end by themselves then.
    await session.signOut().catch(() => undefined)
  }
  return (
    <div className="flex items-center gap-2.5">
      <InboxLink />
      <Link
        to="/settings"
        aria-label={`Settings of ${user.fullName}`}
        title="Settings"
        className="flex items-center gap-2.5 rounded-full hover:text-accent-ink md:pr-2"
      >
        <span
          aria-hidden="true"
          className="grid size-8 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent-ink"
        >
          {initialsOf(user.fullName)}
        </span>
        <span className="hidden max-w-40 truncate text-sm font-medium md:inline">{user.fullName}</span>
      </Link>
      <Button look="ghost" size="small" onClick={() => void signOut()}>
        Sign out
      </Button>
    </div>
  )
}
