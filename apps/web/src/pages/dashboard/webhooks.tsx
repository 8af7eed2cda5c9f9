import { MAX_WEBHOOKS } from '@aetherlearn/contracts/analytics/webhooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { webhooks } from '../../api/webhooks.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Secret } from './secret.tsx'
import { WebhookCard } from './webhook-card.tsx'
import { WebhookForm } from './webhook-form.tsx'

/** Other servers that are told of what happens in the course. */
export function Webhooks({ courseId }: { courseId: string }) {
  const query = useQuery(webhooks(courseId))
  const [isAdding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  const isFull = (query.data?.webhooks.length ?? 0) >= MAX_WEBHOOKS
  return (
    <Panel
      title="Webhooks"
      lead="Your own servers are told of what happens in this course: a signed message by https for each event, tried again for three days."
      controls={
        <Button disabled={isAdding || isFull} onClick={() => setAdding(true)}>
          Add a webhook
        </Button>
      }
    >
      {isAdding && (
        <div className="mb-6 rounded-xl border border-line p-4 sm:p-5">
          <WebhookForm
            courseId={courseId}
            onClose={() => setAdding(false)}
            onAdded={(shown) => {
              setAdding(false)
              setSecret(shown)
            }}
          />
        </div>
      )}
      {secret !== undefined && (
        <Secret title="The secret of this webhook" secret={secret} onClose={() => setSecret(undefined)}>
          Your server verifies messages with it. It is shown this once: keep it where your server finds it.
        </Secret>
      )}
      <Loaded query={query} what="the webhooks">
        {({ webhooks: all }) =>
          all.length === 0 ? (
            <EmptyState icon="devices" title="No webhooks yet">
              Add the address of a server, and choose what it is told of.
            </EmptyState>
          ) : (
            <ul aria-label="Webhooks" className="divide-y divide-line border-y border-line">
              {all.map((webhook) => (
                <WebhookCard key={webhook._id} {...{ courseId, webhook }} onSecret={setSecret} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}
