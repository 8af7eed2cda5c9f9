import { createGathered } from '@aetherlearn/service-kit/gathered'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types, type mongo } from 'mongoose'
import type { Batch, Days, Heat } from '../batch.ts'
import type { Unnamed } from '../consent/unnamed.ts'
import type { ActivityStore } from '../students/activity-store.ts'
import { analyticsRows, COURSES_AT_ONCE, HEAT_ROW_SECONDS } from './rows-store.ts'

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
    for (const [lectureId, { views, watchTimeMs, freshSeconds = 0 }] of day.lectures) {
      add(sums, 'totalWatchTimeMs', watchTimeMs)
      add(sums, `lectureStats.${lectureId}.views`, views)
      add(sums, `lectureStats.${lectureId}.totalWatchTimeMs`, watchTimeMs)
      add(sums, `lectureStats.${lectureId}.freshSeconds`, freshSeconds)
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
  [...heat].flatMap(([lectureId, seconds]) => {
    const rows = new Map<number, Sums>()
    for (const [second, { watched, again, furthest }] of seconds) {
      const from = second - (second % HEAT_ROW_SECONDS)
      const sums = rows.get(from) ?? {}
      rows.set(from, sums)
      add(sums, `seconds.${second}.w`, watched)
      add(sums, `seconds.${second}.r`, again)
      add(sums, `seconds.${second}.e`, furthest)
    }
    return [...rows].map(([from, sums]) => ({ lectureId, from, sums }))
  })

const adds = ({ sums }: { sums: Sums }) => Object.keys(sums).length > 0

type Entry = { batch: Batch; options: ApplyOptions }

export type AnalyticsStoreDeps = { activity: Pick<ActivityStore, 'add'>; unnamed: Unnamed }

export function createAnalyticsStore(
  connection: MongoConnection,
  { activity, unnamed }: AnalyticsStoreDeps,
): AnalyticsStore {
  const rows = analyticsRows(connection)

  /** Without the students who must not be known by name. */
  async function namedOnly(entries: Entry[]): Promise<Entry[]> {
    const userIds = entries.flatMap(({ batch }) => batch.students.map(({ userId }) => userId))
    if (userIds.length === 0) return entries
    const hidden = await unnamed.among([...new Set(userIds)])
    return entries.map(({ batch, options }) => {
      const students = batch.students.filter(({ userId }) => !hidden.has(userId))
      return { batch: { ...batch, students }, options }
    })
  }

  async function addAll(entries: Entry[], session: mongo.ClientSession) {
    const { applied, ...updates } = updatesOf(entries)
    const { courses, days, lectureDays, heat } = updates
    await rows.applied.insertMany(applied, { session })
    await rows.courses.bulkWrite(courses, { session })
    if (days.length > 0) await rows.days.bulkWrite(days, { session })
    if (lectureDays.length > 0) await rows.lectureDays.bulkWrite(lectureDays, { session })
    if (heat.length > 0) await rows.heat.bulkWrite(heat, { session })
    const batches = entries.map(({ batch }) => batch)
    await activity.add(batches, session)
  }

  async function addTogether(all: Entry[]) {
    // Not in the transaction, which others wait for: of whom becomes nobody meanwhile all is swept away a minute later.
    const entries = await namedOnly(all)
    await transaction(connection, async (session) => {
      // Who adds one of them at the same time meets a write conflict or a duplicate key, and comes here again.
      const ids = entries.map(({ batch }) => batch.id)
      const found = await rows.applied.find({ _id: { $in: ids } }, { session }).toArray()
      const applied = new Set(found.map((batch) => batch._id))
      const missing = new Map(entries.map((entry) => [entry.batch.id, entry]))
      for (const id of applied) missing.delete(id)
      if (missing.size > 0) await addAll([...missing.values()], session)
    })
  }

  async function addEach(entries: Entry[]): Promise<PromiseSettledResult<void>[]> {
    const together = await Promise.allSettled([addTogether(entries)])
    const [{ status }] = together
    if (status === 'fulfilled') return entries.map(() => ({ status, value: undefined }))
    // One of them may be what does not go in, which must not keep the others out.
    return entries.length === 1 ? together : Promise.allSettled(entries.map((entry) => addTogether([entry])))
  }
  // Batches that come while others are added go into one transaction, as most of its cost is that there is one.
  const gathered = createGathered({
    work: (_, entries: Entry[]) => addEach(entries),
    largestGroup: COURSES_AT_ONCE,
    patienceMs: Infinity,
  })

  return {
    async apply(batch, options) {
      const outcome = await gathered('', { batch, options })
      if (outcome.status === 'rejected') throw outcome.reason
    },
  }
}

const addTo = (filter: object, sums: Sums, $max?: object) => ({
  updateOne: { filter, update: { $inc: sums, ...($max && { $max }) }, upsert: true },
})

function updatesOf(entries: Entry[]) {
  const applied = entries.map(({ batch, options }) => ({ _id: batch.id, at: options.at }))
  const courses = entries.map(({ batch: { courseId, days }, options: { uniques, storedAt } }) =>
    addTo({ courseId: new Types.ObjectId(courseId) }, courseSums(days), {
      uniqueActiveUsers: uniques.course,
      ...(storedAt && { storedAt }),
    }),
  )
  const parts = entries.map(({ batch, options }) => {
    const courseId = new Types.ObjectId(batch.courseId)
    const { uniques } = options
    return {
      days: daySums(batch.days).map(({ day, sums }) =>
        addTo({ courseId, day }, sums, { uniqueStudents: uniques.days.get(day) ?? 0 }),
      ),
      lectureDays: lectureDaySums(batch.days)
        .filter(adds)
        .map(({ day, sums }) => addTo({ courseId, day }, sums)),
      heat: heatSums(batch.heat)
        .filter(adds)
        .map(({ lectureId, from, sums }) =>
          addTo({ courseId, lectureId: new Types.ObjectId(lectureId), from }, sums),
        ),
    }
  })
  return {
    applied,
    courses,
    days: parts.flatMap((part) => part.days),
    lectureDays: parts.flatMap((part) => part.lectureDays),
    heat: parts.flatMap((part) => part.heat),
  }
}
