import { webhookEvents, type Webhook } from '@aetherlearn/contracts/analytics/webhooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { addWebhook, changeWebhook, webhooks } from '../../api/webhooks.ts'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { Problem } from '../../components/problem.tsx'
import { eventWords } from './webhook-words.ts'

type Props = {
  courseId: string
  /** One to change; left out: a new one. */
  webhook?: Webhook
  onClose: () => void
  /** With the secret of a new one. */
  onAdded?: (secret: string) => void
}

/** Where messages go, and of what they tell. */
export function WebhookForm({ courseId, webhook, onClose, onAdded }: Props) {
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: async (form: FormData) => {
      const names = form.getAll('event')
      const body = { url: textOf(form, 'url'), events: webhookEvents.filter((name) => names.includes(name)) }
      if (webhook === undefined) return (await addWebhook(courseId, body)).secret
      await changeWebhook({ courseId, webhookId: webhook._id }, body)
      return undefined
    },
    onSuccess: async (secret) => {
      await queryClient.invalidateQueries({ queryKey: webhooks(courseId).queryKey, exact: true })
      if (secret === undefined) onClose()
      else onAdded?.(secret)
    },
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  const noEvents = fieldError(save.error, 'events')
  const isShown = fieldError(save.error, 'url') !== undefined || noEvents !== undefined
  return (
    <form onSubmit={onSubmit} className="space-y-4">
      <Field
        label="Address"
        name="url"
        type="url"
        maxLength={2000}
        placeholder="https://example.org/aetherlearn"
        required
        defaultValue={webhook?.url}
        error={fieldError(save.error, 'url')}
      />
      <fieldset>
        <legend className="text-sm font-medium">Tell it when</legend>
        <div className="mt-2 grid gap-2 sm:grid-cols-2">
          {webhookEvents.map((name) => (
            <label key={name} className="flex items-center gap-2 text-sm">
              <input
                type="checkbox"
                name="event"
                value={name}
                defaultChecked={webhook?.events.includes(name) ?? true}
                className="size-4 accent-accent"
              />
              {eventWords[name]}
            </label>
          ))}
        </div>
        {noEvents !== undefined && <p className="mt-2 text-sm text-bad">Choose at least one.</p>}
      </fieldset>
      {save.error !== null && !isShown && <Problem error={save.error} />}
      <div className="flex gap-2">
        <Button type="submit" busy={save.isPending}>
          {webhook === undefined ? 'Add' : 'Save'}
        </Button>
        <Button look="secondary" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
