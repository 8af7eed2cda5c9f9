import type { HistoryDay } from '@aetherlearn/contracts/progress/learner'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { onceItWorks } from '@aetherlearn/service-kit/once-it-works'
import { Schema, Types, type PipelineStage } from 'mongoose'
import { daysAfter, daysBefore, type Day } from '../activity/days.ts'
import type { CourseDay, Entry, History } from './port.ts'

type Row = Omit<Entry, 'userId' | 'at'> & { userId: Types.ObjectId; at: Date }
const rowSchema = new Schema<Row>(
  {
    userId: Schema.Types.ObjectId,
    id: String,
    kind: String,
    at: Date,
    date: String,
    minutes: Number,
    version: Number,
    courseId: String,
    lectureId: String,
  },
  {
    _id: false,
    id: false,
    versionKey: false,
    collection: 'history',
    // Entries of a student lie together, a month or so in a block.
    timeseries: { timeField: 'at', metaField: 'userId', granularity: 'hours' },
  },
)

/** Of the same fact the largest version: documents compare by their fields, in their order. */
const once = (...fields: (keyof Row)[]): PipelineStage.Group => ({
  $group: {
    _id: '$id',
    latest: { $max: Object.fromEntries(['version', ...fields].map((field) => [field, `$${field}`])) },
  },
})

/** Behind all days. */
const LAST = '9999-12-31'
const earlier = (a: Day, b: Day) => (a < b ? a : b)
const later = (a: Day, b: Day) => (a > b ? a : b)

/**
 * Entries older than `keptDays` go by themselves; 0 keeps them. History in a time-series collection: no transactions and no unique index, so doubles are taken out at reads. */
export function createMongoHistory(connection: MongoConnection, keptDays: number): History {
  const Row = connection.model<Row>('History', rowSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  async function prepare() {
    const expireAfterSeconds = keptDays === 0 ? 'off' : keptDays * 24 * 3600
    await connection.db?.command({ collMod: Row.collection.collectionName, expireAfterSeconds })
  }
  const ready = onceItWorks(prepare)

  return {
    async append(entries) {
      await ready()
      const rows = entries.map((entry) => ({ ...entry, userId: id(entry.userId), at: new Date(entry.at) }))
      await Row.collection.insertMany(rows, { ordered: false })
    },

    async days(userId, from, to) {
      // The moments of a day lie up to 14 h from that day in UTC; blocks are found by moments.
      const at = { $gte: new Date(daysBefore(from, 1)), $lt: new Date(daysAfter(to, 2)) }
      return Row.aggregate<HistoryDay>([
        { $match: { userId: id(userId), at, date: { $gte: from, $lte: to } } },
        once('date', 'kind', 'minutes'),
        {
          $group: {
            _id: '$latest.date',
            minutes: { $sum: '$latest.minutes' },
            completions: { $sum: { $cond: [{ $eq: ['$latest.kind', 'completed'] }, 1, 0] } },
          },
        },
        { $match: { $or: [{ minutes: { $gt: 0 } }, { completions: { $gt: 0 } }] } },
        { $sort: { _id: 1 } },
        { $project: { _id: 0, date: '$_id', minutes: 1, completions: 1 } },
      ])
    },

    async courseDays(userId, days) {
      const [from, to] = [days.reduce(earlier, LAST), days.reduce(later, '')]
      if (from > to) return []
      const at = { $gte: new Date(daysBefore(from, 1)), $lt: new Date(daysAfter(to, 2)) }
      const sumOf = (kind: Entry['kind'], value: unknown) => ({
        $sum: { $cond: [{ $eq: ['$latest.kind', kind] }, value, 0] },
      })
      return Row.aggregate<CourseDay>([
        { $match: { userId: id(userId), at, date: { $in: [...days] } } },
        once('date', 'kind', 'minutes', 'courseId'),
        {
          $group: {
            _id: { date: '$latest.date', courseId: '$latest.courseId' },
            minutes: { $sum: '$latest.minutes' },
            lateMinutes: sumOf('late', '$latest.minutes'),
            completions: sumOf('completed', 1),
          },
        },
        { $match: { $or: [{ minutes: { $gt: 0 } }, { completions: { $gt: 0 } }] } },
        { $sort: { '_id.date': 1, '_id.courseId': 1 } },
        {
          $project: {
            _id: 0,
            date: '$_id.date',
            courseId: '$_id.courseId',
            minutes: 1,
            lateMinutes: 1,
            completions: 1,
          },
        },
      ])
    },

    async list(userId, limit, after) {
      const behind = after && {
        $or: [{ at: { $gt: new Date(after.at) } }, { at: new Date(after.at), id: { $gt: after.id } }],
      }
      const rows = await Row.aggregate<{ _id: string; latest: Omit<Row, 'id' | 'userId'> }>([
        { $match: { userId: id(userId), ...behind } },
        once('at', 'date', 'kind', 'minutes', 'courseId', 'lectureId'),
        { $sort: { 'latest.at': 1, _id: 1 } },
        { $limit: limit },
      ])
      return rows.map(({ _id, latest }) => ({ userId, id: _id, ...latest, at: latest.at.getTime() }))
    },

    async erase(userId) {
      await Row.collection.deleteMany({ userId: id(userId) })
    },
  }
}
