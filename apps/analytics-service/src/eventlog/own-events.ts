import type { EventTable } from './event-table.ts'
import type { LogEvent } from './event.ts'
import type { Pseudonyms } from './pseudonym-store.ts'

export type OwnEventsDeps = { table: Pick<EventTable, 'ofUser'>; pseudonyms: Pick<Pseudonyms, 'known'> }

/** What the log has of somebody, under their own id: none where nobody knows any more which events are theirs. */
export const createOwnEvents = ({ table, pseudonyms }: OwnEventsDeps) =>
  async function* (userId: string): AsyncGenerator<LogEvent> {
    const pseudonym = await pseudonyms.known(userId)
    if (pseudonym === undefined) return
    for await (const event of table.ofUser(pseudonym)) yield { ...event, userId }
  }
