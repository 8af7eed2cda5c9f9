import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './home.ts'
import { StackError } from './programs.ts'

const run = promisify(execFile)
const web = join(root, 'apps/web')
/** Where the built web console lies. */
export const webFolder = join(web, 'dist')
const sources = [
  'apps/web/{src,public}/**/*',
  'apps/web/{index.html,vite.config.ts,package.json}',
  'libs/{sdk,contracts}/src/**/*.ts',
]

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  const files: string[] = []
  for await (const entry of glob(sources, { cwd: root, withFileTypes: true })) {
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name))
  }
  for (const file of files.sort()) hash.update(file).update(await readFile(file))
  return hash.digest('hex')
}

/** Builds the web console when its sources changed. */
export async function buildWeb(say: (line: string) => void, signal?: AbortSignal) {
  const stamp = join(webFolder, '.sources')
  const hash = await hashOfSources()
  const built = await readFile(stamp, 'utf8').catch(() => '')
  if (built === hash) return
  // The gateway serves from it as soon as it starts.
  await mkdir(webFolder, { recursive: true })
  say('Building the web console.')
  const vite = join(root, 'node_modules/.bin/vite')
  await run(vite, ['build', '--logLevel', 'error'], { cwd: web, signal }).catch((error: Error) => {
    signal?.throwIfAborted()
    throw new StackError(`The web console could not be built:\n${error.message}`)
  })
  await writeFile(stamp, hash)
}
