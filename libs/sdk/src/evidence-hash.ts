import {
  EVIDENCE_SCHEMA,
  type EvidenceContent,
  type EvidenceEntry,
  type EvidencePart,
} from '@aetherlearn/contracts/progress/evidence'
import { canonicalJson } from './canonical-json.ts'

const encoder = new TextEncoder()
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => HEX[byte] ?? '').join('')

type Hash = { update(bytes: Uint8Array): Hash; digest(encoding: 'hex'): string }
type Modules = { getBuiltinModule?: (name: string) => { createHash(name: string): Hash } | undefined }
/** A report has thousands of short hashes: Node makes them at once, the Web's interface one by one in other threads. */
const node = (globalThis as { process?: Modules }).process?.getBuiltinModule?.('node:crypto')

/** SHA-256 as hex digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  if (node !== undefined) return node.createHash('sha256').update(bytes).digest('hex')
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

/** SHA-256 of the canonical JSON. */
export const hashOf = (value: unknown): Promise<string> => sha256(bytesOf(canonicalJson(value)))

/** What stands before a learner's first entry. */
export const genesisHash = (userId: string, salt: string): Promise<string> =>
  hashOf({ schema: EVIDENCE_SCHEMA, userId, salt })

type Link = Pick<EvidenceEntry, 'seq' | 'previousHash' | 'contentHash'>
export const linkHash = ({ seq, previousHash, contentHash }: Link): Promise<string> =>
  hashOf({ seq, previousHash, contentHash })

export type EvidenceDay = Omit<EvidenceContent, 'parts'> & { parts: EvidencePart[] }

/** The next entry of a chain; `previousHash` is the hash of the one before, or the genesis. */
export async function makeEntry(
  seq: number,
  previousHash: string,
  { parts, ...day }: EvidenceDay,
): Promise<Required<EvidenceEntry>> {
  const digests = (await Promise.all(parts.map(hashOf))).toSorted()
  const content = { ...day, parts: digests }
  const link = { seq, previousHash, contentHash: await hashOf(content) }
  return { ...link, hash: await linkHash(link), content, parts }
}
