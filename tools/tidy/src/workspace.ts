import { existsSync, readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Type } from 'typebox'
import { Value } from 'typebox/value'

/** The root of the repository, whatever folder a test is started in. */
export const root = join(import.meta.dirname, '../../..')

/** The text of a file, by its path from the root. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** True for a file or folder, by its path from the root. */
export const exists = (path: string): boolean => existsSync(join(root, path))

/** Every file that is or may be committed: tracked, or new and not ignored. Paths from the root, sorted. */
export function workspaceFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\0'))].filter((path) => path !== '' && exists(path)).sort()
}

const Package = Type.Object({
  name: Type.String(),
  nx: Type.Object({ tags: Type.Array(Type.String()) }),
  scripts: Type.Optional(Type.Record(Type.String(), Type.String())),
})

/** A folder with a package.json: an app, a lib, a tool or the journeys. */
export type Project = { folder: string; name: string; tag: string; scripts: Record<string, string> }

/** Every project of the workspace, by folder. */
export function projects(): Project[] {
  const manifests = workspaceFiles().filter((path) =>
    /^((apps|libs|tools)\/[^/]+|e2e)\/package\.json$/.test(path),
  )
  return manifests.map((path) => {
    const { name, nx, scripts } = Value.Parse(Package, JSON.parse(read(path)))
    return {
      folder: path.slice(0, -'/package.json'.length),
      name,
      tag: nx.tags[0] ?? '',
      scripts: scripts ?? {},
    }
  })
}
