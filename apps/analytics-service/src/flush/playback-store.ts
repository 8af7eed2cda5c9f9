import { createGathered } from '@aetherlearn/service-kit/gathered'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { mongo, Types } from 'mongoose'
import type { Playback } from '../batch.ts'
import type { Unnamed } from '../consent/unnamed.ts'
import { analyticsRows, COURSES_AT_ONCE, type PlaybackRow } from './rows-store.ts'

export type PlaybackStore = {
  /**
   * Replaces each row by the later one of the two; again, and in any order, it changes nothing. Of those who
   * must not be known nothing is kept. Those that began at `newSince` or later should have no row yet, and cost a fifth then.
   */
  keep(courseId: string, playbacks: Playback[], newSince?: Date): Promise<void>
}

const DAY_MS = 86_400_000
const AT_ONCE = 2000
const FLUSH_TIMEOUT_MS = 10_000
const options = { ordered: false, writeConcern: { w: 'majority' as const }, timeoutMS: FLUSH_TIMEOUT_MS }

/** `keptDays`: how long after its last report a playback is kept. */
export function createPlaybackStore(
  connection: MongoConnection,
  unnamed: Unnamed,
  keptDays: number,
): PlaybackStore {
  const { playbacks: rows } = analyticsRows(connection)
  const updateOf = (courseId: Types.ObjectId, playback: Playback) => {
    const { id, at, lectureId, userId, startedAt, watchTimeMs, againSeconds = 0, ranges } = playback
    const expiresAt = new Date(at.getTime() + keptDays * DAY_MS)
    return {
      filter: { _id: id, at: { $lt: at } },
      update: {
        $set: { at, watchTimeMs, againSeconds, ranges, expiresAt },
        $setOnInsert: {
          courseId,
          lectureId: new Types.ObjectId(lectureId),
          userId: new Types.ObjectId(userId),
          startedAt,
        },
      },
    }
  }
  type Update = ReturnType<typeof updateOf>
  type Change = Update & { isNew: boolean }
  const rowOf = ({ filter, update }: Update): PlaybackRow => ({
    _id: filter._id,
    ...update.$set,
    ...update.$setOnInsert,
  })
  const replace = (updates: Update[], upsert: boolean) =>
    rows.bulkWrite(
      updates.map(({ filter, update }) => ({ updateOne: { filter, update, upsert } })),
      options,
    )
  const insert = (updates: Update[]) => rows.insertMany(updates.map(rowOf), options)
  const userOf = ({ update }: Update) => update.$setOnInsert.userId.toHexString()

  /** In parts, each of which ends before a connection gives up. */
  async function keepPart(all: Update[], write: (updates: Update[]) => Promise<unknown>) {
    for (let i = 0; i < all.length; i += AT_ONCE) {
      const updates = all.slice(i, i + AT_ONCE)
      const refused = await write(updates).then(() => [], duplicates)
      // The row is there; the filter knows whether ours is later.
      const again = refused.flatMap((index) => updates[index] ?? [])
      if (again.length > 0) await replace(again, false)
    }
  }

  async function keepAll(all: Change[]) {
    const hidden = await unnamed.among([...new Set(all.map(userOf))])
    const changes = all.filter((change) => !hidden.has(userOf(change)))
    await keepPart(
      changes.filter(({ isNew }) => isNew),
      insert,
    )
    await keepPart(
      changes.filter(({ isNew }) => !isNew),
      (updates) => replace(updates, true),
    )
  }
  // What several courses store at once goes in one write.
  const gathered = createGathered({
    work: async (_, changes: Change[][]) => {
      await keepAll(changes.flat())
      return changes.map(() => true)
    },
    largestGroup: COURSES_AT_ONCE,
    patienceMs: Infinity,
  })

  return {
    async keep(courseId, playbacks, newSince) {
      if (playbacks.length === 0) return
      const course = new Types.ObjectId(courseId)
      const isNew = ({ startedAt }: Playback) => newSince !== undefined && startedAt >= newSince
      await gathered(
        '',
        playbacks.map((playback) => ({ ...updateOf(course, playback), isNew: isNew(playback) })),
      )
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
