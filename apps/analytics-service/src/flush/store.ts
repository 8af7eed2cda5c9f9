import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types, type mongo } from 'mongoose'
import type { Batch, Days, Heat } from '../batch.ts'
import { analyticsRows } from './rows-store.ts'

/** How many students there are, at the moment at which a batch is added. */
export type UniqueCounts = {
  course: number
  /** By day, of those that the batch has counts of. */
  days: Map<string, number>
}
export type ApplyOptions = {
  uniques: UniqueCounts
  at: Date
  /** All that was counted before is in the rows once this batch is. */
  storedAt?: Date
}
export type AnalyticsStore = {
  /** Adds a batch to all its rows, exactly once, however often and by how many this is called. */
  apply(batch: Batch, options: ApplyOptions): Promise<void>
}

type Sums = Record<string, number>
/** Paths and what is added to them; nothing where it is 0, so that rows hold no needless zeros. */
const add = (sums: Sums, path: string, amount: number) => {
  if (amount !== 0) sums[path] = (sums[path] ?? 0) + amount
}

function courseSums(days: Days): Sums {
  const sums: Sums = {}
  for (const day of days.values()) {
    add(sums, 'totalViews', day.views)
    add(sums, 'ownViews', day.ownViews)
    add(sums, 'ownWatchTimeMs', day.ownWatchTimeMs)
    add(sums, 'botReports', day.botReports)
    add(sums, 'replayedMs', day.replayedMs)
    for (const [lectureId, { views, watchTimeMs }] of day.lectures) {
      add(sums, 'totalWatchTimeMs', watchTimeMs)
      add(sums, `lectureStats.${lectureId}.views`, views)
      add(sums, `lectureStats.${lectureId}.totalWatchTimeMs`, watchTimeMs)
    }
  }
  return sums
}

const daySums = (days: Days) =>
  [...days].map(([day, { lectures, ...counts }]) => {
    const sums: Sums = {}
    for (const [path, amount] of Object.entries(counts)) add(sums, path, amount)
    for (const { views, watchTimeMs } of lectures.values()) {
      add(sums, 'playbacks', views)
      add(sums, 'watchTimeMs', watchTimeMs)
    }
    return { day, sums }
  })

const lectureDaySums = (days: Days) =>
  [...days].map(([day, { lectures }]) => {
    const sums: Sums = {}
    for (const [lectureId, { views, watchTimeMs }] of lectures) {
      add(sums, `lectures.${lectureId}.views`, views)
      add(sums, `lectures.${lectureId}.watchTimeMs`, watchTimeMs)
    }
    return { day, sums }
  })

const heatSums = (heat: Heat) =>
  [...heat].map(([lectureId, seconds]) => {
    const sums: Sums = {}
    for (const [second, { watched, again, furthest }] of seconds) {
      add(sums, `seconds.${second}.w`, watched)
      add(sums, `seconds.${second}.r`, again)
      add(sums, `seconds.${second}.e`, furthest)
    }
    return { lectureId, sums }
  })

const adds = ({ sums }: { sums: Sums }) => Object.keys(sums).length > 0

export function createAnalyticsStore(connection: MongoConnection): AnalyticsStore {
  const rows = analyticsRows(connection)

  async function addAll(
    { id, courseId, days, heat }: Batch,
    options: ApplyOptions,
    session: mongo.ClientSession,
  ) {
    const { uniques, at, storedAt } = options
    await rows.applied.insertOne({ _id: id, at }, { session })
    const course = new Types.ObjectId(courseId)
    await rows.courses.updateOne(
      { courseId: course },
      { $inc: courseSums(days), $max: { uniqueActiveUsers: uniques.course, ...(storedAt && { storedAt }) } },
      { session, upsert: true },
    )
    const dayUpdates = daySums(days).map(({ day, sums }) => ({
      updateOne: {
        filter: { courseId: course, day },
        update: { $inc: sums, $max: { uniqueStudents: uniques.days.get(day) ?? 0 } },
        upsert: true,
      },
    }))
    if (dayUpdates.length > 0) await rows.days.bulkWrite(dayUpdates, { session })
    const lectureUpdates = lectureDaySums(days)
      .filter(adds)
      .map(({ day, sums }) => ({
        updateOne: { filter: { courseId: course, day }, update: { $inc: sums }, upsert: true },
      }))
    if (lectureUpdates.length > 0) await rows.lectureDays.bulkWrite(lectureUpdates, { session })
    const heatUpdates = heatSums(heat)
      .filter(adds)
      .map(({ lectureId, sums }) => ({
        updateOne: {
          filter: { courseId: course, lectureId: new Types.ObjectId(lectureId) },
          update: { $inc: sums },
          upsert: true,
        },
      }))
    if (heatUpdates.length > 0) await rows.heat.bulkWrite(heatUpdates, { session })
  }

  return {
    apply: (batch, options) =>
      transaction(connection, async (session) => {
        // Who adds it at the same time meets a write conflict or a duplicate key, and comes here again.
        const applied = await rows.applied.findOne({ _id: batch.id }, { session })
        if (applied === null) await addAll(batch, options, session)
      }),
  }
}
