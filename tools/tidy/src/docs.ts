import { posix } from 'node:path'

/** True for the documents that people read to find their way, which must not lead them to what is gone. */
export const isDocument = (path: string) =>
  /^(README|ARCHITECTURE|CONTRIBUTING)\.md$|^docs\/.*\.md$|^(e2e|k8s|tools|(apps|libs|tools)\/[^/]+)\/README\.md$/.test(
    path,
  )

/** What the workspace holds: its files, the folders above them, and the scripts of the root package.json. */
export type Ground = {
  files: ReadonlySet<string>
  folders: ReadonlySet<string>
  scripts: ReadonlySet<string>
}

export function groundOf(paths: string[], scripts: string[]): Ground {
  const folders = paths.flatMap((path) =>
    path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/')),
  )
  return { files: new Set(paths), folders: new Set(folders), scripts: new Set(scripts) }
}

/** Everything that the document `path` names and that is not there. */
export function deadNames(path: string, text: string, ground: Ground): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span)
  const scripts = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map(([, script = '']) => script)
  return [
    ...links.filter((target) => !linkHolds(path, target, ground)),
    ...spans.filter((span) => looksLikePath(span) && !isThere(span, ground)),
    ...scripts.filter((script) => !ground.scripts.has(script)).map((script) => `npm run ${script}`),
  ]
}

function linkHolds(document: string, target: string, { files, folders }: Ground): boolean {
  if (/^([a-z]+:|#)/.test(target)) return true
  const path = posix.join(posix.dirname(document), target.replace(/#.*$/, '')).replace(/\/$/, '')
  return files.has(path) || folders.has(path)
}

const inWorkspace = /^(\.\/)?(apps|libs|tools|docs|e2e|k8s|\.ci)\//
const fileName = /^[\w@-][\w@./-]*\.(ts|tsx|js|mjs|md|json|ya?ml|sh)$/
const ourPackage = /^@aetherlearn\/[\w-]+(\/[\w/-]+)?$/

/** Patterns and placeholders (`apps/<name>`, `*.test.ts`, `NNNN-title.md`) stand for many files and are left alone. */
const looksLikePath = (span: string) =>
  !/[<>*{}$\s…]|NAME|NNNN/.test(span) &&
  !/^(\.aetherlearn|node_modules)\b|(^|\/)dist\b/.test(span) &&
  (inWorkspace.test(span) || fileName.test(span) || ourPackage.test(span))

function isThere(span: string, { files, folders }: Ground): boolean {
  const path = span.replace(/^\.\//, '').replace(/\/$/, '').replace(/:\d+$/, '')
  if (ourPackage.test(path)) return packageHolds(path, files, folders)
  if (files.has(path) || folders.has(path)) return true
  // Documents speak of `main.ts` or `watch/rules.ts` and leave the folder to the context.
  return [...files, ...folders].some((known) => known.endsWith(`/${path}`))
}

function packageHolds(name: string, files: Ground['files'], folders: Ground['folders']): boolean {
  const [, project = '', ...rest] = name.split('/')
  const roots = ['apps', 'libs', 'tools'].map((group) => `${group}/${project}`)
  if (rest.length === 0) return roots.some((root) => folders.has(root))
  return roots.some((root) => ['ts', 'tsx'].some((end) => files.has(`${root}/src/${rest.join('/')}.${end}`)))
}
