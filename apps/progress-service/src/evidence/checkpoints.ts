import { randomBytes } from 'node:crypto'
import {
  CHECKPOINT_SCHEMA,
  CHECKPOINT_TYPE,
  type Checkpoint,
  type EvidenceAnchor,
  type EvidenceEntry,
} from '@aetherlearn/contracts/progress/evidence'
import { hashOf } from '@aetherlearn/sdk/evidence-hash'
import type { Logger } from 'pino'
import {
  LEAVES,
  type CheckpointStore,
  type KeptCheckpoint,
  type Leaves,
  type PlacedHead,
} from './checkpoint-store.ts'
import type { DueStore } from './due-store.ts'
import type { KeyStore } from './key-store.ts'
import { lastDayOver } from './rules.ts'
import type { EvidenceStore } from './store.ts'
import { leafHash, treePath, treeRoot } from './tree.ts'

const NOTHING_BEFORE = '0'.repeat(64)
/** Of many broken chains so many are named. */
const MOST_NAMED = 100

export type CheckpointDeps = {
  store: CheckpointStore
  chains: Pick<EvidenceStore, 'entries'>
  due: Pick<DueStore, 'isWaiting'>
  keys: Pick<KeyStore, 'signer'>
  log: Pick<Logger, 'warn'>
  now: () => number
}

/**
 * Once a day signs where all chains end. Whoever has a checkpoint, or a report with one, can tell that a chain was cut
 * off, made anew, or taken away; and so can the next checkpoint, which says it.
 */
export function createCheckpoints({ store, chains, due, keys, log, now }: CheckpointDeps) {
  /** Whether the chain still goes through where it ended the last time. */
  async function goesOn(head: PlacedHead, seq: number, leaf: Buffer): Promise<boolean> {
    const { place } = head
    if (head.seq < seq) return false
    if (head.seq === seq) return leafHash({ place, seq, hash: head.hash }).equals(leaf)
    const entries = await chains.entries(head.userId, seq)
    const [first] = entries
    if (first === undefined || !leafHash({ place, seq: first.seq, hash: first.hash }).equals(leaf))
      return false
    const isLinked = entries.every((entry, i) => i === 0 || entry.previousHash === entries[i - 1]?.hash)
    return isLinked && entries.at(-1)?.hash === head.hash
  }

  /** The leaves of places from `first` on, and those among them that are not what they were. */
  async function leavesFrom(first: number, last: number, before: Leaves | undefined) {
    const { heads, gone } = await store.standing(first, last)
    const leaves: Leaves = { hashes: [], seqs: [] }
    const broken: number[] = []
    for (let place = first; place <= last; place += 1) {
      const head = gone.has(place) ? undefined : heads.get(place)
      const [leaf, seq] = [before?.hashes[place - first], before?.seqs[place - first] ?? 0]
      const isLost = head === undefined && !gone.has(place)
      const isOther = head !== undefined && leaf !== undefined && !(await goesOn(head, seq, leaf))
      if (isLost || isOther) broken.push(place)
      leaves.hashes.push(leafHash(head === undefined ? { place } : { place, seq: head.seq, hash: head.hash }))
      leaves.seqs.push(head?.seq ?? 0)
    }
    return { leaves, broken, erased: gone.size }
  }

  async function build(before: KeptCheckpoint | undefined, through: string, places: number) {
    const number = (before?.checkpoint.number ?? 0) + 1
    const attempt = randomBytes(12).toString('hex')
    const [roots, broken]: [Buffer[], number[]] = [[], []]
    let erased = 0
    for (let index = 0; index * LEAVES < places; index += 1) {
      const first = index * LEAVES + 1
      const known = before && (await store.leaves(before, index))
      // What is compared with must be what was signed.
      const isSigned = known && before.roots[index]?.equals(treeRoot(known.hashes))
      if (before?.roots[index] !== undefined && !isSigned) broken.push(first)
      const made = await leavesFrom(first, Math.min(first + LEAVES - 1, places), isSigned ? known : undefined)
      await store.saveLeaves(number, attempt, index, made.leaves)
      roots.push(treeRoot(made.leaves.hashes))
      broken.push(...made.broken)
      erased += made.erased
    }
    if (before !== undefined && treeRoot(before.roots).toString('hex') !== before.checkpoint.root)
      broken.push(1)
    if (broken.length > 0) log.warn({ broken }, 'chains of evidence are not what was signed of them')
    const checkpoint: Checkpoint = {
      schema: CHECKPOINT_SCHEMA,
      number,
      at: new Date(now()).toISOString(),
      through,
      places,
      erased,
      broken: [...new Set(broken)].slice(0, MOST_NAMED),
      root: treeRoot(roots).toString('hex'),
      previous: before === undefined ? NOTHING_BEFORE : await hashOf(before.checkpoint),
    }
    const sign = await keys.signer()
    return { checkpoint, signature: await sign(checkpoint, CHECKPOINT_TYPE), attempt, roots }
  }

  return {
    /** The first time that all days up to another one are sealed; answers the checkpoint that it made. */
    async checkpointOnce(): Promise<Checkpoint | undefined> {
      const through = lastDayOver(now())
      const before = await store.latest()
      if (before !== undefined && before.checkpoint.through >= through) return undefined
      if (await due.isWaiting(through)) return undefined
      const places = await store.placesGiven()
      if (places === 0) return undefined
      const kept = await build(before, through, places)
      if (!(await store.save(kept))) return undefined
      await store.tidy(kept)
      return kept.checkpoint
    },

    /** What the last checkpoint says of a chain; undefined where it did not know it yet. */
    async anchorOf(place: number, entries: readonly EvidenceEntry[]): Promise<EvidenceAnchor | undefined> {
      const kept = await store.latest()
      if (kept === undefined || place > kept.checkpoint.places) return undefined
      const index = Math.floor((place - 1) / LEAVES)
      const leaves = await store.leaves(kept, index)
      const offset = (place - 1) % LEAVES
      const seq = leaves?.seqs[offset] ?? 0
      if (leaves === undefined || seq === 0) return undefined
      const path = [...treePath(leaves.hashes, offset), ...treePath(kept.roots, index)]
      return {
        checkpoint: kept.checkpoint,
        signature: kept.signature,
        place,
        seq,
        // Of a chain that was cut off since then nothing is made up: the report shows it.
        hash: entries[seq - 1]?.hash ?? NOTHING_BEFORE,
        path: path.map((hash) => hash.toString('hex')),
      }
    },
  }
}
export type Checkpoints = ReturnType<typeof createCheckpoints>
