import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { SNIFFED_BYTES, sniff } from '@aetherlearn/service-kit/sniff'
import { piecesOf } from './pieces.ts'
import { UNSUPPORTED, wrongLength } from './rules.ts'

export type MeteredChunk = {
  index: number
  body: Readable
  sizeBytes: number
  sha256?: string | (() => string | undefined) | undefined
}
/** Asked before each piece is passed on; `confirm` throws when nothing more may be written. */
type Gate = { isSure(): boolean; confirm(): Promise<void> }
export type MeterResult = { sha256: string; container?: Container }

/**
 * Passes a chunk's bytes on while it counts and hashes them. It refuses one that is longer or shorter than announced,
 * one whose checksum differs, and a file that is no video as soon as its first bytes are there.
 */
export function meter({ index, body, sizeBytes, sha256: told }: MeteredChunk, gate?: Gate) {
  const hash = createHash('sha256')
  let received = 0
  let head = Buffer.alloc(0)
  let result: MeterResult | undefined

  async function* pass() {
    for await (const bytes of piecesOf(body)) {
      received += bytes.length
      if (received > sizeBytes) throw wrongLength(index, sizeBytes)
      hash.update(bytes)
      if (index === 0 && head.length < SNIFFED_BYTES) look(bytes)
      if (gate?.isSure() === false) await gate.confirm()
      yield bytes
    }
    if (received !== sizeBytes) throw wrongLength(index, sizeBytes)
    const sha256 = hash.digest('hex')
    const announced = typeof told === 'function' ? told() : told
    if (announced !== undefined && announced !== sha256) throw fail('CHECKSUM_MISMATCH')
    const container = sniff(head)
    result = { sha256, ...(container === undefined ? {} : { container }) }
  }

  function look(bytes: Uint8Array) {
    head = Buffer.concat([head, bytes.subarray(0, SNIFFED_BYTES - head.length)])
    const isWhole = head.length === SNIFFED_BYTES
    if (isWhole && sniff(head) === undefined) throw fail('UNSUPPORTED_MEDIA', { detail: UNSUPPORTED })
  }

  const finished = () => {
    if (result === undefined) throw new Error('The chunk was not read to its end')
    return result
  }
  return {
    bytes: pass,
    result: finished,
    /** Takes the bytes without passing them to anybody. */
    readThrough: async () => {
      for await (const _ of pass());
      return finished()
    },
  }
}
