import { urlVariable, type AppSpec, type Need } from '@aetherlearn/contracts/system'

/** The map: every app by its name. */
export type Apps = Record<string, AppSpec>
/** The variables a deployment gives to one app; the value is absent where it comes from a secret. */
export type Variables = Map<string, string | undefined>

/** Which variable tells an app where to find what it needs. ffmpeg lies in the image. */
const variableOf: Record<Need, string | undefined> = {
  mongo: 'MONGO_URL',
  'redis-state': 'REDIS_STATE_URL',
  'redis-cache': 'REDIS_CACHE_URL',
  objects: 'OBJECTS_FOLDER',
  ffmpeg: undefined,
}

/** Apps that are a process with a port; a site is files that the gateway serves. */
export const processes = (apps: Apps): [name: string, spec: AppSpec & { port: number }][] =>
  Object.entries(apps).flatMap(([name, spec]): [string, AppSpec & { port: number }][] =>
    spec.port === undefined ? [] : [[name, { ...spec, port: spec.port }]],
  )

/** What is wrong with the variables that a deployment gives to an app: missing, pointing elsewhere, or one too many. */
export function variableFaults(app: string, given: Variables, apps: Apps): string[] {
  const spec = apps[app]
  if (spec === undefined) return [`${app} is not on the map`]
  const needed = spec.needs.flatMap((need) => variableOf[need] ?? [])
  const called = spec.calls.map(urlVariable)
  const known = [...Object.values(variableOf), ...Object.keys(apps).map(urlVariable)]
  return [
    ...[...needed, ...called].filter((name) => !given.has(name)).map((name) => `${app} lacks ${name}`),
    ...[...given.keys()]
      .filter((name) => known.includes(name) && !needed.includes(name) && !called.includes(name))
      .map((name) => `${app} has ${name}, but the map gives it no need of that`),
    ...addressFaults(app, given, apps),
    ...portFault(app, given.get('PORT'), spec.port),
  ]
}

function addressFaults(app: string, given: Variables, apps: Apps): string[] {
  return (apps[app]?.calls ?? []).flatMap((other) => {
    const expected = `http://${other}:${apps[other]?.port}`
    const value = given.get(urlVariable(other))
    return value === undefined || value === expected
      ? []
      : [`${app} looks for ${other} at ${value}, not at ${expected}`]
  })
}

const portFault = (app: string, value: string | undefined, port: number | undefined) =>
  value === undefined || value === String(port)
    ? []
    : [`${app} is given PORT ${value}, on the map it has ${port}`]

/** The hosts of the stores that variables point at: `mongo` of `${MONGO_URL:-mongodb://mongo:27017/}`. */
export function storeHosts(given: Variables): string[] {
  const stores = ['MONGO_URL', 'REDIS_STATE_URL', 'REDIS_CACHE_URL'].flatMap((name) => given.get(name) ?? [])
  return stores.flatMap((url) => /:\/\/(?:[^@/]*@)?([^/?]+)/.exec(url)?.[1]?.split(',') ?? []).map(hostOf)
}

/** `mongo-0.mongo` in Kubernetes is a pod of the service `mongo`. */
const hostOf = (address: string) => address.replace(/:\d+\}?$/, '')
