import type { Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'

export type UploadPlan = {
  chunkSizeBytes: number
  sizeBytes?: number | undefined
  totalChunks?: number | undefined
}

export const chunksOf = (sizeBytes: number, chunkSizeBytes: number) => Math.ceil(sizeBytes / chunkSizeBytes)

/** How long chunk `index` must be; undefined where the size of the whole was never told. */
export function expectedBytes(plan: UploadPlan, index: number): number | undefined {
  const { sizeBytes, totalChunks, chunkSizeBytes } = plan
  if (sizeBytes === undefined || totalChunks === undefined) return undefined
  if (index >= totalChunks) {
    const message = `must be below ${totalChunks}`
    throw fail('INVALID_INPUT', { errors: [{ field: 'index', message }] })
  }
  return index === totalChunks - 1 ? sizeBytes - index * chunkSizeBytes : chunkSizeBytes
}

const EBML = Buffer.from([0x1a, 0x45, 0xdf, 0xa3])
/** As much of a file as `sniff` looks at. */
export const SNIFFED_BYTES = 64

/**
 * The container by its first bytes: ISO base media (`ftyp` at 4, ISO/IEC 14496-12 §4.3) or Matroska (EBML magic, RFC
 * 8794 §11.2.1). What the browser says of the file counts for nothing.
 */
export function sniff(head: Buffer): Container | undefined {
  const box = head.toString('latin1', 4, 8)
  if (box === 'ftyp') return head.toString('latin1', 8, 12) === 'qt  ' ? 'mov' : 'mp4'
  // QuickTime files of old begin without ftyp.
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(box)) return 'mov'
  if (!head.subarray(0, 4).equals(EBML)) return undefined
  return head.includes('webm') ? 'webm' : 'matroska'
}

export const UNSUPPORTED = 'This is no MP4, MOV, MKV or WebM file. Export the video in one of these formats.'

export type ChunkRow = { index: number; sizeBytes: number }

/** The number of chunks and bytes of a whole upload; refuses one with gaps, or whose chunks do not add up. */
export function assertComplete(plan: UploadPlan, chunks: ChunkRow[], totalChunks: number): number {
  if (plan.totalChunks !== undefined && plan.totalChunks !== totalChunks) {
    const message = `must be ${plan.totalChunks}, as the size says`
    throw fail('INVALID_INPUT', { errors: [{ field: 'body.totalChunks', message }] })
  }
  const arrived = new Set(chunks.map((chunk) => chunk.index))
  const gaps = Array.from({ length: totalChunks }, (_, index) => index).filter((index) => !arrived.has(index))
  if (gaps.length > 0) throw incomplete(gaps, 'is missing')
  const short = chunks.filter(
    ({ index, sizeBytes }) => index < totalChunks - 1 && sizeBytes !== plan.chunkSizeBytes,
  )
  if (short.length > 0)
    throw incomplete(
      short.map(({ index }) => index),
      'is shorter than a chunk',
    )
  const beyond = chunks.filter(({ index }) => index >= totalChunks)
  if (beyond.length > 0)
    throw incomplete(
      beyond.map(({ index }) => index),
      'lies beyond the last chunk',
    )
  return chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0)
}

const NAMED_INDEXES = 50

function incomplete(indexes: number[], message: string) {
  const errors = indexes.slice(0, NAMED_INDEXES).map((index) => ({ field: `chunks.${index}`, message }))
  return fail('UPLOAD_INCOMPLETE', { detail: `${indexes.length} chunks need attention`, errors })
}
