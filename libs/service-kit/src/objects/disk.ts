import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { access, constants, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '../errors.ts'
import { assertObjectKey } from './keys.ts'
import { assertTiles, writeExactly, writeWhole } from './disk-parts.ts'
import { sweepStaging } from './disk-sweep.ts'
import type { ObjectHead, ObjectStore } from './store.ts'

/**
 * Objects as files below `folder/objects`; what is not whole yet lies in `folder/staging` on the same file system, so
 * that one rename makes it visible. Several processes may share the folder.
 */
export function createDiskStore({ folder }: { folder: string }): ObjectStore {
  const objects = join(folder, 'objects')
  const staging = join(folder, 'staging')
  for (const part of [objects, staging]) mkdirSync(part, { recursive: true })
  const pathOf = (key: string) => {
    assertObjectKey(key)
    return join(objects, key)
  }
  const partsFile = (partsId: string) => {
    assertObjectKey(partsId)
    return join(staging, `${partsId}.parts`)
  }

  return {
    put: async (key, body) => {
      const target = pathOf(key)
      const temporary = join(staging, `${randomUUID()}.tmp`)
      try {
        await writeWhole(temporary, body)
        await show(temporary, target)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },

    read: async (key, range) => {
      const handle = await openFile(pathOf(key))
      return handle.createReadStream(range ?? {})
    },

    head: async (key) => headOf(pathOf(key)),

    remove: async (key) => rm(pathOf(key), { force: true }),

    removeFolder: async (name) => rm(pathOf(name), { recursive: true, force: true }),

    createParts: async (key, sizeBytes) => {
      assertObjectKey(key)
      const partsId = randomUUID()
      const handle = await open(partsFile(partsId), 'wx')
      try {
        // Sparse: the room is taken by the parts as they come.
        if (sizeBytes !== undefined) await handle.truncate(sizeBytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      return { key, partsId }
    },

    putPart: async (ref, part, body, limits) => {
      const handle = await open(partsFile(ref.partsId), 'r+').catch((error: unknown) => {
        throw isMissing(error) ? fail('UPLOAD_NOT_OPEN', { cause: error }) : error
      })
      try {
        await writeExactly(handle, part, body, limits)
        await handle.datasync()
      } finally {
        await handle.close()
      }
      // Where and how much: there is nothing that the file would say of a part.
      return { etag: `${part.offset}-${part.sizeBytes}` }
    },

    completeParts: async (ref, parts, sizeBytes) => {
      assertTiles(parts, sizeBytes)
      const target = pathOf(ref.key)
      const staged = partsFile(ref.partsId)
      try {
        await cutTo(staged, sizeBytes)
        await show(staged, target)
      } catch (error) {
        // A former try came this far and did not live to say so.
        if (isMissing(error) && (await headOf(target))?.sizeBytes === sizeBytes) return
        throw error
      }
    },

    abortParts: async (ref) => rm(partsFile(ref.partsId), { force: true }),

    sweepParts: (olderThan, isKept) => sweepStaging(staging, olderThan, isKept),

    check: () => access(staging, constants.R_OK | constants.W_OK),
  }
}

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

async function headOf(path: string): Promise<ObjectHead | undefined> {
  try {
    const found = await stat(path, { bigint: true })
    if (!found.isFile()) return undefined
    // An object never changes once it is visible: another content is another inode.
    const etag = [found.ino, found.size, found.mtimeNs].map((number) => number.toString(36)).join('-')
    return { sizeBytes: Number(found.size), etag: `"${etag}"`, modifiedAt: found.mtime }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw isMissing(error) ? fail('MEDIA_NOT_FOUND', { cause: error }) : error
  })
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw fail('MEDIA_NOT_FOUND')
}

/** Makes a whole file visible under its key, and durable: the new name is in its folder before this returns. */
async function show(file: string, target: string) {
  const parent = dirname(target)
  await mkdir(parent, { recursive: true })
  await rename(file, target)
  const handle = await open(parent, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function cutTo(file: string, sizeBytes: number) {
  const handle = await open(file, 'r+')
  try {
    const { size } = await handle.stat()
    if (size < sizeBytes) throw new Error(`The parts hold ${size} bytes, not ${sizeBytes}`)
    await handle.truncate(sizeBytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}
