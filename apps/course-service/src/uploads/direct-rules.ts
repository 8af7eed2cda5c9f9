import { fail } from '@aetherlearn/service-kit/errors'
import type { StoredPart } from '@aetherlearn/service-kit/objects/store'
import { incomplete } from './rules.ts'

/** What a client says it was answered when it sent a part. */
export type ClaimedPart = { partNumber: number; etag: string }
type Plan = { sizeBytes: number; totalChunks: number; chunkSizeBytes: number }

/** How long each of these parts has to be; refuses one that has no place in the file. */
export function plannedBytes({ sizeBytes, totalChunks, chunkSizeBytes }: Plan, indexes: number[]) {
  const errors = indexes.flatMap((index, place) =>
    index < totalChunks
      ? []
      : [{ field: `body.partNumbers.${place}`, message: `must be at most ${totalChunks}` }],
  )
  if (errors.length > 0) throw fail('INVALID_INPUT', { errors })
  return indexes.map((index) => ({
    index,
    sizeBytes: Math.min(chunkSizeBytes, sizeBytes - index * chunkSizeBytes),
  }))
}

/** As HTTP has it, or bare. */
const bare = (etag: string) => etag.replaceAll('"', '')

/** Refuses parts that the client does not name, or knows with another tag: those it has to send again. */
export function assertClaimed(held: StoredPart[], claimed: ClaimedPart[]) {
  const tags = new Map(claimed.map(({ partNumber, etag }) => [partNumber - 1, bare(etag)]))
  if (tags.size !== claimed.length) {
    throw fail('INVALID_INPUT', { errors: [{ field: 'body.parts', message: 'must name each part once' }] })
  }
  const indexes = new Set(held.map(({ index }) => index))
  const unnamed = [...indexes].filter((index) => !tags.has(index))
  if (unnamed.length > 0) throw incomplete(unnamed, 'is not named in parts')
  const other = held.filter(({ index, etag }) => tags.get(index) !== etag).map(({ index }) => index)
  if (other.length > 0) throw incomplete(other, 'has another tag in the store')
  const beyond = [...tags.keys()].filter((index) => !indexes.has(index))
  if (beyond.length > 0) throw incomplete(beyond, 'lies beyond the last chunk')
}
