import helmet from '@fastify/helmet'
import type { Server } from '@aetherlearn/service-kit/server'

/** All but who frames what, which differs from side to side. */
export const addSecurityHeaders = async (app: Server) => {
  await app.register(helmet, {
    contentSecurityPolicy: false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: false,
  })
}
