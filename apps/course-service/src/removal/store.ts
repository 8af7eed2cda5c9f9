import { courseDeleted } from '@aetherlearn/contracts/course/events'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { Connection } from 'mongoose'
import type { AssetStore } from '../assets/store.ts'
import { captionModel } from '../captions/store.ts'
import type { CatalogueStore } from '../catalogue/store.ts'
import { videosOf, videosOnly, type CourseRow, type LectureRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { allowing, refusal, type CourseModels } from '../courses/store.ts'
import { enrolmentModel } from '../enrolment/store.ts'
import type { SnapshotRow, Snapshots } from '../publishing/store.ts'
import { pictureModel } from '../thumbnails/store.ts'

const LECTURES_AT_ONCE = 500

type Deps = {
  connection: Connection
  models: CourseModels
  snapshotModel: Snapshots
  assets: AssetStore
  catalogue: CatalogueStore
  outbox: Outbox
}
export type RemovalStore = ReturnType<typeof createRemovalStore>

/** Each step can be done again; one that is done finds nothing to do. */
export function createRemovalStore({ connection, models, snapshotModel, assets, catalogue, outbox }: Deps) {
  const { Courses, Sections, Lectures } = models
  const Enrolments = enrolmentModel(connection)
  const Pictures = pictureModel(connection)
  const Captions = captionModel(connection)
  return {
    /** From its commit on nobody sees the course. */
    remove: (courseId: string, caller: Caller, traceId: string): Promise<void> =>
      transaction(connection, async (session) => {
        const own = { _id: courseId, ...allowing(caller, 'remove') }
        const change = { $set: { removedAt: new Date() }, $inc: { version: 1 } }
        const course = await Courses.findOneAndUpdate(own, change, {
          session,
          returnDocument: 'after',
        }).lean<CourseRow>()
        if (course === null) throw await refusal(models, courseId, caller, session)
        await outbox.add(courseDeleted, { courseId, version: course.version }, session, traceId)
        await catalogue.record(courseId, session, traceId)
      }),

    removed: async (limit: number): Promise<string[]> =>
      (
        await Courses.find({ removedAt: { $exists: true } }, { _id: 1 })
          .sort({ removedAt: 1 })
          .limit(limit)
          .lean<CourseRow[]>()
      ).map(({ _id }) => String(_id)),

    lectureIds: async (courseId: string): Promise<string[]> =>
      (await Lectures.find({ courseId }, { _id: 1 }).lean<LectureRow[]>()).map(({ _id }) => String(_id)),

    /** False when the last ones are gone. */
    dropLectures: (courseId: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const lectures = await Lectures.find({ courseId }, videosOnly)
          .limit(LECTURES_AT_ONCE)
          .session(session)
          .lean<LectureRow[]>()
        if (lectures.length === 0) return false
        await assets.release(lectures.flatMap(videosOf), session)
        await Lectures.deleteMany({ _id: { $in: lectures.map(({ _id }) => _id) } }, { session })
        return true
      }),

    /** One, as it may hold thousands of videos; false when there was none. */
    dropSnapshot: (courseId: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const snapshot = await snapshotModel
          .findOne({ courseId }, { version: 1, 'lectures.media.uploadId': 1 })
          .session(session)
          .lean<SnapshotRow>()
        if (snapshot === null) return false
        const { version, lectures = [] } = snapshot
        await assets.release(
          lectures.map(({ media }) => media.uploadId),
          session,
        )
        await snapshotModel.deleteOne({ courseId, version }, { session })
        return true
      }),

    dropSectionsAndStudents: async (courseId: string): Promise<void> => {
      await Sections.deleteMany({ courseId })
      await Enrolments.deleteMany({ courseId })
      // Those of a video that another course still plays would stay.
      await Captions.deleteMany({ courseId })
      // A picture may be on its way at this moment: its own sweep looks later.
      await Pictures.updateMany({ courseId }, { $set: { releasedAt: new Date() } })
    },

    /** The last step: until then a crash finds the course again. */
    forget: async (courseId: string): Promise<void> => {
      await Courses.deleteOne({ _id: courseId, removedAt: { $exists: true } })
    },
  }
}
