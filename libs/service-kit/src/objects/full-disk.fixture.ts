import { randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { failureOf } from '../errors.ts'
import { createDiskStore } from './disk.ts'

// For full-disk.test.ts: runs on a disk of 8 MiB at the path it is given and prints what happened.
const folder = process.argv[2] ?? ''
const store = createDiskStore({ folder })
const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return failureOf(error)?.code
}

const put = await codeOf(store.put('a/large', randomBytes(9_000_000)))
const ballast = join(folder, 'ballast')
await writeFile(ballast, randomBytes(4_000_000))
const ref = await store.createParts('raw/upload', 6_000_000)
const bytes = randomBytes(6_000_000)
const send = () =>
  store.putPart(ref, { index: 0, offset: 0, sizeBytes: bytes.length }, Readable.from([bytes]))
const part = await codeOf(send())
const seen = (await readdir(join(folder, 'objects'), { recursive: true })).filter((name) => name !== 'a')
const staged = (await readdir(join(folder, 'staging'))).length
await rm(ballast)
await store.completeParts(ref, [{ index: 0, sizeBytes: bytes.length, ...(await send()) }], bytes.length)
const later = (await store.head('raw/upload'))?.sizeBytes
process.stdout.write(JSON.stringify({ put, part, seen, staged, later }))
