import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { analyticsRows } from './rows-store.ts'

export type Moment = <T>(
  batchIds: string[],
  read: (session: Session, applied: ReadonlySet<string>) => Promise<T>,
) => Promise<T>

/**
 * Reads rows as they were at one moment, at which the batches in `applied` were in them and the others not. Holds for
 * batches that were read from Redis before: what left Redis in between is in the rows then.
 */
export function createMoment(connection: MongoConnection): Moment {
  const { applied } = analyticsRows(connection)
  return (batchIds, read) =>
    connection.getClient().withSession({ snapshot: true }, async (session) => {
      // The answer to the first read sets the moment; those that follow may be asked together.
      const found = await applied.find({ _id: { $in: batchIds } }, { session }).toArray()
      return read(session, new Set(found.map((batch) => batch._id)))
    })
}
