import type { Readable } from 'node:stream'
import { MAX_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'
import { endUpload, type EndDeps } from './end.ts'
import type { UploadRow } from './store.ts'
import { createAppender, type SizedUpload } from './tus-append.ts'
import { withChecked } from './tus-body.ts'
import { placeAfter, type Checksum, type Place } from './tus-rules.ts'
import type { TusRow } from './tus-store.ts'
import { tailsOf, type TailDeps } from './tus-tails.ts'
import { createTusTurns } from './tus-turns.ts'

export type TusDoorDeps = TailDeps &
  EndDeps & {
    complete: (upload: UploadRow, request: { totalChunks: number; traceId: string }) => Promise<void>
  }
/** An upload and where it goes on. */
export type Found = { upload: SizedUpload; row: TusRow | null; place: Place }
export type Sent = {
  offset: number
  body: Readable
  /** As announced, where it was. */
  sizeBytes?: number | undefined
  checksum?: Checksum | undefined
}
type Owner = { id: string }

/** What tus asks of an upload, without its headers. */
export function createTusDoor(deps: TusDoorDeps) {
  const { uploads, tus, objects } = deps
  const turns = createTusTurns(tus)
  const appendBytes = createAppender(deps)

  async function find(uploadId: string, owner: Owner): Promise<Found> {
    const upload = await uploads.find(uploadId, owner.id)
    const isGone = upload === null || (upload.state === 'OPEN' && upload.expiresAt.getTime() <= Date.now())
    if (isGone) throw fail('UPLOAD_NOT_FOUND')
    const { sizeBytes } = upload
    if (sizeBytes === undefined) {
      throw fail('UPLOAD_NOT_OPEN', { detail: 'This upload was begun without a size; send it in chunks' })
    }
    const [row, chunks] = await Promise.all([tus.find(upload), uploads.chunks(upload)])
    const sized = { ...upload, sizeBytes }
    return { upload: sized, row, place: placeAfter(sized, chunks, row?.tail) }
  }

  /** The last byte completes an upload; also one whose last answer was never given. */
  async function settle(found: Found, traceId: string): Promise<Found> {
    const { upload, place } = found
    if (upload.state !== 'OPEN' || place.offset < upload.sizeBytes) return found
    await objects.removeFolder(tailsOf(String(upload._id)))
    await deps.complete(upload, { totalChunks: place.index, traceId })
    return { ...found, upload: { ...upload, state: 'DONE' } }
  }

  return {
    find,

    remember: async (upload: UploadRow, metadata: string | undefined): Promise<Found> => {
      await tus.remember(upload, metadata)
      return find(String(upload._id), { id: upload.ownerId })
    },

    /** Whoever asks where to go on means to: what still comes from an older connection is ended and kept. */
    locate: async (uploadId: string, owner: Owner, traceId: string): Promise<Found> => {
      const found = await find(uploadId, owner)
      if (found.upload.state === 'DONE' || !isHeld(found.row)) return settle(found, traceId)
      await turns.hold(found.upload, false, async () => {})
      return settle(await find(uploadId, owner), traceId)
    },

    /** `tell` hears where the upload stands before anything is refused for it. */
    append: async (
      { uploadId, owner, traceId }: { uploadId: string; owner: Owner; traceId: string },
      sent: Sent,
      tell: (found: Found) => void,
    ): Promise<Found> => {
      const told = async () => {
        const found = await find(uploadId, owner)
        tell(found)
        assertFits(found, sent)
        return found
      }
      const { upload, place } = await told()
      if (place.offset < upload.sizeBytes) {
        await turns.hold(upload, true, async (turn) => {
          // The one before may have come further.
          const now = await told()
          const write = (body: Readable) => appendBytes(now.upload, now.place, body, turn)
          await (sent.checksum ? withChecked(sent.body, sent.checksum, turn.signal, write) : write(sent.body))
        })
      }
      return settle(await find(uploadId, owner), traceId)
    },

    terminate: async (uploadId: string, owner: Owner): Promise<void> => {
      const { upload } = await find(uploadId, owner)
      const end = () => endUpload(deps, upload)
      const ended = upload.state === 'OPEN' && (await turns.hold(upload, true, end))
      if (!ended) throw fail('UPLOAD_NOT_OPEN', { detail: 'The video was handed to processing' })
    },

    stop: turns.stop,
  }
}

/** Unless whoever had it last has let go; one that died is found out by taking a turn. */
const isHeld = (row: TusRow | null) => row?.writer !== undefined && row.writer.until.getTime() > 0

function assertFits({ upload, place }: Found, { offset, sizeBytes = 0, checksum }: Sent) {
  if (offset !== place.offset) throw fail('OFFSET_CONFLICT', { detail: `Go on at byte ${place.offset}` })
  const isLong = offset + sizeBytes > upload.sizeBytes
  if (isLong) throw fail('TOO_LARGE', { detail: `The file has ${upload.sizeBytes} bytes` })
  if (checksum === undefined || sizeBytes <= MAX_CHUNK_BYTES) return
  throw fail('TOO_LARGE', { detail: `With a checksum at most ${MAX_CHUNK_BYTES} bytes at a time` })
}
