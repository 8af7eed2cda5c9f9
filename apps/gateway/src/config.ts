import { fileURLToPath } from 'node:url'
import type { RateClass } from '@aetherlearn/contracts/shape'
import { system, urlVariable } from '@aetherlearn/contracts/system'
import type { OriginSettings } from './origins/rules.ts'
import {
  ConfigError,
  identitySettings,
  loadConfig,
  redisCacheSettings,
  redisStateSettings,
  serverSettings,
  urlOf,
} from '@aetherlearn/service-kit/config'
import { Type, type Static } from 'typebox'

const PerMinute = (calls: number) => Type.Integer({ minimum: 1, default: calls })
const builtConsole = fileURLToPath(new URL('../../web/dist', import.meta.url))

/** Scheme, host and port, or nothing: on a laptop `localhost` and `127.0.0.1` are each other's. */
const Origin = Type.String({ pattern: '^(https?://[A-Za-z0-9.:[\\]-]+)?$', default: '' })

const Own = Type.Object({
  ...serverSettings('gateway'),
  ...redisStateSettings,
  ...redisCacheSettings,
  ...identitySettings,
  /** The web console as built by vite. */
  WEB_FOLDER: Type.String({ minLength: 1, default: builtConsole }),
  /** Addresses or CIDR ranges of load balancers whose X-Forwarded-For we believe, separated by commas. */
  TRUSTED_PROXIES: Type.String({ default: '' }),
  /** Where the console is, and where packages are opened: another host, so that no package reads what is the console's. */
  PUBLIC_ORIGIN: Origin,
  CONTENT_ORIGIN: Origin,
  /** Per user, or per address where nobody is signed in. A player sends two heartbeats every 5 s. */
  RATE_READ_PER_MINUTE: PerMinute(1200),
  RATE_WRITE_PER_MINUTE: PerMinute(300),
  RATE_HEARTBEAT_PER_MINUTE: PerMinute(240),
  /** Per address, where a whole school may sit behind one. */
  RATE_SIGN_IN_PER_MINUTE: PerMinute(300),
  /** Chunks of 5 MiB or more. */
  RATE_UPLOAD_PER_MINUTE: PerMinute(3000),
  /** Per address: the grant in a media URL does not say who plays. */
  RATE_MEDIA_PER_MINUTE: PerMinute(30_000),
})

/** Addresses of the services, in the variables that the map derives from their names. */
const upstreamSettings = Object.fromEntries(
  system.gateway.calls.map((name) => [urlVariable(name), urlOf(name)] as const),
)

export type Limits = Record<RateClass, number>
export type Upstreams = Record<string, string>
export type GatewayConfig = Static<typeof Own> & {
  limits: Limits
  upstreams: Upstreams
  origins: OriginSettings
}

const limitsOf = (config: Static<typeof Own>): Limits => ({
  read: config.RATE_READ_PER_MINUTE,
  write: config.RATE_WRITE_PER_MINUTE,
  heartbeat: config.RATE_HEARTBEAT_PER_MINUTE,
  'sign-in': config.RATE_SIGN_IN_PER_MINUTE,
  upload: config.RATE_UPLOAD_PER_MINUTE,
  media: config.RATE_MEDIA_PER_MINUTE,
})

export function loadGatewayConfig(env: NodeJS.ProcessEnv): GatewayConfig {
  // First all together, so that the error names every bad setting.
  loadConfig(Type.Object({ ...Own.properties, ...upstreamSettings }), env)
  const own = loadConfig(Own, env)
  const addresses = loadConfig(Type.Object(upstreamSettings), env)
  const origins = originsOf(own)
  const upstreams = system.gateway.calls.map((name) => [name, addresses[urlVariable(name)] ?? ''])
  return { ...own, limits: limitsOf(own), upstreams: Object.fromEntries(upstreams), origins }
}

function originsOf({ PUBLIC_ORIGIN, CONTENT_ORIGIN }: Static<typeof Own>): OriginSettings {
  const origins = { publicOrigin: originOf(PUBLIC_ORIGIN), contentOrigin: originOf(CONTENT_ORIGIN) }
  const { publicOrigin, contentOrigin } = origins
  const isApart = publicOrigin !== '' && new URL(publicOrigin).host !== hostOf(contentOrigin)
  if (contentOrigin === '' || isApart) return origins
  throw new ConfigError('CONTENT_ORIGIN needs PUBLIC_ORIGIN, and another host than it')
}

const originOf = (said: string) => (said === '' ? '' : new URL(said).origin)
const hostOf = (origin: string) => (origin === '' ? '' : new URL(origin).host)
