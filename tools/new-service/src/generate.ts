import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { addToBase, addToCompose, addToGateway, addToImages, addToProduction } from './deploy.ts'
import { addError, addToMap, nextPort } from './edits.ts'
import { namesFrom, type Names } from './names.ts'

const template = join(import.meta.dirname, '../template')
const Manifest = Type.Object({ dependencies: Type.Record(Type.String(), Type.String()) })

export type Generated = { names: Names; port: number; files: string[] }

/** Makes the service `given` in the workspace at `root`: nothing is written unless all of it can be. */
export function generate(root: string, given: string): Generated {
  const names = namesFrom(given)
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const port = nextPort(read('libs/contracts/src/system.ts'))
  const fill = filler(names, port, kitVersions(read('libs/service-kit/package.json')))
  const created = new Map([
    [`libs/contracts/src/${names.noun}.ts`, fill('contract.ts')],
    [`k8s/base/${names.app}.yaml`, fill('kubernetes.yaml')],
  ])
  for (const path of globSync('**/*.template', { cwd: join(template, 'app') })) {
    const file = path.replace(/\.template$/, '')
    const target = file.replace('src/feature/', `src/${names.noun}/`)
    created.set(`apps/${names.app}/${target}`, fill(join('app', file)))
  }
  const taken = [...created.keys()].filter((path) => existsSync(join(root, path)))
  if (taken.length > 0) throw new Error(`${taken.join(', ')}: there already. Choose another name.`)
  const files = new Map([...created, ...changes(names, port, read, fill)])
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { names, port, files: [...files.keys()].sort() }
}

type Fill = (file: string) => string

/** The files that are there already, with the service in them. */
function changes(names: Names, port: number, read: (path: string) => string, fill: Fill): [string, string][] {
  const edits: [path: string, edit: (text: string) => string][] = [
    ['libs/contracts/src/system.ts', (text) => addToMap(text, names, port)],
    ['libs/contracts/src/errors.ts', (text) => addError(text, names)],
    ['docker-compose.yml', (text) => addToCompose(text, fill('compose.yml'), names, port)],
    ['k8s/base/gateway.yaml', (text) => addToGateway(text, names, port)],
    ['k8s/base/kustomization.yaml', (text) => addToBase(text, names)],
    ['k8s/overlays/production/kustomization.yaml', (text) => addToProduction(text, names)],
    ['k8s/README.md', (text) => addToImages(text, names)],
  ]
  return edits.map(([path, edit]) => [path, edit(read(path))])
}

/** Packages that the kit uses too must have the same version, or two copies of one library would meet. */
function kitVersions(manifest: string): Record<string, string> {
  return Value.Parse(Manifest, JSON.parse(manifest)).dependencies
}

/** Reads a file of the template and puts in the names, the port and the versions. */
function filler(names: Names, port: number, versions: Record<string, string>): Fill {
  const values: Record<string, string> = { ...names, port: String(port) }
  return (file) =>
    readFileSync(join(template, `${file}.template`), 'utf8').replace(
      /\{\{(version )?([^{}]+)\}\}/g,
      (_, isVersion: string | undefined, key: string) => {
        const value = isVersion === undefined ? values[key] : versions[key]
        if (value === undefined) throw new Error(`The template asks for ${key}, which is not known.`)
        return value
      },
    )
}
