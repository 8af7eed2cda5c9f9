import { createVerifier } from '@aetherlearn/service-kit/auth'
import { createServer, type Server, type ServerOptions } from '@aetherlearn/service-kit/server'
import { createLocalJWKSet } from 'jose'
import { accountRoutes } from './accounts/routes.ts'
import { erasureRoutes } from './erasures/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { createReportSigner, createTokenSigner, keySetOf } from './keys/signer.ts'
import type { SigningKey } from './keys/store.ts'
import { createIssuer } from './sessions/issue.ts'
import { sessionRoutes } from './sessions/routes.ts'
import type { Stores } from './stores.ts'

export type AppDeps = Omit<Stores, 'keys' | 'audit'> & {
  key: SigningKey
  accessTokenSeconds: number
} & Pick<ServerOptions, 'checks' | 'log'>

/** The service with everything it needs handed in; opens nothing. */
export async function buildApp({
  accounts,
  sessions,
  erasures,
  key,
  accessTokenSeconds,
  ...server
}: AppDeps): Promise<Server> {
  const keySet = keySetOf(key)
  const app = await createServer({
    ...server,
    name: 'identity-service',
    verifyToken: createVerifier(createLocalJWKSet(keySet)),
  })
  const issue = createIssuer(createTokenSigner(key, accessTokenSeconds), accessTokenSeconds)
  await app.register(accountRoutes, { accounts, issue })
  await app.register(erasureRoutes, { erasures, sign: createReportSigner(key) })
  await app.register(sessionRoutes, { accounts, sessions, issue })
  await app.register(keyRoutes, { keySet })
  return app
}
