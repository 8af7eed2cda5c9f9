import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import { createMoment } from '../flush/moment-store.ts'
import { analyticsRows, type HeatRow } from '../flush/rows-store.ts'
import { LATE_ENOUGH } from './difficulty.ts'
import type { Heat } from './heat.ts'

export type PlayedSums = { watched: number; again: number; playbacks: number; leftEarly: number }
export type SignsStore = {
  /** What is stored of a lecture, and which of these batches are in it. */
  heat(courseId: string, lectureId: string, batchIds: string[]): Promise<StoredHeat>
  /** By lecture; the lengths say where its last tenth begins. */
  played(courseId: string, lengths: ReadonlyMap<string, number>): Promise<Map<string, PlayedSums>>
  /** Lecture → students who completed it. */
  completed(courseId: string): Promise<Map<string, number>>
}
export type StoredHeat = { applied: ReadonlySet<string>; heat: Heat }

/** What tells how a lecture is watched, as far as it is in MongoDB. */
export function createSignsStore(connection: MongoConnection): SignsStore {
  const rows = analyticsRows(connection)
  const moment = createMoment(connection)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    heat: (courseId, lectureId, batchIds) =>
      moment(batchIds, async (session, applied) => {
        const key = { courseId: id(courseId), lectureId: id(lectureId) }
        return { applied, heat: heatOfRows(await rows.heat.find(key, { session }).toArray()) }
      }),

    async played(courseId, lengths) {
      const found = rows.heat.aggregate<PlayedSums & { lectureId: Types.ObjectId }>([
        { $match: { courseId: id(courseId) } },
        ...playedStages(lengths),
      ])
      const sums = new Map<string, PlayedSums>()
      for await (const { lectureId, ...sum } of found) {
        const lecture = lectureId.toHexString()
        sums.set(lecture, addSums(sums.get(lecture), sum))
      }
      return sums
    },

    async completed(courseId) {
      const found = connection
        .collection('students')
        .aggregate<{ _id: Types.ObjectId; students: number }>([
          { $match: { courseId: id(courseId) } },
          { $project: { completedLectures: 1 } },
          { $unwind: '$completedLectures' },
          { $group: { _id: '$completedLectures', students: { $sum: 1 } } },
        ])
      const counts = new Map<string, number>()
      for await (const { _id, students } of found) counts.set(_id.toHexString(), students)
      return counts
    },
  }
}

const addSums = (one: PlayedSums | undefined, other: PlayedSums): PlayedSums =>
  one === undefined
    ? other
    : {
        watched: one.watched + other.watched,
        again: one.again + other.again,
        playbacks: one.playbacks + other.playbacks,
        leftEarly: one.leftEarly + other.leftEarly,
      }

function heatOfRows(rows: Pick<HeatRow, 'seconds'>[]): Heat {
  const all = rows.flatMap((row) => Object.entries(row.seconds ?? {}))
  const seconds = all.map(
    ([second, { w = 0, r = 0, e = 0 }]) => [Number(second), { watched: w, again: r, furthest: e }] as const,
  )
  return new Map(seconds)
}

/** MongoDB adds them up, as a course has a row of counts for each second of all its lectures. */
function playedStages(lengths: ReadonlyMap<string, number>) {
  // A second before this one ends before the last tenth begins.
  const firstLate = [...lengths.values()].map((seconds) => LATE_ENOUGH * seconds - 1)
  const place = { $indexOfArray: [[...lengths.keys()].map((hex) => new Types.ObjectId(hex)), '$lectureId'] }
  // What is not found is at -1, which is the last place: in a lecture that is not in the course nobody left early.
  const firstLateHere = { $arrayElemAt: [[...firstLate, 0], place] }
  const isEarly = { $lt: [{ $toInt: '$$second.k' }, '$$firstLate'] }
  const earlyOnes = { $filter: { input: '$seconds', as: 'second', cond: isEarly } }
  return [
    { $project: { _id: 0, lectureId: 1, seconds: { $objectToArray: '$seconds' } } },
    {
      $project: {
        lectureId: 1,
        watched: { $sum: '$seconds.v.w' },
        again: { $sum: '$seconds.v.r' },
        playbacks: { $sum: '$seconds.v.e' },
        leftEarly: {
          $let: {
            vars: { early: { $let: { vars: { firstLate: firstLateHere }, in: earlyOnes } } },
            in: { $sum: '$$early.v.e' },
          },
        },
      },
    },
  ]
}
