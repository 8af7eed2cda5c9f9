import type { CourseStatus, ScheduleFailure } from '@aetherlearn/contracts/course/shapes'
import { courseScheduleEnded } from '@aetherlearn/contracts/course/publishing'
import { Failure, fail } from '@aetherlearn/service-kit/errors'
import type { Live } from '@aetherlearn/service-kit/live'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { CourseRow } from '../courses/rows.ts'
import { assertCurrent } from '../courses/rules.ts'
import { allowing, present, refusal } from '../courses/store.ts'
import type { Order } from './changes.ts'
import { createPublisher, type PublishingDeps } from './publisher.ts'
import { assertReviewed } from './rules.ts'

/** Courses of one round; those left over come in the next. */
const BATCH = 20

export type Schedule = ReturnType<typeof createSchedule>
type Due = Pick<CourseRow, '_id' | 'title' | 'status' | 'creator' | 'scheduledBy'> & { publishAt: Date }

/** A moment to come. */
export function momentOf(text: string, now: Date): Date {
  const moment = new Date(text)
  const wrong = (message: string) => fail('INVALID_INPUT', { errors: [{ field: 'body.publishAt', message }] })
  // JavaScript takes 30 February for 2 March.
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(text.slice(0, 10))
  if (!exists || Number.isNaN(moment.getTime())) throw wrong('is no date that exists')
  if (moment <= now) throw wrong('must lie in the future')
  return moment
}

/** Publishing at a moment: each course once, by whichever instance comes first. */
export function createSchedule(deps: PublishingDeps) {
  const { connection, models, reviewRequired } = deps
  const { Courses } = models
  const publisher = createPublisher(deps)

  /** Nothing when another instance was quicker, or the schedule was changed meanwhile. */
  const publish = ({ _id, publishAt, ...due }: Due) =>
    transaction(connection, async (session) => {
      const row = await Courses.findOneAndUpdate(
        { _id, publishAt, ...present },
        { $inc: { version: 1 } },
        { session, returnDocument: 'after' },
      ).lean<CourseRow>()
      if (row === null) return undefined
      const author = { userId: String(due.scheduledBy ?? due.creator), traceId: NO_TRACE }
      return publisher.publishDraft(row, author, session)
    })

  /** True for the instance that gave it up. */
  const giveUp = async ({ _id, publishAt }: Due, failure: ScheduleFailure) => {
    const change = { $set: { scheduleFailure: failure }, $unset: { publishAt: 1, scheduledBy: 1 } }
    return (await Courses.updateOne({ _id, publishAt, ...present }, change)).modifiedCount === 1
  }

  return {
    set: (order: Order, publishAt: Date): Promise<void> =>
      transaction(connection, async (session) => {
        const { courseId, caller, revision } = order
        const row = await Courses.findOneAndUpdate(
          { _id: courseId, ...allowing(caller, 'publish') },
          { $set: { publishAt, scheduledBy: caller.id }, $unset: { scheduleFailure: 1 } },
          { session, returnDocument: 'after' },
        ).lean<CourseRow>()
        if (row === null) throw await refusal(models, courseId, caller, session)
        assertCurrent(row, revision)
        assertReviewed(row, caller.role, reviewRequired)
      }),

    clear: ({ courseId, caller }: Order): Promise<void> =>
      transaction(connection, async (session) => {
        const row = await Courses.findOneAndUpdate(
          { _id: courseId, ...allowing(caller, 'publish') },
          { $unset: { publishAt: 1, scheduledBy: 1, scheduleFailure: 1 } },
          { session },
        )
        if (row === null) throw await refusal(models, courseId, caller, session)
      }),

    due: (now: Date) =>
      Courses.find(
        { publishAt: { $lte: now }, ...present },
        { title: 1, status: 1, creator: 1, scheduledBy: 1, publishAt: 1 },
      )
        .sort({ publishAt: 1 })
        .limit(BATCH)
        .lean<Due[]>(),
    publish,
    giveUp,
  }
}

const TRANSIENT = 500

export type RoundDeps = {
  schedule: Schedule
  live: Live
  now?: () => Date
}

/** Publishes what is due. A course that cannot be published keeps its draft, and its people read why. */
export async function publishDue({ schedule, live, now = () => new Date() }: RoundDeps): Promise<void> {
  await workOnEach(await schedule.due(now()), async (due) => {
    const ended = await publishOne(schedule, due)
    if (ended === undefined) return
    const whom = String(due.scheduledBy ?? due.creator)
    await live.toUser(whom, courseScheduleEnded, { courseId: String(due._id), status: ended.status })
    await live.notify(whom, courseScheduleEnded, ended.message)
  })
}

type Ended = { status: CourseStatus; message: string }

async function publishOne(schedule: Schedule, due: Due): Promise<Ended | undefined> {
  try {
    const published = await schedule.publish(due)
    return published && { status: published.status, message: `“${due.title}” was published as planned.` }
  } catch (error) {
    if (!(error instanceof Failure) || error.status >= TRANSIENT) throw error
    const { detail = error.message, errors } = error.options
    const publishAt = due.publishAt.toISOString()
    const failure = { publishAt, detail, ...(errors === undefined ? {} : { errors }) }
    if (!(await schedule.giveUp(due, failure))) return undefined
    return { status: due.status, message: `“${due.title}” could not be published as planned: ${detail}` }
  }
}
