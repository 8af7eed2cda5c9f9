import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { processes, storeHosts, variableFaults, type Apps, type Variables } from './deployment.ts'

const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])
const Names = Type.Union([Type.Array(Type.String()), Type.Record(Type.String(), Type.Unknown())])
const Service = Type.Object({
  build: Type.Optional(Type.Object({ args: Type.Optional(Type.Record(Type.String(), Scalar)) })),
  environment: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Record(Type.String(), Scalar)])),
  expose: Type.Optional(Type.Array(Scalar)),
  ports: Type.Optional(Type.Array(Scalar)),
  depends_on: Type.Optional(Names),
})
type Service = Static<typeof Service>
const Compose = Type.Object({ services: Type.Record(Type.String(), Service) })

/** Where a compose file and the map disagree. */
export function composeFaults(text: string, apps: Apps): string[] {
  const { services } = Value.Parse(Compose, parse(text, { merge: true }))
  const own = processes(apps).flatMap(([name, { port }]) => {
    const service = services[name]
    return service === undefined ? [`${name} is missing`] : serviceFaults(name, service, port, services, apps)
  })
  return [...own, ...surplus(services, apps)]
}

function serviceFaults(
  name: string,
  service: Service,
  port: number,
  services: Record<string, Service>,
  apps: Apps,
) {
  const given = variables(service)
  const hosts = storeHosts(given)
  const faults = variableFaults(name, given, apps)
  if (service.build?.args?.['APP'] !== name) faults.push(`${name} is not built with APP: ${name}`)
  if (!containerPorts(service).includes(port)) faults.push(`${name} does not expose its port ${port}`)
  for (const host of new Set(hosts)) {
    if (services[host] === undefined) faults.push(`${name} uses ${host}, which is no service of this file`)
    else if (!dependencies(service).includes(host)) faults.push(`${name} does not wait for ${host}`)
  }
  return faults
}

/** Services that are neither an app nor, directly or not, something that an app waits for. */
function surplus(services: Record<string, Service>, apps: Apps): string[] {
  const wanted = new Set(processes(apps).map(([name]) => name))
  // A set that grows while it is walked is walked to its end.
  for (const name of wanted) for (const other of dependencies(services[name])) wanted.add(other)
  return Object.keys(services).flatMap((name) =>
    wanted.has(name) ? [] : [`${name} is used by no app on the map`],
  )
}

function variables({ environment = {} }: Service): Variables {
  const pairs = Array.isArray(environment)
    ? environment.map((line): [string, string] => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')])
    : Object.entries(environment).map(([name, value]): [string, string] => [name, String(value ?? '')])
  return new Map(pairs)
}

/** `8080`, `"8080:8080"` and `"127.0.0.1:${PORT:-8080}:8080"` all end with the port inside the container. */
const containerPorts = ({ expose = [], ports = [] }: Service): number[] =>
  [...expose, ...ports].map((port) => Number(/(\d+)(?:\/tcp)?$/.exec(String(port))?.[1]))

function dependencies(service: Service | undefined): string[] {
  const names = service?.depends_on ?? []
  return Array.isArray(names) ? names : Object.keys(names)
}
