import { identityApi } from '@aetherlearn/contracts/identity'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { IssueSession } from '../sessions/issue.ts'
import type { SessionStore } from '../sessions/store.ts'
import { createPasswords } from './passwords.ts'
import type { AccountStore } from './store.ts'

export type AccountDeps = { accounts: AccountStore; sessions: SessionStore; issue: IssueSession }

export const accountRoutes: FastifyPluginAsyncTypebox<AccountDeps> = async (app, deps) => {
  const { accounts, sessions, issue } = deps
  const passwords = createPasswords()

  app.route({
    ...identityApi.signUp,
    handler: async ({ body, traceId }, reply) => {
      const { email, fullName, password } = body
      const passwordHash = await passwords.hash(password)
      const { user, grant } = await accounts.register({ email, fullName, passwordHash }, traceId)
      return reply.code(201).send(await issue(user, grant))
    },
  })

  app.route({
    ...identityApi.signIn,
    handler: async ({ body }) => {
      const found = await accounts.findForSignIn(body.email)
      const matches = await passwords.matches(body.password, found?.passwordHash)
      if (found === undefined || !matches) throw fail('WRONG_CREDENTIALS')
      return issue(found.user, await sessions.open(found.user.id))
    },
  })

  app.route({
    ...identityApi.me,
    handler: async ({ caller }) => {
      const user = await accounts.get(caller.id)
      if (user === undefined) throw fail('USER_NOT_FOUND')
      return user
    },
  })

  app.route({ ...identityApi.listUsers, handler: ({ query }) => accounts.list(query) })

  app.route({
    ...identityApi.changeUser,
    handler: async ({ caller, params, body, traceId }) => {
      if (params.userId === caller.id && body.role !== 'admin') {
        throw fail('FORBIDDEN', {
          detail: 'An admin cannot take their own admin role away; another admin can',
        })
      }
      return accounts.changeRole({ userId: params.userId, role: body.role, by: caller.id, traceId })
    },
  })
}
