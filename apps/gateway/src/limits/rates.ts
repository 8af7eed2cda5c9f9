import rateLimit, { normalizeIP, type FastifyRateLimitStore } from '@fastify/rate-limit'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyRequest } from 'fastify'
import type { Redis } from 'ioredis'
import type { Limits } from '../config.ts'
import { localBuckets, patientBuckets, sharedBuckets, type Buckets } from './buckets.ts'

const WINDOW_MS = 60_000

const isRateClass = (rate: string | undefined, limits: Limits): rate is keyof Limits =>
  rate !== undefined && rate in limits

/** Whose bucket: the user's, or the address's (a /64 for IPv6) where nobody is signed in. */
const keyOf = (request: FastifyRequest) =>
  `${request.routeOptions.config.rate}:${request.caller?.id ?? normalizeIP(request.ip)}`

/**
 * Every route's calls are taken from the bucket of its rate class. Without Redis each gateway counts for itself, but
 * sign-in is closed: guessing passwords must not become cheaper by it.
 */
export async function limitRates(app: Server, { limits, redis }: { limits: Limits; redis: Redis }) {
  const shared = sharedBuckets(redis)
  const patient = patientBuckets(shared, localBuckets())
  // Before the plugin's own hook, which reads what is set here.
  app.addHook('onRoute', ({ config }) => {
    if (config === undefined || !isRateClass(config.rate, limits)) return
    config.rateLimit = { max: limits[config.rate], timeWindow: WINDOW_MS, keyGenerator: keyOf }
  })
  await app.register(rateLimit, {
    global: false,
    enableDraftSpec: true,
    store: storeOver((key) => (key.startsWith('sign-in:') ? shared : patient)),
    errorResponseBuilder: (_request, { ttl }) =>
      fail('RATE_LIMITED', { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  })
}

const storeOver = (bucketsOf: (key: string) => Buckets) =>
  class Store implements FastifyRateLimitStore {
    incr(
      key: string,
      done: (error: Error | null, taken?: { current: number; ttl: number }) => void,
      windowMs: number,
    ) {
      bucketsOf(key)
        .take(key, windowMs)
        .then(
          (taken) => done(null, taken),
          (error: unknown) => done(fail('UNAVAILABLE', { cause: error, retryAfterSeconds: 2 })),
        )
    }
    child() {
      return this
    }
  }
