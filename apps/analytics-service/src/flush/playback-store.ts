import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { mongo, Types } from 'mongoose'
import type { Playback } from '../batch.ts'
import { analyticsRows } from './rows-store.ts'

export type PlaybackStore = {
  /** Replaces each row by the later one of the two; again, and in any order, it changes nothing. */
  keep(courseId: string, playbacks: Playback[]): Promise<void>
}

const DAY_MS = 86_400_000
const AT_ONCE = 2000
const FLUSH_TIMEOUT_MS = 10_000

/** `keptDays`: how long after its last report a playback is kept. */
export function createPlaybackStore(connection: MongoConnection, keptDays: number): PlaybackStore {
  const { playbacks: rows } = analyticsRows(connection)
  return {
    async keep(courseId, playbacks) {
      const course = new Types.ObjectId(courseId)
      const updates = playbacks.map(({ id, at, lectureId, userId, startedAt, watchTimeMs, ranges }) => ({
        updateOne: {
          filter: { _id: id, at: { $lt: at } },
          update: {
            $set: { at, watchTimeMs, ranges, expiresAt: new Date(at.getTime() + keptDays * DAY_MS) },
            $setOnInsert: {
              courseId: course,
              lectureId: new Types.ObjectId(lectureId),
              userId: new Types.ObjectId(userId),
              startedAt,
            },
          },
        },
      }))
      const write = (chosen: typeof updates, upsert: boolean) =>
        rows.bulkWrite(
          chosen.map(({ updateOne }) => ({ updateOne: { ...updateOne, upsert } })),
          options,
        )
      const options = {
        ordered: false,
        writeConcern: { w: 'majority' as const },
        timeoutMS: FLUSH_TIMEOUT_MS,
      }
      for (let i = 0; i < updates.length; i += AT_ONCE) {
        const chosen = updates.slice(i, i + AT_ONCE)
        const refused = await write(chosen, true).then(() => [], duplicates)
        // The row is there; the filter knows whether ours is later.
        const again = refused.flatMap((index) => chosen[index] ?? [])
        if (again.length > 0) await write(again, false)
      }
    },
  }
}

const DUPLICATE_KEY = 11_000

/** The operations that met a row; any other failure is thrown. */
function duplicates(error: unknown): number[] {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error
  const refused = [error.writeErrors].flat()
  const others = refused.some((failure) => failure.code !== DUPLICATE_KEY)
  // Without a majority behind it a write may still be rolled back.
  if (others || refused.length === 0 || error.result.getWriteConcernError() !== undefined) throw error
  return refused.map((failure) => failure.index)
}
