import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { addError, addToMap, nextPort } from './edits.ts'
import { namesFrom, type Names } from './names.ts'

const template = join(import.meta.dirname, '../template')
const Manifest = Type.Object({ dependencies: Type.Record(Type.String(), Type.String()) })

export type Generated = { names: Names; port: number; files: string[] }

/** Makes the service `given` in the workspace at `root`: nothing is written unless all of it can be. */
export function generate(root: string, given: string): Generated {
  const names = namesFrom(given)
  const read = (path: string) => readFileSync(join(root, path), 'utf8')
  const system = read('libs/contracts/src/system.ts')
  const port = nextPort(system)
  const fill = filler(names, port, kitVersions(read('libs/service-kit/package.json')))
  const created = new Map([
    [
      `libs/contracts/src/${names.noun}.ts`,
      fill(readFileSync(join(template, 'contract.ts.template'), 'utf8')),
    ],
  ])
  for (const path of globSync('**/*.template', { cwd: join(template, 'app') })) {
    const target = path.replace(/\.template$/, '').replace('src/feature/', `src/${names.noun}/`)
    created.set(`apps/${names.app}/${target}`, fill(readFileSync(join(template, 'app', path), 'utf8')))
  }
  const taken = [...created.keys()].filter((path) => existsSync(join(root, path)))
  if (taken.length > 0) throw new Error(`${taken.join(', ')}: there already. Choose another name.`)
  const changed = new Map([
    ['libs/contracts/src/system.ts', addToMap(system, names, port)],
    ['libs/contracts/src/errors.ts', addError(read('libs/contracts/src/errors.ts'), names)],
  ])
  const files = new Map([...created, ...changed])
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { names, port, files: [...files.keys()].sort() }
}

/** Packages that the kit uses too must have the same version, or two copies of one library would meet. */
function kitVersions(manifest: string): Record<string, string> {
  return Value.Parse(Manifest, JSON.parse(manifest)).dependencies
}

function filler(names: Names, port: number, versions: Record<string, string>) {
  const values: Record<string, string> = { ...names, port: String(port) }
  return (text: string) =>
    text.replace(/\{\{(version )?([^{}]+)\}\}/g, (_, isVersion: string | undefined, key: string) => {
      const value = isVersion === undefined ? values[key] : versions[key]
      if (value === undefined) throw new Error(`The template asks for ${key}, which is not known.`)
      return value
    })
}
