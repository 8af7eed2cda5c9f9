import type { Entry, History } from './port.ts'
import type { PendingStore } from './pending-store.ts'

const BATCH = 5000
const PAGE = 5000
/** A process that dies while it copies holds up the others for so long. */
const LEASE_MS = 60_000

export type CopierDeps = {
  pending: PendingStore
  history: History
  /** Told what the history has now; again, where this process dies before it is removed here. */
  onCopied?: (entries: readonly Entry[]) => Promise<void>
}

/**
 * Brings to the history what waits in our own database, so that the history may be away for as long as it likes. Who
 * dies between copy and removal copies again: ids make that harmless.
 */
export function createCopier({ pending, history, onCopied }: CopierDeps) {
  async function copyAll(): Promise<number> {
    let copied = 0
    for (;;) {
      const waiting = await pending.oldest(BATCH)
      if (waiting.length === 0) return copied
      const entries = waiting.map(({ entry }) => entry)
      await history.append(entries)
      await onCopied?.(entries)
      await pending.remove(waiting.map(({ rowId }) => rowId))
      copied += waiting.length
    }
  }

  return {
    /** Answers how many entries it copied; 0 where another process is at it. */
    async copyOnce(): Promise<number> {
      if (!(await pending.lease(LEASE_MS))) return 0
      try {
        return await copyAll()
      } finally {
        await pending.release()
      }
    },

    /** All that is known of a student, each fact once; what waits comes last. */
    async *entriesOf(userId: string): AsyncGenerator<Entry> {
      // First, so that what is copied meanwhile is not missed.
      const waiting = new Map((await pending.of(userId)).map((entry) => [entry.id, entry]))
      let page = await history.list(userId, PAGE)
      while (page.length > 0) {
        for (const entry of page) {
          const newer = waiting.get(entry.id)
          if (newer !== undefined && newer.version > entry.version) continue
          waiting.delete(entry.id)
          yield entry
        }
        page = page.length < PAGE ? [] : await history.list(userId, PAGE, page.at(-1))
      }
      yield* waiting.values()
    },

    /** Entries, each as often as it is kept. */
    async count(userId: string): Promise<number> {
      let entries = (await pending.of(userId)).length
      let page = await history.list(userId, PAGE)
      while (page.length > 0) {
        entries += page.length
        page = page.length < PAGE ? [] : await history.list(userId, PAGE, page.at(-1))
      }
      return entries
    },

    /** What is being copied at this moment may come after it: it has to be done again. */
    async erase(userId: string): Promise<void> {
      await pending.erase(userId)
      await history.erase(userId)
    },
  }
}
export type Copier = ReturnType<typeof createCopier>
