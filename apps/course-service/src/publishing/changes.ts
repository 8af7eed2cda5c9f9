import { courseWithdrawn } from '@aetherlearn/contracts/course/events'
import type { CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { createTurns } from '@aetherlearn/service-kit/turns'
import type { CourseRow } from '../courses/rows.ts'
import { assertCurrent, type Caller } from '../courses/rules.ts'
import { allowing, refusal, requireCourse } from '../courses/store.ts'
import { createPublisher, type Published, type PublishingDeps } from './publisher.ts'
import { assertMove, assertPublishable, assertReviewed } from './rules.ts'
import { readDraft, type SnapshotRow } from './store.ts'

/** Who asks for a change of which course, having seen which revision. */
export type Order = { courseId: string; caller: Caller; traceId: string; revision?: number | undefined }
export type Moved = { before: CourseRow; after: CourseRow }
export type Changes = ReturnType<typeof createChanges>

/** Snapshot, state of the course and events of a change in one transaction. */
export function createChanges(deps: PublishingDeps) {
  const { connection, models, snapshots, outbox, catalogue, reviewRequired } = deps
  const { Courses } = models
  const publisher = createPublisher(deps)
  const turns = createTurns()
  /** One after the other here; other instances meet in MongoDB. */
  const inTurn = <T>(courseId: string, change: (session: Session) => Promise<T>) =>
    turns(courseId, () => transaction(connection, change))

  /** Counts the version first, so that of two publishes at once the second waits instead of working for nothing. */
  const take = async ({ courseId, caller, revision }: Order, session: Session): Promise<CourseRow> => {
    const row = await Courses.findOneAndUpdate(
      { _id: courseId, ...allowing(caller, 'publish') },
      { $inc: { version: 1 } },
      { session, returnDocument: 'after' },
    ).lean<CourseRow>()
    if (row === null) throw await refusal(models, courseId, caller, session)
    assertCurrent(row, revision)
    return row
  }

  /** What the listeners have to know of it; the version that the course has then. */
  const tell = async (row: CourseRow, to: CourseStatus, session: Session, traceId: string) => {
    const courseId = String(row._id)
    const version = row.version + 1
    if (to === 'live') {
      const shown = await snapshots.find(courseId, row.publishedVersion ?? 0, session)
      return publisher.announce(shown, version, true, session, traceId)
    }
    if (row.status !== 'live') return row.version
    await outbox.add(courseWithdrawn, { courseId, version }, session, traceId)
    return version
  }

  return {
    publish: (order: Order, note?: string): Promise<Published> =>
      inTurn(order.courseId, async (session) => {
        const row = await take(order, session)
        const { caller, traceId } = order
        assertReviewed(row, caller.role, reviewRequired)
        return publisher.publishDraft(row, { userId: caller.id, note, traceId }, session)
      }),

    /** The content of an earlier version, which keeps its videos, as a new one. Who finds the course does not change. */
    rollback: (order: Order, version: number, note?: string): Promise<Published> =>
      inTurn(order.courseId, async (session) => {
        const row = await take(order, session)
        const { course, ...earlier } = await snapshots.find(order.courseId, version, session)
        const snapshot: SnapshotRow = {
          ...earlier,
          version: row.version,
          course: { ...course, version: row.version, publishedAt: new Date().toISOString() },
          publishedBy: order.caller.id,
          rolledBackFrom: version,
        }
        delete snapshot.note
        if (note !== undefined) snapshot.note = note
        return publisher.show(row, snapshot, row.status, session, order.traceId)
      }),

    /** The same state again changes nothing. */
    move: (order: Order, to: CourseStatus, reason?: string): Promise<Moved> =>
      inTurn(order.courseId, async (session) => {
        const { courseId, caller, traceId } = order
        const before = await requireCourse(models, { courseId, caller, action: 'publish' }, session)
        assertCurrent(before, order.revision)
        if (before.status === to) return { before, after: before }
        assertMove(before, to, reviewRequired)
        assertReason(before.status, to, reason)
        if (to === 'in-review') assertPublishable(await readDraft(models, before, session))
        const version = await tell(before, to, session, traceId)
        const { $set, $unset } = marks(to, reason)
        const change = { $set: { status: to, version, ...$set }, $unset }
        const after = await Courses.findByIdAndUpdate(courseId, change, {
          session,
          returnDocument: 'after',
        }).lean<CourseRow>()
        await catalogue.record(courseId, session, traceId)
        return { before, after: after ?? before }
      }),
  }
}

function assertReason(from: CourseStatus, to: CourseStatus, reason: string | undefined) {
  if (reason === undefined || (from === 'in-review' && to === 'draft')) return
  const message = 'goes with sending a course back from its review'
  throw fail('INVALID_INPUT', { errors: [{ field: 'body.reason', message }] })
}

/** What stands in the row because of the state it is in. Nobody expects a course that was put away to come back alone. */
function marks(to: CourseStatus, reason: string | undefined) {
  if (to === 'in-review') return { $set: { submittedAt: new Date() }, $unset: { reviewReason: 1 } } as const
  if (to === 'live' || to === 'unlisted') return { $set: {}, $unset: {} }
  const $set = reason === undefined ? {} : { reviewReason: reason }
  return { $set, $unset: { submittedAt: 1, publishAt: 1, scheduledBy: 1 } } as const
}
