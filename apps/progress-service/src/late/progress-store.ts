import type { Session } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import type { Ranges } from '../watch/ranges.ts'
import { replaces } from '../watch/rules.ts'
import { MOST_PIECES, positionsUpdate, type ProgressModel } from '../watch/store.ts'
import type { Credited } from './days.ts'
import type { ReceivedEvent } from './event-store.ts'

/** A position and the moment by which it is compared with others, live ones, too. */
export type LatePosition = ReceivedEvent & { stamp: number }
type Writing = {
  userId: string
  /** For each lecture the one that is ahead of all other late ones, the latest last. */
  ahead: ReceivedEvent[]
  changed: Credited
  now: number
}

const id = (hex: string) => new Types.ObjectId(hex)

/** No device was in the future when it played. */
const stamped = (event: ReceivedEvent): LatePosition => ({
  ...event,
  stamp: Math.min(event.at, event.receivedAt),
})

/** Writes what late events leave in the rows of courses; answers the positions that replaced what was there. */
export async function writeProgress(Progress: ProgressModel, writing: Writing, session: Session) {
  const { userId, changed, now } = writing
  const ahead = writing.ahead.map(stamped)
  const courseIds = [...new Set([...ahead.map((position) => position.courseId), ...Object.keys(changed)])]
  if (courseIds.length === 0) return []
  const known = await Progress.find({ userId: id(userId), courseId: { $in: courseIds.map(id) } })
    .select({ courseId: 1, stamps: 1 })
    .session(session)
    .lean()
  const stamps = new Map(known.map((row) => [row.courseId.toHexString(), row.stamps]))
  const updates = courseIds.map((courseId) => {
    const positions = ahead.filter((position) => position.courseId === courseId)
    const stages = [...positionStages(userId, positions, now), ...rangeStage(changed[courseId] ?? {})]
    const filter = { userId: id(userId), courseId: id(courseId) }
    return { updateOne: { filter, update: stages, upsert: true } }
  })
  await Progress.collection.bulkWrite(updates, { session })
  return ahead.filter(({ courseId, lectureId, stamp }) =>
    replaces(stamp, stamps.get(courseId)?.[lectureId], now),
  )
}

/** As saves are flushed; but of one moment, the position that is ahead replaces one that was ahead before. */
function positionStages(userId: string, positions: LatePosition[], now: number) {
  const last = positions.at(-1)
  if (last === undefined) return []
  const { courseId, lectureId, stamp } = last
  const byLecture = positions.map(
    ({ lectureId, watchTime, stamp }) => [lectureId, { watchTime, at: stamp }] as const,
  )
  const snapshot = { userId, courseId, positions: Object.fromEntries(byLecture), watched: {} }
  const ofOneMoment = positions.map(({ lectureId, watchTime, stamp }) => {
    const field = `watchTimes.${lectureId}`
    return [field, { $cond: [{ $eq: [`$stamps.${lectureId}`, stamp] }, watchTime, `$${field}`] }] as const
  })
  const lastOfOneMoment = { $cond: [{ $eq: ['$stamp', stamp] }, id(lectureId), '$lastWatchedLecture'] }
  const $set = { ...Object.fromEntries(ofOneMoment), lastWatchedLecture: lastOfOneMoment }
  return [...positionsUpdate({ ...snapshot, last: lectureId, at: stamp }, now), { $set }]
}

function rangeStage(lectures: Record<string, Ranges>) {
  const fields = Object.entries(lectures).map(([lectureId, ranges]): [string, object] => [
    `lateRanges.${lectureId}`,
    { $literal: ranges.slice(0, MOST_PIECES) },
  ])
  return fields.length === 0 ? [] : [{ $set: Object.fromEntries(fields) }]
}
