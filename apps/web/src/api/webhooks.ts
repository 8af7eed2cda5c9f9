import type { WebhookEvent } from '@aetherlearn/contracts/analytics/webhooks'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { analytics } from './clients.ts'

type Ref = { courseId: string; webhookId: string }
export type WebhookChange = { url?: string; events?: WebhookEvent[]; enabled?: boolean }

/** Something is on its way most of the time. */
const REFRESH_MS = 5000
const PAGE = 20

export const webhooks = (courseId: string) =>
  queryOptions({
    queryKey: ['webhooks', courseId],
    queryFn: () => analytics.listWebhooks({ params: { courseId } }),
  })

export const deliveries = (ref: Ref) =>
  infiniteQueryOptions({
    queryKey: ['webhooks', ref.courseId, 'deliveries', ref.webhookId],
    queryFn: ({ pageParam }) =>
      analytics.listDeliveries({
        params: ref,
        query: { limit: PAGE, ...(pageParam && { before: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ deliveries: page }) => (page.length < PAGE ? undefined : page.at(-1)?._id),
    refetchInterval: REFRESH_MS,
  })

export const addWebhook = (courseId: string, body: { url: string; events: WebhookEvent[] }) =>
  analytics.addWebhook({ params: { courseId }, body })
export const changeWebhook = (ref: Ref, body: WebhookChange) => analytics.changeWebhook({ params: ref, body })
export const removeWebhook = (ref: Ref) => analytics.removeWebhook({ params: ref })
export const rotateSecret = (ref: Ref) => analytics.rotateWebhookSecret({ params: ref })
export const ping = (ref: Ref) => analytics.pingWebhook({ params: ref })
export const redeliver = (ref: Ref, deliveryId: string) =>
  analytics.redeliver({ params: { ...ref, deliveryId } })
