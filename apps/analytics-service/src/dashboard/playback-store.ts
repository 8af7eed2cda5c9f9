import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import { analyticsRows } from '../flush/rows-store.ts'
import { momentsOf, type Period } from './periods.ts'

/** A playback goes on for a day at most, and its last report may come a little later. */
const LONGEST_MS = 25 * 3600 * 1000

export type Pair = { lectureId: string; userId: string }
export type PlaybackReader = {
  /** Lecture → students with a playback in this period. */
  countStudents(courseId: string, period: Period): Promise<Map<string, number>>
  /** Lectures that these students have played in this period. */
  knownPairs(courseId: string, period: Period, userIds: string[]): Promise<Pair[]>
}

export function createPlaybackReader(connection: MongoConnection): PlaybackReader {
  const { playbacks } = analyticsRows(connection)
  const within = (courseId: string, period: Period) => {
    const { start, end } = momentsOf(period)
    return {
      courseId: new Types.ObjectId(courseId),
      startedAt: { $gte: new Date(start.getTime() - LONGEST_MS), $lt: end },
      at: { $gte: start },
    }
  }

  return {
    async countStudents(courseId, period) {
      const found = await playbacks
        .aggregate<{ _id: Types.ObjectId; students: number }>([
          { $match: within(courseId, period) },
          { $group: { _id: { lecture: '$lectureId', user: '$userId' } } },
          { $group: { _id: '$_id.lecture', students: { $sum: 1 } } },
        ])
        .toArray()
      return new Map(found.map(({ _id, students }) => [_id.toHexString(), students]))
    },

    async knownPairs(courseId, period, userIds) {
      if (userIds.length === 0) return []
      const filter = {
        ...within(courseId, period),
        userId: { $in: userIds.map((id) => new Types.ObjectId(id)) },
      }
      const projection = { _id: 0, lectureId: 1, userId: 1 } as const
      const found = await playbacks.find(filter, { projection }).toArray()
      return found.map(({ lectureId, userId }) => ({
        lectureId: lectureId.toHexString(),
        userId: userId.toHexString(),
      }))
    },
  }
}
