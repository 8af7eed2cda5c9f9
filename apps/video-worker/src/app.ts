import { fail } from '@aetherlearn/service-kit/errors'
import type { HealthCheck } from '@aetherlearn/service-kit/health'
import { createServer } from '@aetherlearn/service-kit/server'
import type { Logger } from 'pino'

export type AppDeps = { checks: Record<string, HealthCheck>; log: Logger }

/** A worker has no routes of its own: health, metrics and an empty API document. */
export const buildApp = ({ checks, log }: AppDeps) =>
  createServer({
    name: 'video-worker',
    log,
    checks,
    verifyToken: () => Promise.reject(fail('UNAUTHENTICATED')),
  })
