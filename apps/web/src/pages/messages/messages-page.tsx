import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { inbox } from '../../api/messages.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { inlineLink } from '../sign-in/account-form.tsx'
import { MessageCard } from './message-card.tsx'

/** What people of one’s courses wrote, and what courses tell by themselves. */
export function MessagesPage() {
  const found = useInfiniteQuery(inbox)
  const messages = found.data?.pages.flatMap((page) => page.messages) ?? []
  const unread = found.data?.pages[0]?.unread ?? 0
  return (
    <Page
      title="Messages"
      lead={
        <>
          {found.data !== undefined &&
            (unread === 0 ? 'Nothing unread. ' : `${count(unread, 'unread message')}. `)}
          <Link to="/settings" className={inlineLink}>
            Choose which ones you get
          </Link>
        </>
      }
    >
      <div className="max-w-2xl space-y-4">
        {found.isPending && (
          <Loading what="your messages">
            <Skeleton className="h-40" />
          </Loading>
        )}
        {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
        {found.data !== undefined && messages.length === 0 && (
          <EmptyState icon="mail" title="No messages yet">
            What people of your courses write to you appears here.
          </EmptyState>
        )}
        {messages.map((message) => (
          <MessageCard key={message._id} message={message} />
        ))}
        {found.hasNextPage && (
          <Button look="secondary" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show more
          </Button>
        )}
      </div>
    </Page>
  )
}
