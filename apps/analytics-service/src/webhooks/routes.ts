import { webhooksApi } from '@aetherlearn/contracts/analytics/webhooks'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { DeliveryStore } from './delivery-store.ts'
import type { Outlet } from './outlet.ts'
import { addressFault } from './rules.ts'
import type { WebhookStore } from './store.ts'

export type WebhookDeps = {
  transact: <T>(work: (session: Session) => Promise<T>) => Promise<T>
  requireEditor: RequireStaff
  webhooks: WebhookStore
  deliveries: DeliveryStore
  outlet: Outlet
  /** Whether addresses of our own network are taken. */
  anywhere: boolean
  now: () => number
}

export const webhookRoutes: FastifyPluginAsyncTypebox<WebhookDeps> = async (app, deps) => {
  const { transact, requireEditor, webhooks, deliveries, outlet, anywhere, now } = deps

  function assertAddress(url: string) {
    const message = addressFault(url, anywhere)
    if (message !== undefined) throw fail('INVALID_INPUT', { errors: [{ field: 'body.url', message }] })
  }

  app.route({
    ...webhooksApi.listWebhooks,
    handler: async ({ caller, params: { courseId } }) => {
      await requireEditor(caller, courseId)
      return { webhooks: await webhooks.list(courseId) }
    },
  })

  app.route({
    ...webhooksApi.addWebhook,
    handler: async ({ caller, params: { courseId }, body }, reply) => {
      assertAddress(body.url)
      await requireEditor(caller, courseId)
      return reply.code(201).send(await webhooks.add(courseId, body))
    },
  })

  app.route({
    ...webhooksApi.changeWebhook,
    handler: async ({ caller, params, body }) => {
      if (body.url !== undefined) assertAddress(body.url)
      await requireEditor(caller, params.courseId)
      return webhooks.change(params, body)
    },
  })

  app.route({
    ...webhooksApi.removeWebhook,
    handler: async ({ caller, params }) => {
      await requireEditor(caller, params.courseId)
      await transact(async (session) => {
        await webhooks.remove(params, session)
        await deliveries.removeOf({ webhookId: params.webhookId }, session)
      })
      return { message: 'removed' }
    },
  })

  app.route({
    ...webhooksApi.rotateWebhookSecret,
    handler: async ({ caller, params }) => {
      await requireEditor(caller, params.courseId)
      return webhooks.rotate(params)
    },
  })

  app.route({
    ...webhooksApi.pingWebhook,
    handler: async ({ caller, params }, reply) => {
      await requireEditor(caller, params.courseId)
      const deliveryId = await transact(async (session) => {
        await webhooks.require(params, session)
        return outlet.ping(params, new Date(now()).toISOString(), session)
      })
      return reply.code(202).send({ deliveryId })
    },
  })

  app.route({
    ...webhooksApi.listDeliveries,
    handler: async ({ caller, params, query: { limit, before } }) => {
      await requireEditor(caller, params.courseId)
      await webhooks.require(params)
      return { deliveries: await deliveries.list(params.webhookId, limit, before) }
    },
  })

  app.route({
    ...webhooksApi.redeliver,
    handler: async ({ caller, params }, reply) => {
      await requireEditor(caller, params.courseId)
      await transact(async (session) => {
        await webhooks.require(params, session)
        await outlet.again(params, session)
      })
      return reply.code(202).send({ deliveryId: params.deliveryId })
    },
  })
}
