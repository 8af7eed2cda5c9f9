import type { InboxMessage } from '@aetherlearn/contracts/analytics/messages'
import { useMarkRead } from '../../api/messages.ts'
import { Badge } from '../../components/badge.tsx'
import { Button, ButtonLink } from '../../components/button.tsx'
import { longDate } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'

/** One message, with where it leads and the way to be done with it. */
export function MessageCard({ message }: { message: InboxMessage }) {
  const { _id, kind, courseId, courseTitle, senderName, text, sentAt, readAt } = message
  const read = useMarkRead()
  const done = () => {
    if (readAt === null) read.mutate(_id)
  }
  return (
    <article className="card p-5">
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h2 className="font-semibold">
          {kind === 'nudge' ? (senderName ?? 'Your course') : 'Weekly digest'}
        </h2>
        <p className="text-sm text-muted">
          {courseTitle} · {longDate(sentAt)}
        </p>
        {readAt === null && <Badge tone="accent">New</Badge>}
      </header>
      <p className="mt-3 text-sm break-words whitespace-pre-line">{text}</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {kind === 'nudge' ? (
          <ButtonLink to="/learn/$courseId" params={{ courseId }} size="small" onClick={done}>
            Go on learning
          </ButtonLink>
        ) : (
          <ButtonLink
            to="/teach/$courseId/dashboard/$view"
            params={{ courseId, view: 'digests' }}
            size="small"
            onClick={done}
          >
            Open the dashboard
          </ButtonLink>
        )}
        {readAt === null && (
          <Button look="secondary" size="small" busy={read.isPending} onClick={done}>
            Mark as read
          </Button>
        )}
      </div>
      {read.error && <Problem error={read.error} className="mt-4" />}
    </article>
  )
}
