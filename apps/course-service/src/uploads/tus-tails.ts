import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { IncomingChunk } from './receive.ts'
import type { UploadRow, UploadStore } from './store.ts'
import type { Tail, TusStore } from './tus-store.ts'
import type { Turn } from './tus-turns.ts'

export type TailDeps = {
  uploads: UploadStore
  tus: TusStore
  objects: ObjectStore
  receive: (upload: UploadRow, chunk: IncomingChunk) => Promise<void>
}
/** New bytes of a chunk in a temporary file, and the tail that comes before them. */
export type Piece = { index: number; path: string; handle: FileHandle; bytes: number; tail: Tail | undefined }

/** Everything that lies in the object store for an upload's tail, also what a crash left there. */
export const tailsOf = (uploadId: string) => `tails/${uploadId}`

async function* bytesOf(objects: ObjectStore, { tail, path }: Piece): AsyncGenerator<Uint8Array> {
  if (tail !== undefined) yield* await objects.read(tail.key)
  yield* createReadStream(path)
}
const sizeOf = ({ tail, bytes }: Piece) => (tail?.sizeBytes ?? 0) + bytes

/** Hands a whole chunk to the door of all chunks. */
export async function storeChunk({ objects, receive }: TailDeps, upload: UploadRow, piece: Piece) {
  await piece.handle.close()
  const body = Readable.from(bytesOf(objects, piece), { objectMode: false })
  const { index, path } = piece
  await receive(upload, { index, indexField: 'headers.upload-offset', body, sizeBytes: sizeOf(piece) })
  await rm(path)
}

/**
 * Makes what is left of a chunk the tail, or says that there is none any more. The old tail goes when the new one counts,
 * so that a crash at any moment leaves one that is whole.
 */
export async function replaceTail(
  { tus, objects, uploads }: TailDeps,
  upload: UploadRow,
  { piece, before, turn }: { piece: Piece | undefined; before: Tail | undefined; turn: Turn },
): Promise<void> {
  const tail = piece === undefined ? undefined : await putTail(objects, upload, piece)
  const counts = await tus.setTail(turn, tail)
  const gone = counts ? before : tail
  if (gone !== undefined) await objects.remove(gone.key)
  if (!counts) throw fail('OFFSET_CONFLICT', { detail: 'A newer request took this upload' })
  // Whoever ends an upload removes its tails after this, or has done so before ours was put there.
  const found = await uploads.find(turn.uploadId, upload.ownerId)
  if (found?.state !== 'OPEN') await objects.removeFolder(tailsOf(turn.uploadId))
}

/** Streamed, as a part of its own: how long it is has to be told to S3. */
async function putTail(objects: ObjectStore, { _id, parts }: UploadRow, piece: Piece): Promise<Tail> {
  await piece.handle.close()
  const key = `${tailsOf(String(_id))}/${randomBytes(8).toString('hex')}`
  const sizeBytes = sizeOf(piece)
  const ref = await objects.createParts(key, sizeBytes)
  try {
    const body = Readable.from(bytesOf(objects, piece), { objectMode: false })
    const { etag } = await objects.putPart(ref, { index: 0, offset: 0, sizeBytes }, body)
    await objects.completeParts(ref, [{ index: 0, etag, sizeBytes }], sizeBytes)
  } catch (error) {
    await objects.abortParts(ref)
    throw error
  }
  return { partsId: parts.partsId, index: piece.index, sizeBytes, key }
}
