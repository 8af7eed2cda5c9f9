import { identityApi } from '@aetherlearn/contracts/identity'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { IssueSession } from '../sessions/issue.ts'
import { createPasswords } from './passwords.ts'
import { assertStudent } from './rules.ts'
import type { AccountStore } from './store.ts'

export type AccountDeps = { accounts: AccountStore; issue: IssueSession }

const DELETED = { message: 'deleted' }

export const accountRoutes: FastifyPluginAsyncTypebox<AccountDeps> = async (app, deps) => {
  const { accounts, issue } = deps
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
      const { user, grant } = await accounts.signIn(found.user.id)
      return issue(user, grant)
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

  app.route({
    ...identityApi.deleteMe,
    handler: async ({ caller, body, traceId }) => {
      const found = await accounts.findForErasure(caller.id)
      if (found === undefined) throw fail('USER_NOT_FOUND')
      assertStudent(found.user.role)
      if (!(await passwords.matches(body.password, found.passwordHash))) throw fail('WRONG_PASSWORD')
      const receipt = await accounts.erase({ userId: caller.id, by: caller.id, traceId })
      return { ...DELETED, receipt }
    },
  })

  app.route({
    ...identityApi.deleteUser,
    handler: async ({ caller, params: { userId }, traceId }) => {
      await accounts.erase({ userId, by: caller.id, traceId })
      return DELETED
    },
  })
}
