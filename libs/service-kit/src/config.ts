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
/** Folder of the disk object store. */
export const objectSettings = { OBJECTS_FOLDER: Type.String({ minLength: 1 }) }

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
  if (check.Check(value)) return value
  const lines = fieldErrors('', check.Errors(value)).map(
    ({ field, message }) => `${field.slice(1)} ${message}`,
  )
  throw new ConfigError(`Settings that are missing or wrong:\n  ${[...new Set(lines)].join('\n  ')}`)
}
