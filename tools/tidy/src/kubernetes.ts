import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { parseAllDocuments } from 'yaml'
import { processes, storeHosts, variableFaults, type Apps, type Variables } from './deployment.ts'

const Named = Type.Object({ name: Type.String() })
const Container = Type.Object({
  name: Type.String(),
  ports: Type.Optional(
    Type.Array(Type.Object({ name: Type.Optional(Type.String()), containerPort: Type.Integer() })),
  ),
  env: Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.Optional(Type.String()) }))),
  envFrom: Type.Optional(
    Type.Array(Type.Object({ configMapRef: Type.Optional(Named), secretRef: Type.Optional(Named) })),
  ),
})
const Workload = Type.Object({
  spec: Type.Object({
    template: Type.Object({
      metadata: Type.Optional(
        Type.Object({ labels: Type.Optional(Type.Record(Type.String(), Type.String())) }),
      ),
      spec: Type.Object({ containers: Type.Array(Container) }),
    }),
  }),
})
const ServiceSpec = Type.Object({
  spec: Type.Object({
    ports: Type.Array(
      Type.Object({
        port: Type.Integer(),
        targetPort: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
      }),
    ),
  }),
})
const ConfigMap = Type.Object({ data: Type.Record(Type.String(), Type.String()) })
const Resource = Type.Object({ kind: Type.String(), metadata: Named })
type Manifest = { path: string; kind: string; name: string; body: unknown }

/** Where the manifests of `k8s/base` (path → text) and the map disagree. */
export function kubernetesFaults(files: Map<string, string>, apps: Apps): string[] {
  const all = manifests(files)
  const own = processes(apps).flatMap(([name, { port }]) => {
    const found = all.find((one) => one.kind === 'Deployment' && one.name === name)
    const service = all.find((one) => one.kind === 'Service' && one.name === name)
    if (found === undefined || service === undefined) return [`${name} has no Deployment or no Service`]
    return appFaults(name, port, found, service, all, apps)
  })
  return [...own, ...surplus(all, apps), ...listFaults(files)]
}

function manifests(files: Map<string, string>): Manifest[] {
  return [...files].flatMap(([path, text]) =>
    parseAllDocuments(text).flatMap((document): Manifest[] => {
      const body: unknown = document.toJS()
      if (!Value.Check(Resource, body)) return []
      return [{ path, kind: body.kind, name: body.metadata.name, body }]
    }),
  )
}

const containersOf = ({ body }: Manifest): Static<typeof Container>[] =>
  Value.Check(Workload, body) ? body.spec.template.spec.containers : []

function appFaults(
  name: string,
  port: number,
  found: Manifest,
  service: Manifest,
  all: Manifest[],
  apps: Apps,
) {
  const container = containersOf(found)[0]
  if (container === undefined) return [`${name} has no container`]
  const faults = [...variableFaults(name, variables(container, all), apps), ...edgeFaults(name, found, apps)]
  if (!container.ports?.some(({ containerPort }) => containerPort === port)) {
    faults.push(`the container of ${name} does not open its port ${port}`)
  }
  const ports = Value.Check(ServiceSpec, service.body) ? service.body.spec.ports : []
  const portNamed = (wanted: string) => container.ports?.find((one) => one.name === wanted)?.containerPort
  const leadsThere = ports.some((one) => {
    const { targetPort = one.port } = one
    return one.port === port && (typeof targetPort === 'string' ? portNamed(targetPort) : targetPort) === port
  })
  return leadsThere ? faults : [...faults, `the Service of ${name} does not lead from ${port} to ${port}`]
}

/** Labels that open the network: a pod reaches what the map says that its app calls and needs, and nothing else. */
function edgeFaults(name: string, { body }: Manifest, apps: Apps): string[] {
  const { calls, needs } = apps[name] ?? { calls: [], needs: [] }
  const stores = needs.filter((need) => need !== 'objects' && need !== 'ffmpeg')
  const wanted = [...stores.map((need) => `needs-${need}`), ...calls.map((app) => `calls-${app}`)]
  const labels = Value.Check(Workload, body) ? Object.keys(body.spec.template.metadata?.labels ?? {}) : []
  const given = labels.flatMap((label) => /^aetherlearn\.dev\/((needs|calls)-.*)$/.exec(label)?.[1] ?? [])
  return [
    ...wanted.filter((edge) => !given.includes(edge)).map((edge) => `pods of ${name} lack the label ${edge}`),
    ...given
      .filter((edge) => !wanted.includes(edge))
      .map((edge) => `pods of ${name} have the label ${edge}, against the map`),
  ]
}

function variables({ env = [], envFrom = [] }: Static<typeof Container>, all: Manifest[]): Variables {
  const maps = envFrom.flatMap(({ configMapRef, secretRef }) => {
    const name = (configMapRef ?? secretRef)?.name
    const body = all.find((one) => /^(ConfigMap|Secret)$/.test(one.kind) && one.name === name)?.body
    return Value.Check(ConfigMap, body) ? Object.entries(body.data) : []
  })
  return new Map<string, string | undefined>([
    ...maps,
    ...env.map(({ name, value }) => [name, value] as const),
  ])
}

/** Workloads that are neither an app nor a store that some app is pointed at. */
function surplus(all: Manifest[], apps: Apps): string[] {
  const running = all.filter(({ kind }) => /^(Deployment|StatefulSet|DaemonSet)$/.test(kind))
  const hosts = running.flatMap((one) =>
    containersOf(one).flatMap((container) => storeHosts(variables(container, all))),
  )
  // The host of a pod of a set is `pod.service`.
  const stores = new Set(hosts.flatMap((host) => host.split('.')))
  const known = (name: string) => processes(apps).some(([app]) => app === name) || stores.has(name)
  return running.flatMap(({ name }) => (known(name) ? [] : [`${name} is used by no app on the map`]))
}

const Kustomization = Type.Object({ resources: Type.Array(Type.String()) })

/** Every file beside `kustomization.yaml` is listed in it, and nothing else is. */
function listFaults(files: Map<string, string>): string[] {
  const list = [...files].find(([path]) => path.endsWith('/kustomization.yaml'))
  if (list === undefined) return ['there is no kustomization.yaml']
  const [path, text] = list
  const body: unknown = parseAllDocuments(text)[0]?.toJS()
  const listed = Value.Check(Kustomization, body) ? body.resources : []
  const there = [...files.keys()].filter((file) => file !== path).map((file) => file.split('/').at(-1) ?? '')
  return [
    ...there.filter((file) => !listed.includes(file)).map((file) => `${file} is not in kustomization.yaml`),
    ...listed
      .filter((file) => !there.includes(file))
      .map((file) => `kustomization.yaml lists ${file}, which is gone`),
  ]
}
