import type { EventTable } from './event-table.ts'
import type { EventLog } from './port.ts'

export type FeedDeps = { log: Pick<EventLog, 'take'>; table: Pick<EventTable, 'append'> }

/** Brings events from the log into the table. Who dies before the log knows brings them again: ids make that harmless. */
export function createFeed({ log, table }: FeedDeps) {
  return {
    /** Until there are none left; answers how many it brought. */
    async feedOnce(): Promise<number> {
      let fed = 0
      for (;;) {
        const { events, done } = await log.take()
        if (events.length === 0) return fed
        await table.append(events)
        await done()
        fed += events.length
      }
    },
  }
}
export type Feed = ReturnType<typeof createFeed>
