import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

const PARTS = '.parts'
const TEMPORARY = '.tmp'

/** Removes files that nobody has written to since `olderThan` and that belong to no upload that goes on. */
export async function sweepStaging(
  staging: string,
  olderThan: Date,
  isKept: (partsId: string) => Promise<boolean>,
): Promise<number> {
  let removed = 0
  for (const name of await readdir(staging)) {
    if (!name.endsWith(PARTS) && !name.endsWith(TEMPORARY)) continue
    const file = join(staging, name)
    // It became an object in the meantime, or another process sweeps too.
    const found = await stat(file).catch(() => undefined)
    if (found === undefined || found.mtime >= olderThan) continue
    if (name.endsWith(PARTS) && (await isKept(name.slice(0, -PARTS.length)))) continue
    await rm(file, { force: true })
    removed += 1
  }
  return removed
}
