import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** `<process id>-<random>`: says who must be alive for the folder to be in use. */
const OWNED = /^(\d+)-/

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export type WorkFolder = {
  /** Lends a folder for the time of `use`; it is gone afterwards, however that ends. */
  lend<T>(use: (folder: string) => Promise<T>): Promise<T>
}

/** Removes what killed workers left, then lends folders. */
export async function openWorkFolder(configured: string): Promise<WorkFolder> {
  const root = configured === '' ? join(tmpdir(), 'aetherlearn-video') : configured
  await mkdir(root, { recursive: true, mode: 0o700 })
  for (const name of await readdir(root)) {
    const pid = Number(OWNED.exec(name)?.[1] ?? 0)
    // In a container every process has the same number, and we have just begun: our own number is a dead one's.
    if (pid === process.pid || !isAlive(pid)) await rm(join(root, name), { recursive: true, force: true })
  }
  return {
    lend: async (use) => {
      const folder = await mkdtemp(join(root, `${process.pid}-`))
      try {
        return await use(folder)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}
