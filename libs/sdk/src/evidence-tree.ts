import type { EvidenceAnchor } from '@aetherlearn/contracts/progress/evidence'
import { canonicalJson } from './canonical-json.ts'
import { bytesOf, sha256 } from './evidence-hash.ts'

/** What a leaf of a checkpoint's tree hashes, its leading zero included (RFC 9162 §2.1.1). */
export const leafBytes = (leaf: { place: number; seq: number; hash: string } | { place: number }) =>
  bytesOf(`\u0000${canonicalJson(leaf)}`)

function nodeBytes(left: string, right: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(65)
  bytes[0] = 1
  const digits = left + right
  for (let i = 0; i < 64; i += 1) bytes[i + 1] = Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

/** The root that an anchor's path leads to (RFC 9162 §2.1.3.2); undefined where the path has not the right length. */
export async function rootOf(anchor: Pick<EvidenceAnchor, 'place' | 'seq' | 'hash' | 'path' | 'checkpoint'>) {
  const { place, seq, hash, path } = anchor
  let [index, last] = [place - 1, anchor.checkpoint.places - 1]
  if (index > last) return undefined
  let root = await sha256(leafBytes({ place, seq, hash }))
  for (const sibling of path) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      root = await sha256(nodeBytes(sibling, root))
      while (index % 2 === 0 && index !== 0) [index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
    } else {
      root = await sha256(nodeBytes(root, sibling))
    }
    ;[index, last] = [Math.floor(index / 2), Math.floor(last / 2)]
  }
  return last === 0 ? root : undefined
}
