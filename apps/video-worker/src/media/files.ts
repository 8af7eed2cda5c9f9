import { createReadStream, createWriteStream } from 'node:fs'
import { glob, mkdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'

/** Segments are small: most of the time of each is the store's answer. */
const AT_ONCE = 4

/** Does work on many things, a few at once. Ends with the first failure, when no other is under way any more. */
export async function eachOf<T>(things: Iterable<T>, work: (thing: T) => Promise<void>): Promise<void> {
  const left = things[Symbol.iterator]()
  let isFailed = false
  const takeAll = async () => {
    for (let next = left.next(); !isFailed && !next.done; next = left.next()) {
      await work(next.value).catch((error: unknown) => {
        isFailed = true
        throw error
      })
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, takeAll))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** All files in a folder and below it, by their names in it. */
export async function filesIn(folder: string, pattern = '**/*'): Promise<string[]> {
  const names: string[] = []
  for await (const entry of glob(pattern, { cwd: folder, withFileTypes: true })) {
    if (entry.isFile()) names.push(relative(folder, join(entry.parentPath, entry.name)))
  }
  return names
}

export type Copying = { objects: ObjectStore; local: string; folder: string; signal: AbortSignal }

export const storeFiles = ({ objects, local, folder, signal }: Copying, names: Iterable<string>) =>
  eachOf(names, async (name) => {
    signal.throwIfAborted()
    await objects.put(`${folder}/${name}`, createReadStream(join(local, name)))
  })

export const fetchFiles = ({ objects, local, folder, signal }: Copying, names: Iterable<string>) =>
  eachOf(names, (name) => fetchObject(objects, `${folder}/${name}`, join(local, name), signal))

export async function fetchObject(objects: ObjectStore, key: string, file: string, signal: AbortSignal) {
  signal.throwIfAborted()
  await mkdir(dirname(file), { recursive: true })
  await pipeline(await objects.read(key), createWriteStream(file), { signal })
}
