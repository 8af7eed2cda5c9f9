import { createHash, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MAX_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Checksum } from './tus-rules.ts'

/** Lends a temporary folder of this request's own. */
export async function withSpoolFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-tus-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Lends the body once all of it is there and matches its checksum: until then not a byte of it may count. */
export function withChecked<T>(
  body: Readable,
  { algorithm, digest }: Checksum,
  signal: AbortSignal,
  use: (checked: Readable) => Promise<T>,
): Promise<T> {
  return withSpoolFolder(async (folder) => {
    const path = join(folder, 'body')
    const hash = createHash(algorithm)
    let bytes = 0
    const hashed = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        bytes += chunk.length
        hash.update(chunk)
        const detail = `With a checksum at most ${MAX_CHUNK_BYTES} bytes at a time`
        done(bytes > MAX_CHUNK_BYTES ? fail('TOO_LARGE', { detail }) : null, chunk)
      },
    })
    await pipeline(body.iterator({ destroyOnReturn: false }), hashed, createWriteStream(path), { signal })
    if (!timingSafeEqual(hash.digest(), digest)) throw fail('TUS_CHECKSUM_MISMATCH')
    const checked = createReadStream(path)
    try {
      return await use(checked)
    } finally {
      checked.destroy()
    }
  })
}
