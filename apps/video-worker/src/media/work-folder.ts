import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `<process id>-<start of that process>-<random>`: says who must be alive for the folder to be in use. */
const OWNED = /^((\d+)-\d+)-/

/** Numbers of processes come round again; together with the start time they do not. */
async function ownerOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  // proc(5): field 22 is the start in clock ticks since boot; the name in field 2 may hold blanks.
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return `${pid}-${stat.split(') ').at(-1)?.split(' ')[19] ?? 0}`
}

export type WorkFolder = {
  /** Lends a folder for the time of `use`; it is gone afterwards, however that ends. */
  lend<T>(use: (folder: string) => Promise<T>): Promise<T>
  /** Ends the sweeping. */
  close(): void
}

/** Where several workers share a machine, one that died does not start again to clean up. */
const SWEEP_EVERY_MS = 60_000

/** Removes what killed workers left. */
async function sweep(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const [, owner, pid] = OWNED.exec(name) ?? []
    if (owner === undefined || owner === (await ownerOf(Number(pid)))) continue
    await rm(join(root, name), { recursive: true, force: true })
  }
}

/**
 * Removes what killed workers left, now and from time to time, and lends folders. The folder belongs to one machine or
 * container.
 */
export async function openWorkFolder(
  configured: string,
  sweepEveryMs: number = SWEEP_EVERY_MS,
): Promise<WorkFolder> {
  const root = configured === '' ? join(tmpdir(), 'aetherlearn-video') : configured
  await mkdir(root, { recursive: true, mode: 0o700 })
  await sweep(root)
  const timer = setInterval(() => {
    // What could not be removed now is removed the next time.
    sweep(root).catch(() => undefined)
  }, sweepEveryMs)
  timer.unref()
  const self = await ownerOf(process.pid)
  return {
    close: () => clearInterval(timer),
    lend: async (use) => {
      const folder = await mkdtemp(join(root, `${self}-`))
      try {
        return await use(folder)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}
