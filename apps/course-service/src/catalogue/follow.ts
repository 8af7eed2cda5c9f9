import { startRounds } from '@aetherlearn/service-kit/rounds'
import type { Logger } from 'pino'
import type { SearchIndex } from './search.ts'
import type { CatalogueStore } from './store.ts'

/** A change becomes visible when its transaction commits, some time after the moment that its row names. */
const OVERLAP_MS = 10_000
/** What is gone is remembered for a day; whoever has not looked for so long begins anew. */
const HEARD_NOTHING_MS = 12 * 3600_000

export type Follower = Awaited<ReturnType<typeof followCatalogue>>

/** Brings the index to what MongoDB has, and keeps it there: `everyMs` behind what other instances change. */
export async function followCatalogue(
  store: CatalogueStore,
  index: SearchIndex,
  log: Pick<Logger, 'warn'>,
  everyMs: number,
) {
  let since = new Date(0)
  let lookedAt = 0
  const loadAll = async () => {
    // Taken first: what changes while the rest is read is read again.
    const begin = await store.lastChange()
    for await (const row of store.everyListed()) index.apply(row)
    since = begin
  }
  const look = async () => {
    if (Date.now() - lookedAt > HEARD_NOTHING_MS) await loadAll()
    for (const row of await store.changedSince(new Date(since.getTime() - OVERLAP_MS))) {
      index.apply(row)
      if (row.changedAt > since) since = row.changedAt
    }
    lookedAt = Date.now()
  }
  await look()
  const rounds = startRounds({ name: 'catalogue', everyMs, work: look, log })
  return {
    look,
    /** For a change of this process, which its author must see at once. */
    lookAt: async (courseId: string) => {
      const row = await store.find(courseId)
      if (row !== null) index.apply(row)
    },
    stop: rounds.stop,
  }
}
