import type { ActivityDay } from '@aetherlearn/contracts/progress'
import { fail } from '@aetherlearn/service-kit/errors'
import { createJoin } from '@aetherlearn/service-kit/join'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import type { PendingStore } from '../history/pending-store.ts'
import { completedLecture, lateMinutes, watchedMinute, type LecturePlace } from '../history/port.ts'
import type { Day } from './days.ts'
import { activityModel, learnerModel, learnerOf, type Learner } from './learner-store.ts'
import { extendStreak, mayMark, mayMove, streakOf, type Streak } from './rules.ts'
import { dayOf, zoneAt, type Zones } from './zones.ts'

export type ActivityStore = {
  /** A completion: one more on its day, and the learner's streak and total. Of a late one the day is not counted. */
  recordCompletion(
    lecture: { userId: string; courseId: string; lectureId: string },
    at: Date,
    session: Session,
    options?: { isLate?: boolean },
  ): Promise<void>
  /** One more on the day, unless the last mark was less than a minute ago; `place` is where it was learned. */
  mark(userId: string, at: Date, place?: LecturePlace): Promise<void>
  /**
   * Minutes of watching that were told late, for each of these days, in place of what was told before; with the course,
   * where all of a day were in one.
   */
  recordLate(
    userId: string,
    minutesByDay: ReadonlyMap<Day, number>,
    session: Session,
    courseByDay?: ReadonlyMap<Day, string>,
  ): Promise<void>
  /** From `at` on the student's days are those of `zone`. */
  moveTo(userId: string, zone: string, at: Date): Promise<void>
  learner(userId: string, session?: Session): Promise<Learner>
  /** The active days from `first` on, oldest first. */
  days(userId: string, first: Day): Promise<ActivityDay[]>
}

export function createActivityStore(
  connection: MongoConnection,
  history: Pick<PendingStore, 'add'>,
): ActivityStore {
  const Activity = activityModel(connection)
  const LearnerRow = learnerModel(connection)
  const id = (hex: string) => new Types.ObjectId(hex)

  const learner = async (userId: string, session?: Session) =>
    learnerOf(
      await LearnerRow.findById(id(userId))
        .session(session ?? null)
        .lean(),
    )

  const change = (userId: string, fields: object, session: Session) =>
    LearnerRow.updateOne({ _id: id(userId) }, fields, { upsert: true, session, setDefaultsOnInsert: false })

  /** From all active days. An index holds them, in order. */
  async function streakAnew(userId: string, zones: Zones, session: Session): Promise<Streak> {
    const rows = await Activity.find({ userId: id(userId) }, { _id: 0, date: 1 })
      .sort({ date: 1 })
      .session(session)
      .lean()
    return streakOf(
      rows.map(({ date }) => date),
      zones,
    )
  }

  /** One more on the day of `at`; answers the streak with that day. */
  async function count(userId: string, { streak, zones }: Learner, at: Date, session: Session) {
    const date = dayOf(at.getTime(), zones)
    const change = { $inc: { count: 1 }, $setOnInsert: { late: 0 } }
    const counted = await Activity.updateOne({ userId: id(userId), date }, change, { upsert: true, session })
    if (counted.upsertedCount === 0) return streak
    const isLatest = streak.lastActiveDate === null || streak.lastActiveDate < date
    return isLatest ? extendStreak(streak, date, zones) : streakAnew(userId, zones, session)
  }

  const join = createJoin<void>()
  async function mark(userId: string, at: Date, place?: LecturePlace) {
    if (!mayMark((await learner(userId)).lastMarkedAt, at)) return
    await transaction(connection, async (session) => {
      const before = await learner(userId, session)
      if (!mayMark(before.lastMarkedAt, at)) return
      const streak = await count(userId, before, at, session)
      await change(userId, { $set: { ...streak, lastMarkedAt: at } }, session)
      const date = dayOf(at.getTime(), before.zones)
      await history.add([watchedMinute(userId, at.getTime(), date, place)], session)
    })
  }

  /** Answers whether the set of active days is another now. */
  async function setLate(userId: string, date: Day, late: number, session: Session) {
    const key = { userId: id(userId), date }
    if (late > 0) {
      const change = { $set: { late }, $setOnInsert: { count: 0 } }
      return (await Activity.updateOne(key, change, { upsert: true, session })).upsertedCount > 0
    }
    if ((await Activity.deleteOne({ ...key, count: 0 }, { session })).deletedCount > 0) return true
    await Activity.updateOne(key, { $set: { late: 0 } }, { session })
    return false
  }

  return {
    learner,
    mark: (userId, at, place) => join(userId, () => mark(userId, at, place)),

    async recordCompletion(lecture, at, session, { isLate = false } = {}) {
      const { userId } = lecture
      const before = await learner(userId, session)
      const streak = isLate ? before.streak : await count(userId, before, at, session)
      const fields = { $set: streak, $inc: { totalCompleted: 1 }, $max: { lastCompletedAt: at } }
      await change(userId, fields, session)
      const date = dayOf(at.getTime(), before.zones)
      await history.add([completedLecture(lecture, at.getTime(), date)], session)
    },

    async recordLate(userId, minutesByDay, session, courseByDay) {
      const key = { userId: id(userId), date: { $in: [...minutesByDay.keys()] } }
      const rows = await Activity.find(key, { date: 1, late: 1 }).session(session).lean()
      const known = new Map(rows.map(({ date, late }) => [date, late ?? 0]))
      const fresh = [...minutesByDay].filter(([date, minutes]) => minutes !== (known.get(date) ?? 0))
      if (fresh.length === 0) return
      let isOther = false
      for (const [date, minutes] of fresh) {
        if (await setLate(userId, date, minutes, session)) isOther = true
      }
      const { zones, streak, lateVersion } = await learner(userId, session)
      const version = lateVersion + 1
      const now = isOther ? await streakAnew(userId, zones, session) : streak
      await change(userId, { $set: { ...now, lateVersion: version } }, session)
      await history.add(
        fresh.map(([date, minutes]) => lateMinutes(userId, date, minutes, version, courseByDay?.get(date))),
        session,
      )
    },

    moveTo: (userId, zone, at) =>
      transaction(connection, async (session) => {
        const { zones } = await learner(userId, session)
        const from = Math.max(at.getTime(), zones.at(-1)?.from ?? 0)
        // UTC may be chosen, too.
        if (zones.length > 0 && zoneAt(from, zones) === zone) return
        if (!mayMove(zones, from)) throw fail('ZONE_CHANGED_TOO_OFTEN')
        const moved = [...zones, { from, zone }]
        // Days that were missed may not have been lived, and the other way about.
        const streak = await streakAnew(userId, moved, session)
        await change(userId, { $set: { ...streak, zones: moved } }, session)
      }),

    async days(userId, first) {
      const filter = { userId: id(userId), date: { $gte: first } }
      const rows = await Activity.find(filter, { _id: 0, date: 1, count: 1, late: 1 })
        .sort({ date: 1 })
        .lean()
      return rows.map(({ date, count, late }) => ({ date, count: count + (late ?? 0) }))
    },
  }
}
