import { apps, urlVariable, type AppName } from '@aetherlearn/contracts/system'
import { Type, type Static, type TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { fieldErrors } from './validation.ts'

/** Settings of every process. `PORT` 0 takes a free one. */
export const serverSettings = (app: AppName) => ({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: apps[app].port ?? 0 }),
  LOG_LEVEL: Type.Union(
    (['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const).map((level) =>
      Type.Literal(level),
    ),
    { default: 'info' },
  ),
  /** How long running requests and jobs may take to finish after SIGTERM. */
  SHUTDOWN_GRACE_MS: Type.Integer({ minimum: 0, default: 10_000 }),
  /** Where spans go (OTLP over HTTP); empty: no tracing. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.String({ default: '' }),
})

const Url = (schemes: string, fallback: string) =>
  Type.String({ pattern: `^(${schemes})://[^\\s]+$`, default: fallback })

/** A replica set: transactions need one. */
export const mongoSettings = {
  MONGO_URL: Url('mongodb|mongodb\\+srv', 'mongodb://127.0.0.1:27017/?replicaSet=rs0'),
}
/** State and queues: `noeviction`, AOF. */
export const redisStateSettings = { REDIS_STATE_URL: Url('rediss?', 'redis://127.0.0.1:6379') }
/** Cache: may evict. One server may play both roles on a laptop. */
export const redisCacheSettings = { REDIS_CACHE_URL: Url('rediss?', 'redis://127.0.0.1:6379') }
/** A setting that is needed only where another one has a certain value. */
export const neededWith = (name: string, value: string, pattern = '') =>
  Type.String({ default: '', ...(pattern && { pattern }), neededWith: { name, value } })

/** The object store: a folder on disk, or a bucket of an S3 server. */
export const objectSettings = {
  STORE: Type.Union([Type.Literal('disk'), Type.Literal('s3')], { default: 'disk' }),
  OBJECTS_FOLDER: neededWith('STORE', 'disk'),
  /** Its address, as `https://s3.eu-central-1.amazonaws.com`. */
  S3_ENDPOINT: neededWith('STORE', 's3'),
  /** Where browsers reach the same server, for parts that they send to it themselves; empty: `S3_ENDPOINT`. */
  S3_PUBLIC_ENDPOINT: Type.String({ pattern: '^(https?://[^\\s]+)?$', default: '' }),
  S3_REGION: neededWith('STORE', 's3'),
  /** Made where it is missing. */
  S3_BUCKET: neededWith('STORE', 's3'),
  S3_ACCESS_KEY_ID: neededWith('STORE', 's3'),
  S3_SECRET_ACCESS_KEY: neededWith('STORE', 's3'),
}

/** The address of another app, without a slash at its end. */
export const urlOf = <Name extends AppName>(app: Name) => Url('https?', `http://127.0.0.1:${apps[app].port}`)

export const identitySettings = { [urlVariable('identity-service')]: urlOf('identity-service') } as {
  IDENTITY_SERVICE_URL: ReturnType<typeof urlOf>
}

/** Every bad setting at once, one a line; the process ends with it. */
export class ConfigError extends Error {}

/** Reads the settings that `schema` names from the environment, as numbers and booleans where it says so. */
export function loadConfig<S extends TObject>(schema: S, env: NodeJS.ProcessEnv): Static<S> {
  const names = Object.keys(schema.properties)
  // An empty variable means "not set", as in compose files that pass variables through.
  const given = Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]]))
  const value = Value.Default(schema, Value.Convert(schema, given))
  const check = Compile(schema)
  const missing = missingLines(schema, value)
  if (check.Check(value) && missing.length === 0) return value
  const lines = fieldErrors('', check.Errors(value)).map(
    ({ field, message }) => `${field.slice(1)} ${message}`,
  )
  lines.push(...missing)
  throw new ConfigError(`Settings that are missing or wrong:\n  ${[...new Set(lines)].join('\n  ')}`)
}

/** A line for each setting that is empty although the others ask for it. */
function missingLines(schema: TObject, value: unknown): string[] {
  const values = value as Record<string, unknown>
  return Object.entries(schema.properties).flatMap(([name, property]) => {
    const { neededWith: need } = property as { neededWith?: { name: string; value: string } }
    if (need === undefined || values[need.name] !== need.value || values[name] !== '') return []
    return [`${name} is needed with ${need.name}=${need.value}`]
  })
}
