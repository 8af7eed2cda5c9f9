import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { newest, useMessagesLive } from '../api/messages.ts'
import { Icon } from '../components/icon.tsx'

const MOST_SHOWN = 99

/** The way to one’s messages, and how many are unread. */
export function InboxLink() {
  useMessagesLive()
  const unread = useQuery(newest).data?.unread ?? 0
  const name = unread === 0 ? 'Messages' : `Messages, ${unread} unread`
  return (
    <Link
      to="/messages"
      aria-label={name}
      title={name}
      className="relative grid size-9 place-items-center rounded-full text-muted hover:bg-sunken hover:text-ink
        aria-[current=page]:bg-sunken aria-[current=page]:text-ink"
    >
      <Icon name="mail" />
      {unread > 0 && (
        <span
          aria-hidden="true"
          className="absolute -top-0.5 -right-0.5 grid h-4.5 min-w-4.5 place-items-center rounded-full bg-accent px-1 text-[0.65rem] font-semibold text-white tabular-nums"
        >
          {unread > MOST_SHOWN ? `${MOST_SHOWN}+` : unread}
        </span>
      )}
    </Link>
  )
}
