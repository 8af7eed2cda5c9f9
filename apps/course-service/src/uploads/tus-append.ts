import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Failure, fail } from '@aetherlearn/service-kit/errors'
import { SNIFFED_BYTES, sniff } from '@aetherlearn/service-kit/sniff'
import { UNSUPPORTED } from './rules.ts'
import type { UploadRow } from './store.ts'
import { withSpoolFolder } from './tus-body.ts'
import { bytesOfChunk, type Place } from './tus-rules.ts'
import { replaceTail, storeChunk, type Piece, type TailDeps } from './tus-tails.ts'
import type { Turn } from './tus-turns.ts'

export type SizedUpload = UploadRow & { sizeBytes: number }

/**
 * Appends a stream of any length: whole chunks go the way of all chunks, what is left over becomes the tail. Each chunk
 * is first put into a temporary file, so that memory stays flat, and what has come when a connection is cut is kept.
 */
export function createAppender(deps: TailDeps) {
  return (upload: SizedUpload, start: Place, source: Readable, turn: Turn): Promise<void> =>
    withSpoolFolder(async (folder) => {
      const cutter = openCutter(deps, upload, start, folder)
      const finish = async (isKept: boolean) => {
        const { piece, usedTail } = await cutter.end()
        const kept = isKept ? piece : undefined
        if (kept !== undefined || usedTail) {
          await replaceTail(deps, upload, { piece: kept, before: start.tail, turn })
        }
      }
      // A stalled body would wait for its next byte for ever, so the stream itself is ended.
      const endSource = () => source.destroy(fail('UPLOAD_INCOMPLETE', { detail: 'A newer request came' }))
      turn.signal.addEventListener('abort', endSource)
      try {
        if (turn.signal.aborted) endSource()
        for await (const bytes of judged(source, start.offset)) await cutter.add(bytes)
      } catch (error) {
        await finish(isWorthKeeping(error) && turn.reason() !== 'drop')
        throw interrupted(error)
      } finally {
        turn.signal.removeEventListener('abort', endSource)
        await cutter.close()
      }
      await finish(true)
    })
}

const isWorthKeeping = (error: unknown) => !(error instanceof Failure && error.code === 'UNSUPPORTED_MEDIA')

/** What a broken connection says is no fault of ours. */
function interrupted(error: unknown) {
  const isConnection =
    error instanceof Error && 'code' in error && /^(ECONNRESET|ERR_STREAM_)/.test(String(error.code))
  return isConnection ? fail('UPLOAD_INCOMPLETE', { cause: error, detail: 'The connection was cut' }) : error
}

/** The bytes as they come; refuses a file that is no video as soon as its first ones are there. */
async function* judged(source: Readable, offset: number): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0)
  // Ending the request's own stream would end the connection before our answer is on it.
  const chunks: AsyncIterable<Uint8Array> = source.iterator({ destroyOnReturn: false })
  for await (const bytes of chunks) {
    if (offset === 0 && head.length < SNIFFED_BYTES) {
      head = Buffer.concat([head, bytes.subarray(0, SNIFFED_BYTES - head.length)])
      const mayBeVideo = head.length < SNIFFED_BYTES || sniff(head) !== undefined
      if (!mayBeVideo) throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
    }
    yield bytes
  }
}

/** Cuts what is added into chunks. While one is being stored, the next one is taken from the client. */
function openCutter(deps: TailDeps, upload: SizedUpload, start: Place, folder: string) {
  let { index, tail } = start
  let piece: Piece | undefined
  let storing: Promise<void> = Promise.resolve()

  const room = () => bytesOfChunk(upload, index) - (tail?.sizeBytes ?? 0) - (piece?.bytes ?? 0)
  async function openPiece(): Promise<Piece> {
    const path = join(folder, String(index))
    return { index, path, handle: await open(path, 'wx'), bytes: 0, tail }
  }
  async function store(whole: Piece) {
    await storing
    storing = storeChunk(deps, upload, whole)
    // Told to whoever waits for it next.
    storing.catch(() => undefined)
    index += 1
    tail = undefined
    piece = undefined
  }
  return {
    add: async (bytes: Uint8Array) => {
      for (let rest = bytes; rest.length > 0;) {
        if (room() === 0) throw fail('TOO_LARGE', { detail: `The file has ${upload.sizeBytes} bytes` })
        const taken = rest.subarray(0, room())
        piece ??= await openPiece()
        await piece.handle.appendFile(taken)
        piece.bytes += taken.length
        rest = rest.subarray(taken.length)
        if (room() === 0) await store(piece)
      }
    },
    /** When every whole chunk is stored: what is left over, and whether the tail has become part of one. */
    end: async () => {
      await storing
      return { piece, usedTail: start.tail !== undefined && index > start.index }
    },
    close: async () => {
      await piece?.handle.close()
    },
  }
}
