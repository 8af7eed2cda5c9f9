import { createServer, type Server, type ServerOptions } from '@aetherlearn/service-kit/server'
import type { Redis } from 'ioredis'
import type { Limits, Upstreams } from './config.ts'
import { docsRoutes } from './docs/routes.ts'
import { limitRates } from './limits/rates.ts'
import { keepSidesApart, placesBy } from './origins/places.ts'
import type { OriginSettings } from './origins/rules.ts'
import { proxyRoutes } from './routing/routes.ts'
import { siteRoutes } from './site/routes.ts'
import { addSecurityHeaders } from './site/security.ts'
import { hearNotifications } from './sockets/notifications.ts'
import { openSockets } from './sockets/server.ts'

export type AppDeps = {
  upstreams: Upstreams
  limits: Limits
  /** Holds the buckets that all gateways share. */
  cache: Redis
  /** A connection of its own, for the channel that is heard. */
  subscriber: Redis
  webFolder: string
  origins: OriginSettings
} & Pick<ServerOptions, 'verifyToken' | 'log' | 'checks' | 'trustedProxies'>

/** The door with everything it needs handed in; opens nothing. */
export async function buildApp(deps: AppDeps): Promise<Server> {
  const { upstreams, limits, cache, subscriber, webFolder, origins, ...server } = deps
  const whereIs = placesBy(origins)
  const app = await createServer({
    ...server,
    name: 'gateway',
    validate: false,
    beforeGuard: async (bare) => {
      await addSecurityHeaders(bare)
      keepSidesApart(bare, whereIs)
    },
  })
  await limitRates(app, { limits, redis: cache })
  await app.register(proxyRoutes, { upstreams, whereIs })
  await app.register(docsRoutes)
  await app.register(siteRoutes, { webFolder })
  const sockets = openSockets(app, { verifyToken: deps.verifyToken, contentOrigin: origins.contentOrigin })
  await hearNotifications(subscriber, sockets, app.log)
  return app
}
