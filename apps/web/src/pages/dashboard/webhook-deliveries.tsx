import type { WebhookDelivery } from '@aetherlearn/contracts/analytics/webhooks'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { deliveries, redeliver } from '../../api/webhooks.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { count, longDate, timeOfDay } from '../../components/format.ts'
import { Loaded } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'

type Ref = { courseId: string; webhookId: string }

/** What a webhook was sent in the last 30 days, newest first. */
export function Deliveries(ref: Ref) {
  const query = useInfiniteQuery(deliveries(ref))
  const all = query.data?.pages.flatMap((page) => page.deliveries) ?? []
  return (
    <div className="mt-4">
      <Loaded query={query} what="what was sent">
        {() =>
          all.length === 0 ? (
            <p className="text-sm text-muted">Nothing was sent in the last 30 days.</p>
          ) : (
            <ul aria-label="What was sent" className="divide-y divide-line rounded-xl border border-line">
              {all.map((delivery) => (
                <Delivery key={delivery._id} {...{ ...ref, delivery }} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {query.hasNextPage && (
        <Button
          look="secondary"
          size="small"
          className="mt-3"
          busy={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Earlier ones
        </Button>
      )}
    </div>
  )
}

const states = {
  waiting: { tone: 'warn', name: 'Waiting' },
  delivered: { tone: 'good', name: 'Delivered' },
  failed: { tone: 'bad', name: 'Failed' },
} as const

const moment = (instant: string) => `${longDate(instant)}, ${timeOfDay(instant)}`

function Delivery({ delivery, ...ref }: Ref & { delivery: WebhookDelivery }) {
  const { _id, message, messageId, state, createdAt, nextAt, attempts } = delivery
  const queryClient = useQueryClient()
  const again = useMutation({
    mutationFn: () => redeliver(ref, _id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: deliveries(ref).queryKey }),
  })
  return (
    <li className="px-4 py-3 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="min-w-0 flex-1 basis-48">
          <span className="font-medium">{message.type}</span>{' '}
          <span className="text-muted">· {moment(createdAt)}</span>
        </span>
        <Badge tone={states[state].tone}>{states[state].name}</Badge>
        <Button look="ghost" size="small" busy={again.isPending} onClick={() => again.mutate()}>
          Send again
        </Button>
      </div>
      {nextAt !== undefined && <p className="mt-1 text-muted">Tried again {moment(nextAt)}.</p>}
      {again.error !== null && <Problem error={again.error} className="mt-2" />}
      <details className="mt-1">
        <summary className="w-fit text-muted hover:text-ink">
          {count(attempts.length, 'try', 'tries')}
        </summary>
        <ul className="mt-2 space-y-1">
          {attempts.map(({ at, status, failure, milliseconds }) => (
            <li key={at}>
              {moment(at)}: {status === undefined ? failure : `answered ${status}`} after {milliseconds} ms
            </li>
          ))}
        </ul>
        <p className="mt-2 text-muted">{messageId}</p>
        <pre
          tabIndex={0}
          className="mt-1 max-h-64 overflow-auto rounded-lg bg-sunken p-3 text-xs whitespace-pre-wrap break-all"
        >
          {JSON.stringify(message, null, 2)}
        </pre>
      </details>
    </li>
  )
}
