import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Secrets = { mediaSecret: string }

/** Secrets that must outlive a restart: made once, readable by their owner only. */
export async function loadSecrets(home: string): Promise<Secrets> {
  const file = join(home, 'secrets.json')
  const known = await readFile(file, 'utf8').catch(() => undefined)
  if (known !== undefined) return JSON.parse(known) as Secrets
  const secrets = { mediaSecret: randomBytes(32).toString('hex') }
  await mkdir(home, { recursive: true })
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600 })
  return secrets
}
