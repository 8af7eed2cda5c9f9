import { createHash } from 'node:crypto'
import { leafBytes } from '@aetherlearn/sdk/evidence-tree'

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const NODE = Buffer.from([1])

/** Of a place: the end of its chain, or that nobody is there any more. */
export const leafHash = (leaf: { place: number; seq: number; hash: string } | { place: number }): Buffer =>
  sha256(leafBytes(leaf))

/** Where a list of more than one is divided: the largest power of two below its length. */
const middleOf = (length: number) => 2 ** Math.floor(Math.log2(length - 1))

/** The Merkle tree hash of RFC 9162 §2.1.1, over leaves that are hashed already. */
export function treeRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (first === undefined) return sha256()
  if (leaves.length === 1) return first
  const middle = middleOf(leaves.length)
  return sha256(NODE, treeRoot(leaves.slice(0, middle)), treeRoot(leaves.slice(middle)))
}

/** What leads from a leaf to the root, the nearest first (RFC 9162 §2.1.3.1). */
export function treePath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (leaves.length <= 1) return []
  const middle = middleOf(leaves.length)
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)]
  return index < middle
    ? [...treePath(left, index), treeRoot(right)]
    : [...treePath(right, index - middle), treeRoot(left)]
}
