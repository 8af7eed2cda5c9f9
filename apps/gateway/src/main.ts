import { createTokenVerifier } from '@aetherlearn/service-kit/auth'
import { createLogger } from '@aetherlearn/service-kit/log'
import { failStart, runProcess } from '@aetherlearn/service-kit/process'
import { connectRedis, patientRedis, redisCheck } from '@aetherlearn/service-kit/redis'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import { buildApp } from './app.ts'
import { loadGatewayConfig } from './config.ts'

const start = async () => {
  const config = loadGatewayConfig(process.env)
  const log = createLogger('gateway', config.LOG_LEVEL)
  const stopTracing = await startTracing('gateway', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const cache = await connectRedis(config.REDIS_CACHE_URL, { batched: true })
    opened('redis-cache', () => cache.disconnect())
    const state = await connectRedis(config.REDIS_STATE_URL)
    opened('redis-state', () => state.disconnect())
    // A connection that subscribes can do nothing else.
    const subscriber = patientRedis(config.REDIS_STATE_URL)
    opened('subscriber', () => subscriber.disconnect())
    return buildApp({
      verifyToken: createTokenVerifier({ identityUrl: config.IDENTITY_SERVICE_URL }),
      upstreams: config.upstreams,
      limits: config.limits,
      cache,
      subscriber,
      webFolder: config.WEB_FOLDER,
      origins: config.origins,
      trustedProxies: config.TRUSTED_PROXIES,
      checks: { 'redis-cache': redisCheck(cache), 'redis-state': redisCheck(state) },
      log,
    })
  })
}

start().catch(failStart)
