import type { FastifyInstance } from 'fastify'

/** Resolves when the dependency answers; rejects or hangs when it does not. */
export type HealthCheck = () => Promise<unknown>
export type Readiness = { checks: Record<string, HealthCheck>; stopping: boolean }

const CHECK_TIMEOUT_MS = 1000

async function passes(check: HealthCheck): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('no answer')), CHECK_TIMEOUT_MS)
  try {
    await Promise.race([check(), late])
    return true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** Liveness never looks at a database: restarting us would not bring it back. */
export function registerHealth(app: FastifyInstance, readiness: Readiness) {
  const config = { access: 'public' } as const
  app.get('/health/live', { config, logLevel: 'warn', schema: { hide: true } }, async () => ({
    status: 'live',
  }))
  app.get('/health/ready', { config, logLevel: 'warn', schema: { hide: true } }, async (_request, reply) => {
    const names = Object.keys(readiness.checks)
    const results = await Promise.all(Object.values(readiness.checks).map(passes))
    const checks = Object.fromEntries(names.map((name, i) => [name, results[i] ? 'up' : 'down']))
    const ready = !readiness.stopping && results.every(Boolean)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
}
