import { Id } from '@aetherlearn/contracts/shape'
import { TUS } from '@aetherlearn/contracts/tus'
import { MAX_UPLOAD_BYTES } from '@aetherlearn/contracts/upload'
import { fail } from '@aetherlearn/service-kit/errors'
import { Compile } from 'typebox/compile'
import type { StoredChunk } from './chunk-store.ts'
import type { UploadRow } from './store.ts'
import type { Tail } from './tus-store.ts'

type Header = string | string[] | undefined

const invalid = (header: string, message: string) =>
  fail('INVALID_INPUT', { errors: [{ field: `headers.${header}`, message }] })

/** Digits alone: what else `Number` takes for a number is none here. */
const WHOLE = /^\d{1,15}$/

function wholeNumber(name: string, value: Header): number {
  if (value === undefined) throw invalid(name, 'is required')
  if (typeof value !== 'string' || !WHOLE.test(value)) throw invalid(name, 'must be a number of bytes')
  return Number(value)
}

/** Of the whole file. A video has bytes. */
export function uploadLength(header: Header): number {
  const length = wholeNumber('upload-length', header)
  if (length === 0) throw invalid('upload-length', 'must be at least 1')
  if (length > MAX_UPLOAD_BYTES) {
    throw fail('TOO_LARGE', { detail: `A video has at most ${MAX_UPLOAD_BYTES} bytes` })
  }
  return length
}

export const uploadOffset = (header: Header) => wholeNumber('upload-offset', header)

const LONGEST_METADATA = 4096
const LONGEST_NAME = 255
const id = Compile(Id)
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

type Headers = Record<string, Header>

/** Extensions that we don't have would make an upload of something else. */
export function refuseUnknownWays(headers: Headers) {
  for (const name of ['upload-concat', 'upload-defer-length']) {
    if (headers[name] !== undefined) throw invalid(name, 'is of an extension that is not supported')
  }
}

/** The lecture, and the name by which an open upload of the same file is found again. */
export function fileOf(header: Header): { lectureId: string; fileName?: string } {
  const pairs = metadataOf(header)
  const lectureId = pairs.get('lectureId')
  const name = 'upload-metadata.lectureId'
  if (lectureId === undefined) throw invalid(name, 'is required')
  if (!id.Check(lectureId)) throw invalid(name, 'must be 24 hex digits')
  const fileName = pairs.get('filename') || undefined
  if (fileName === undefined) return { lectureId }
  if (fileName.length > LONGEST_NAME) throw invalid('upload-metadata.filename', 'is too long')
  return { lectureId, fileName }
}

/** Keys with their values as text. Refuses a header that would not be safe to send back. */
export function metadataOf(header: Header): Map<string, string> {
  const name = 'upload-metadata'
  const pairs = new Map<string, string>()
  if (header === undefined || header === '') return pairs
  if (typeof header !== 'string' || header.length > LONGEST_METADATA) {
    throw invalid(name, `must be one header of at most ${LONGEST_METADATA} characters`)
  }
  for (const pair of header.split(',')) {
    const [key = '', value = '', ...more] = pair.trim().split(' ')
    const isPair = KEY.test(key) && BASE64.test(value) && more.length === 0
    if (!isPair) throw invalid(name, 'must be pairs of a key and a value in base64, separated by commas')
    if (pairs.has(key)) throw invalid(name, `names ${key} twice`)
    pairs.set(key, Buffer.from(value, 'base64').toString())
  }
  return pairs
}

export type Checksum = { algorithm: (typeof TUS.checksums)[number]; digest: Buffer }
const DIGEST_BYTES = { sha1: 20, sha256: 32 }

export function checksumOf(header: Header): Checksum | undefined {
  if (header === undefined) return undefined
  const name = 'upload-checksum'
  const [word, value = '', ...more] = String(header).split(' ')
  const algorithm = TUS.checksums.find((known) => known === word)
  if (algorithm === undefined) throw invalid(name, `must begin with one of ${TUS.checksums.join(', ')}`)
  const digest = Buffer.from(value, 'base64')
  const isDigest = BASE64.test(value) && digest.length === DIGEST_BYTES[algorithm] && more.length === 0
  if (!isDigest) throw invalid(name, `must be ${algorithm} and its digest in base64`)
  return { algorithm, digest }
}

/** Where an upload goes on: after its first whole chunks and the tail behind them. */
export type Place = { index: number; offset: number; tail?: Tail | undefined }

type Plan = Pick<UploadRow, 'parts' | 'chunkSizeBytes' | 'sizeBytes' | 'state'>

/** Chunks that other doors stored further on count when the bytes before them are there. */
export function placeAfter(
  { sizeBytes, chunkSizeBytes, parts, state }: Plan & { sizeBytes: number },
  chunks: Pick<StoredChunk, 'index'>[],
  kept: Tail | undefined,
): Place {
  if (state === 'DONE') return { index: Math.ceil(sizeBytes / chunkSizeBytes), offset: sizeBytes }
  const gap = chunks.findIndex(({ index }, place) => index !== place)
  const index = gap < 0 ? chunks.length : gap
  // Another one is of a chunk that has come whole since, or of parts that were given up.
  const tail = kept?.partsId === parts.partsId && kept.index === index ? kept : undefined
  const offset = Math.min(index * chunkSizeBytes + (tail?.sizeBytes ?? 0), sizeBytes)
  return { index, offset, tail }
}

/** How long the chunk at `index` is; 0 behind the last one. */
export const bytesOfChunk = (
  { chunkSizeBytes, sizeBytes }: { chunkSizeBytes: number; sizeBytes: number },
  index: number,
) => Math.max(0, Math.min(chunkSizeBytes, sizeBytes - index * chunkSizeBytes))
