import { identityApi } from '@aetherlearn/contracts/identity'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AccountStore } from '../accounts/store.ts'
import type { IssueSession } from './issue.ts'
import type { SessionStore } from './store.ts'

export type SessionDeps = { accounts: Pick<AccountStore, 'get'>; sessions: SessionStore; issue: IssueSession }

export const sessionRoutes: FastifyPluginAsyncTypebox<SessionDeps> = async (app, deps) => {
  const { accounts, sessions, issue } = deps

  app.route({
    ...identityApi.refresh,
    handler: async ({ body, log }) => {
      const rotation = await sessions.rotate(body.refreshToken)
      if (rotation.outcome === 'stolen') {
        const { userId, sessionId } = rotation
        log.warn({ userId, sessionId }, 'a replaced refresh token was used, session ended')
      }
      if (rotation.outcome !== 'rotated') throw fail('REFRESH_TOKEN_INVALID')
      // Read anew, so that a changed role is in the next access token.
      const user = await accounts.get(rotation.grant.userId)
      if (user === undefined) throw fail('REFRESH_TOKEN_INVALID')
      return issue(user, rotation.grant)
    },
  })

  app.route({
    ...identityApi.signOut,
    handler: async ({ caller }) => {
      await sessions.end(caller.sessionId)
      return { message: 'Signed out' }
    },
  })
}
