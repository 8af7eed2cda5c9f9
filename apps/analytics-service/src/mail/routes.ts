import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { wishFor, type SettingsStore } from '../messages/settings-store.ts'
import type { Links, Subscription } from './links.ts'

export type MailDeps = {
  /** Absent where no mail is sent: no link is valid. */
  links?: Pick<Links, 'read'> | undefined
  settings: Pick<SettingsStore, 'of' | 'save'>
}

/** The form that comes along says what the address says already. */
const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data']
const FORM_BYTES = 4096

export const mailRoutes: FastifyPluginAsyncTypebox<MailDeps> = async (app, { links, settings }) => {
  app.addContentTypeParser(FORMS, { parseAs: 'string', bodyLimit: FORM_BYTES }, (_request, _body, done) =>
    done(null),
  )

  function requireOurs(token: string): Subscription {
    const subscription = links?.read(token)
    if (subscription === undefined) throw fail('LINK_INVALID')
    return subscription
  }

  app.route({
    ...analyticsApi.showUnsubscribe,
    handler: (request, reply) => {
      const { token } = request.query
      requireOurs(token)
      return reply.redirect(`/unsubscribe?token=${encodeURIComponent(token)}`, 303)
    },
  })

  app.route({
    ...analyticsApi.unsubscribe,
    handler: async ({ query: { token } }) => {
      const { userId, kind } = requireOurs(token)
      // Who has chosen to get none at all stays so.
      if ((await settings.of(userId))[wishFor[kind]] === 'mail')
        await settings.save(userId, kind === 'nudge' ? { nudges: 'inbox' } : { digests: 'inbox' })
      return { kind }
    },
  })
}
