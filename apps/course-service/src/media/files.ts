import { Readable } from 'node:stream'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { FastifyReply } from 'fastify'
import { parseRange } from './range.ts'

const contentTypes: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  ts: 'video/mp2t',
  mp4: 'video/mp4',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  vtt: 'text/vtt; charset=utf-8',
}

/** Throws MEDIA_NOT_FOUND for kinds of files that no video has. */
export function contentTypeOf(name: string): string {
  const type = contentTypes[name.split('.').at(-1) ?? '']
  if (type === undefined) throw fail('MEDIA_NOT_FOUND')
  return type
}

/** The address is a person's own; what lies at it never changes. */
const STORED = 'private, max-age=3600, immutable'
/** RFC 9213: for an edge, which keeps it by what the address names and asks us who may have it. */
const STORED_AT_EDGE = 'public, max-age=31536000, immutable'
/** It is made when it is asked for. */
const COMPOSED = 'private, no-cache'

export type Conditions = {
  range?: string | undefined
  'if-range'?: string | string[] | undefined
  'if-none-match'?: string | undefined
}
export type Composed = { text: string; etag: string }
type Asked = { key: string; conditions: Conditions; edgeAsks: boolean }

/** Answers GET and HEAD, whole, in part or not at all where the browser has it (RFC 9110 §13, §14). */
export async function sendObject(
  objects: ObjectStore,
  { key, conditions, edgeAsks }: Asked,
  reply: FastifyReply,
) {
  const head = await objects.head(key)
  if (head === undefined) throw fail('MEDIA_NOT_FOUND')
  const { sizeBytes, etag, modifiedAt } = head
  const isWhole = (conditions['if-range'] ?? etag) !== etag
  const range = rangeOf(isWhole ? undefined : conditions.range, sizeBytes, reply)
  void reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('last-modified', modifiedAt.toUTCString())
    .header('cache-control', STORED)
  if (edgeAsks) void reply.header('cdn-cache-control', STORED_AT_EDGE)
  if (conditions['if-none-match'] === etag) return reply.code(304).send()
  if (range === undefined) void reply.header('content-length', sizeBytes)
  else {
    const { start, end } = range
    void reply
      .code(206)
      .header('content-range', `bytes ${start}-${end}/${sizeBytes}`)
      .header('content-length', end - start + 1)
  }
  // Fastify reads to its end whatever it is given to answer HEAD.
  if (reply.request.method === 'HEAD') return reply.send(Readable.from([]))
  return reply.send(await objects.read(key, range))
}

/** For playlists and captions, which others may read anew at any time: what joins them is there with the next look. */
export function sendComposed(
  { text, etag }: Composed,
  { 'if-none-match': known }: Conditions,
  reply: FastifyReply,
) {
  void reply.header('etag', etag).header('cache-control', COMPOSED)
  return known === etag ? reply.code(304).send() : reply.send(text)
}

function rangeOf(header: string | undefined, sizeBytes: number, reply: FastifyReply) {
  try {
    return parseRange(header, sizeBytes)
  } catch (error) {
    // RFC 9110 §14.4: a refused range says how long the file is.
    void reply.header('content-range', `bytes */${sizeBytes}`)
    throw error
  }
}
