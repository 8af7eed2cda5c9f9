import type { Webhook } from '@aetherlearn/contracts/analytics/webhooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { changeWebhook, ping, removeWebhook, rotateSecret, webhooks } from '../../api/webhooks.ts'
import { ActionMenu, type MenuAction } from '../../components/action-menu.tsx'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { longDate, timeOfDay } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Deliveries } from './webhook-deliveries.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { eventWords } from './webhook-words.ts'

type Props = { courseId: string; webhook: Webhook; onSecret: (secret: string) => void }
type View = 'edit' | 'remove' | 'log' | undefined

/** One webhook, what can be done with it, and what it was sent. */
export function WebhookCard({ courseId, webhook, onSecret }: Props) {
  const [view, setView] = useState<View>()
  const work = useWork(courseId, webhook, onSecret)
  const { url, enabled } = webhook
  const close = () => setView(undefined)
  const actions = [
    { label: 'Change', run: () => setView('edit') },
    { label: enabled ? 'Switch off' : 'Switch on', run: () => work.mutate('switch') },
    { label: 'New secret', run: () => work.mutate('rotate') },
    { label: 'Remove', run: () => setView('remove'), danger: true },
  ]
  return (
    <li className="py-5">
      <Summary webhook={webhook} actions={actions} />
      {work.error !== null && view !== 'remove' && <Problem error={work.error} className="mt-3" />}
      {view === 'edit' && (
        <div className="mt-4">
          <WebhookForm {...{ courseId, webhook }} onClose={close} />
        </div>
      )}
      <LogButtons
        isOpen={view === 'log'}
        busy={work.isPending && work.variables === 'ping'}
        onTest={() => {
          work.mutate('ping')
          setView('log')
        }}
        onToggle={() => setView(view === 'log' ? undefined : 'log')}
      />
      {view === 'log' && <Deliveries courseId={courseId} webhookId={webhook._id} />}
      {view === 'remove' && (
        <Confirm
          title="Remove this webhook?"
          confirm="Remove"
          busy={work.isPending}
          error={work.error}
          onClose={close}
          onConfirm={() => work.mutate('remove')}
        >
          {url} is told of nothing more, and what waits to be sent to it is dropped.
        </Confirm>
      )}
    </li>
  )
}

function Summary({ webhook, actions }: { webhook: Webhook; actions: MenuAction[] }) {
  const { url, events, enabled, disabledReason, formerSecretUntil } = webhook
  return (
    <>
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <p className="font-medium break-all">{url}</p>
          <p className="mt-1 text-sm text-muted">{events.map((name) => eventWords[name]).join(' · ')}</p>
          {formerSecretUntil !== undefined && (
            <p className="mt-1 text-sm text-muted">
              The former secret signs as well until {longDate(formerSecretUntil)},{' '}
              {timeOfDay(formerSecretUntil)}.
            </p>
          )}
        </div>
        <Badge tone={enabled ? 'good' : disabledReason === undefined ? 'neutral' : 'bad'}>
          {enabled ? 'On' : 'Off'}
        </Badge>
        <ActionMenu name={`What to do with ${url}`} actions={actions} />
      </div>
      {disabledReason !== undefined && (
        <p className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
          Switched off: {disabledReason} Switch it on when your server is mended.
        </p>
      )}
    </>
  )
}

type LogProps = { isOpen: boolean; busy: boolean; onTest: () => void; onToggle: () => void }

const LogButtons = ({ isOpen, busy, onTest, onToggle }: LogProps) => (
  <div className="mt-4 flex flex-wrap gap-2">
    <Button look="secondary" size="small" busy={busy} onClick={onTest}>
      Send a test
    </Button>
    <Button look="ghost" size="small" aria-expanded={isOpen} onClick={onToggle}>
      {isOpen ? 'Hide what was sent' : 'Show what was sent'}
    </Button>
  </div>
)

type Work = 'ping' | 'switch' | 'rotate' | 'remove'

function useWork(courseId: string, { _id, enabled }: Webhook, onSecret: (secret: string) => void) {
  const queryClient = useQueryClient()
  const ref = { courseId, webhookId: _id }
  return useMutation({
    mutationFn: async (work: Work) => {
      if (work === 'ping') await ping(ref)
      if (work === 'switch') await changeWebhook(ref, { enabled: !enabled })
      if (work === 'remove') await removeWebhook(ref)
      if (work === 'rotate') onSecret((await rotateSecret(ref)).secret)
    },
    // With the log, which a test adds to.
    onSuccess: () => queryClient.invalidateQueries({ queryKey: webhooks(courseId).queryKey }),
  })
}
