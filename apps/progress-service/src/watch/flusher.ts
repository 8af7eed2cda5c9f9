import type { Logger } from 'pino'
import type { PositionBuffer } from './buffer.ts'
import { CLOCK_FAULT_MS, type Snapshot } from './rules.ts'
import type { ProgressStore } from './store.ts'

export type FlusherDeps = {
  buffer: PositionBuffer
  store: Pick<ProgressStore, 'savePositions'>
  log: Pick<Logger, 'warn'>
  now?: () => number
  /** Told what MongoDB has now; may take its time, and what it throws is logged alone. */
  onStored?: (snapshots: Snapshot[]) => Promise<void>
  /** Answers who of these students is erased, and removes what is held about them. */
  sweepErased?: (userIds: string[]) => Promise<ReadonlySet<string>>
}
export type Flusher = {
  /**
   * Brings to MongoDB what is dirty and answers how many became clean; any number of them may run at once. Throws at
   * the first failure: what was not stored stays dirty.
   */
  flushOnce(): Promise<number>
}

const BATCH = 500
const BUCKETS_AT_ONCE = 2

const nobodyIsErased = async () => new Set<string>()

export function createFlusher(deps: FlusherDeps): Flusher {
  const { buffer, store, log, now = Date.now, onStored, sweepErased = nobodyIsErased } = deps
  async function flushBatch(bucket: number): Promise<{ size: number; cleaned: number }> {
    const members = await buffer.oldestDirty(bucket, BATCH)
    if (members.length === 0) return { size: 0, cleaned: 0 }
    const found = await buffer.readMany(bucket, members)
    const userIds = [...new Set(members.map((member) => member.slice(0, member.indexOf(':'))))]
    const erased = await sweepErased(userIds)
    const snapshots = found
      .filter((snapshot) => snapshot !== undefined)
      .filter(({ userId }) => !erased.has(userId))
    warnOfClock(snapshots)
    if (snapshots.length > 0) {
      await store.savePositions(snapshots, now())
      await tell(snapshots)
    }
    // Whoever was erased while we wrote is in MongoDB again.
    await sweepErased(userIds)
    const read = members.map((member, i) => ({ member, at: found[i]?.at }))
    return { size: members.length, cleaned: await buffer.clean(bucket, read) }
  }

  /** Positions are safe: nothing that comes of them may keep the others from it. */
  async function tell(snapshots: Snapshot[]) {
    try {
      await onStored?.(snapshots)
    } catch (error) {
      log.warn({ err: error }, 'what was flushed did not complete lectures yet')
    }
  }

  function warnOfClock(snapshots: Snapshot[]) {
    const aheadMs = Math.max(0, ...snapshots.map((snapshot) => snapshot.at)) - now()
    if (aheadMs > CLOCK_FAULT_MS)
      log.warn({ aheadMs }, 'positions carry stamps from the future, check the clocks')
  }

  async function flushBucket(bucket: number): Promise<number> {
    let cleaned = 0
    // Students go on watching while we flush: what becomes dirty after the first look waits for the next round.
    for (let left = await buffer.dirtyCount(bucket); left > 0;) {
      const batch = await flushBatch(bucket)
      cleaned += batch.cleaned
      left = batch.cleaned === 0 ? 0 : left - batch.size
    }
    return cleaned
  }

  async function flushOnce(): Promise<number> {
    let cleaned = 0
    let next = 0
    const worker = async () => {
      while (next < buffer.buckets) {
        const bucket = next
        next += 1
        const count = await flushBucket(bucket)
        cleaned += count
      }
    }
    const stopAll = (error: unknown) => {
      next = buffer.buckets
      throw error
    }
    await Promise.all(Array.from({ length: BUCKETS_AT_ONCE }, () => worker().catch(stopAll)))
    return cleaned
  }
  return { flushOnce }
}
