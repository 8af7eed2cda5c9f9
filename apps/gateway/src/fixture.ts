import { createHash, randomBytes } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import { system } from '@aetherlearn/contracts/system'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { connectRedis, patientRedis } from '@aetherlearn/service-kit/redis'
import type { Server } from '@aetherlearn/service-kit/server'
import { buildApp } from './app.ts'
import type { Limits, Upstreams } from './config.ts'
import type { OriginSettings } from './origins/rules.ts'

const PLENTY = 1_000_000
const unlimited: Limits = {
  read: PLENTY,
  write: PLENTY,
  heartbeat: PLENTY,
  'sign-in': PLENTY,
  upload: PLENTY,
  media: PLENTY,
}

/** Nobody listens there. */
export const NOWHERE = 'http://127.0.0.1:9'
const nowhere: Upstreams = Object.fromEntries(system.gateway.calls.map((name) => [name, NOWHERE]))

export type FixtureOptions = {
  redisUrl: string
  verifyToken: VerifyToken
  upstreams?: Upstreams
  limits?: Partial<Limits>
  webFolder?: string
  /** Left out: `localhost` and `127.0.0.1` are each other's. */
  origins?: OriginSettings
  trustedProxies?: string
  /** Gateways with the same one share their buckets. */
  buckets?: string
}
export type Fixture = { app: Server; url: string; close(): Promise<void> }

/** For tests: a gateway on a free port, with buckets of its own and services that are not there unless given. */
export async function openFixture(options: FixtureOptions): Promise<Fixture> {
  const { redisUrl, verifyToken, trustedProxies = '' } = options
  const plain = await connectRedis(redisUrl)
  const cache = plain.duplicate({ keyPrefix: options.buckets ?? randomBytes(6).toString('hex') })
  await cache.connect()
  cache.on('error', () => {
    // As in the kit: every command reports its own failure.
  })
  const subscriber = patientRedis(redisUrl)
  const app = await buildApp({
    verifyToken,
    upstreams: { ...nowhere, ...options.upstreams },
    limits: { ...unlimited, ...options.limits },
    cache,
    subscriber,
    webFolder: options.webFolder ?? '/nonexistent',
    origins: options.origins ?? { publicOrigin: '', contentOrigin: '' },
    trustedProxies,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const close = async () => {
    app.readiness.stopping = true
    await app.close()
    for (const redis of [plain, cache, subscriber]) redis.disconnect()
  }
  return { app, url, close }
}

export type Upstream = { url: string; stop(): Promise<void> }

/** For tests: a service that answers as told. */
export async function startUpstream(listener: RequestListener): Promise<Upstream> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stop = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** For tests: a service that tells what reached it, the body by its length and hash. */
export const startEcho = (name: string): Promise<Upstream> =>
  startUpstream((request, response) => {
    const hash = createHash('sha256')
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      hash.update(chunk)
    })
    request.on('end', () => {
      const { method, url, headers } = request
      const seen = JSON.stringify({ name, method, url, headers, bytes, sha256: hash.digest('hex') })
      response.setHeader('content-type', 'application/json')
      // The answer to HEAD has headers alone.
      if (method === 'HEAD') response.setHeader('x-seen', seen)
      response.end(seen)
    })
  })
