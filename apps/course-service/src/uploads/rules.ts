import { MAX_CHUNK_BYTES, MAX_UPLOAD_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'

export type UploadPlan = {
  chunkSizeBytes: number
  sizeBytes?: number | undefined
  totalChunks?: number | undefined
}

export const chunksOf = (sizeBytes: number, chunkSizeBytes: number) => Math.ceil(sizeBytes / chunkSizeBytes)

type Announced = { index: number; indexField: string; sizeBytes?: number | undefined }

const invalid = (field: string, message: string) => fail('INVALID_INPUT', { errors: [{ field, message }] })

export const wrongLength = (index: number, sizeBytes: number) =>
  invalid(`chunks.${index}`, `must be ${sizeBytes} bytes long`)

/** How long a chunk is to be. Refuses one that has no place in the file, or that announces another length. */
export function chunkBytes(plan: UploadPlan, chunk: Announced): number {
  const announced = chunk.sizeBytes
  if (announced !== undefined && announced > MAX_CHUNK_BYTES) throw fail('TOO_LARGE')
  const { sizeBytes, totalChunks, chunkSizeBytes } = plan
  if (sizeBytes === undefined || totalChunks === undefined) return bytesOfUnknown(plan, chunk)
  if (chunk.index >= totalChunks) throw invalid(chunk.indexField, `must be below ${totalChunks}`)
  const isLast = chunk.index === totalChunks - 1
  const expected = isLast ? sizeBytes - chunk.index * chunkSizeBytes : chunkSizeBytes
  if (announced !== undefined && announced !== expected) throw wrongLength(chunk.index, expected)
  return expected
}

/** Where the size of the file was never told, only the chunk itself says how long it is. */
function bytesOfUnknown({ chunkSizeBytes }: UploadPlan, { index, sizeBytes }: Announced): number {
  if (sizeBytes === undefined) throw invalid('headers.content-length', 'is required')
  if (sizeBytes === 0 || sizeBytes > chunkSizeBytes) {
    throw invalid(`chunks.${index}`, `must be 1 to ${chunkSizeBytes} bytes long`)
  }
  if (index * chunkSizeBytes + sizeBytes > MAX_UPLOAD_BYTES) throw fail('TOO_LARGE')
  return sizeBytes
}

export const UNSUPPORTED = 'This is no MP4, MOV, MKV or WebM file. Export the video in one of these formats.'

export type ChunkRow = { index: number; sizeBytes: number }

/** The number of chunks and bytes of a whole upload; refuses one with gaps, or whose chunks do not add up. */
export function assertComplete(plan: UploadPlan, chunks: ChunkRow[], totalChunks: number): number {
  if (plan.totalChunks !== undefined && plan.totalChunks !== totalChunks) {
    throw invalid('body.totalChunks', `must be ${plan.totalChunks}, as the size says`)
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

/** Names the chunks that have to come, or come again. */
export function incomplete(indexes: number[], message: string) {
  const errors = indexes.slice(0, NAMED_INDEXES).map((index) => ({ field: `chunks.${index}`, message }))
  return fail('UPLOAD_INCOMPLETE', { detail: `${indexes.length} chunks need attention`, errors })
}
