import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { newest } from '../../api/messages.ts'
import { MessageCard } from '../messages/message-card.tsx'
import { inlineLink } from '../sign-in/account-form.tsx'

/** At most so many, so that the courses stay in sight. */
const SHOWN = 2

/** What people of one’s courses wrote and was not read yet; nothing where there is none. */
export function UnreadMessages() {
  const { data } = useQuery(newest)
  const unread = data?.messages.filter(({ kind, readAt }) => kind === 'nudge' && readAt === null) ?? []
  if (unread.length === 0) return null
  return (
    <section aria-label="New messages" className="mb-10 max-w-2xl space-y-4">
      {unread.slice(0, SHOWN).map((message) => (
        <MessageCard key={message._id} message={message} />
      ))}
      {unread.length > SHOWN && (
        <Link to="/messages" className={inlineLink}>
          All messages
        </Link>
      )}
    </section>
  )
}
