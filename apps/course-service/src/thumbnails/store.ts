import type { Course } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, type Connection, type Model } from 'mongoose'
import { toCourse, type CourseRow } from '../courses/rows.ts'
import { isKnown, type Caller } from '../courses/rules.ts'
import { present, requireCourse, type CourseModels } from '../courses/store.ts'
import type { Snapshots } from '../publishing/store.ts'

/** A folder of the object store with one picture in our sizes. */
export type PictureRow = {
  /** The folder. */
  _id: string
  courseId: string
  /** Since when it may be that neither the draft nor a snapshot shows it; so it begins. */
  releasedAt?: Date
}
const pictureSchema = new Schema<PictureRow>(
  { _id: String, courseId: { type: String, required: true }, releasedAt: Date },
  { versionKey: false, collection: 'pictures' },
)
pictureSchema.index({ releasedAt: 1 }, { partialFilterExpression: { releasedAt: { $exists: true } } })

export const pictureModel = (connection: Connection): Model<PictureRow> =>
  connection.models['Picture'] ?? connection.model<PictureRow>('Picture', pictureSchema)

type Deps = { connection: Connection; models: CourseModels; snapshotModel: Snapshots }
export type PictureStore = ReturnType<typeof createPictureStore>

/** Which pictures there are, and who shows them. */
export function createPictureStore({ connection, models, snapshotModel: Snapshots }: Deps) {
  const { Courses } = models
  const Pictures = pictureModel(connection)
  const release = (folder: string, session: Session) =>
    Pictures.updateOne({ _id: folder }, { $set: { releasedAt: new Date() } }, { session })

  return {
    /** Throws what a stranger, or somebody with too few rights, is told. */
    assertMay: (courseId: string, caller: Caller): Promise<void> =>
      transaction(connection, async (session) => {
        await requireCourse(models, { courseId, caller, action: 'edit' }, session)
      }),

    /** Noted before its files are written, so that the sweep finds them whatever happens then. */
    begin: async (folder: string, courseId: string): Promise<void> => {
      await Pictures.create({ _id: folder, courseId, releasedAt: new Date() })
    },

    /** The draft shows this picture from now on, or none; the one before is let go. */
    show: (courseId: string, caller: Caller, folder?: string): Promise<Course> =>
      transaction(connection, async (session) => {
        const before = await requireCourse(models, { courseId, caller, action: 'edit' }, session)
        if (folder === undefined && before.thumbnail === undefined) return toCourse(before)
        const counted = { $inc: { revision: 1 } }
        const change =
          folder === undefined ? { $unset: { thumbnail: 1 } } : { $set: { thumbnail: { folder } } }
        const options = { session, returnDocument: 'after' as const }
        const row = await Courses.findByIdAndUpdate(
          courseId,
          { ...change, ...counted },
          options,
        ).lean<CourseRow>()
        if (row === null) throw new Error('a course went away inside a transaction')
        if (folder !== undefined)
          await Pictures.updateOne({ _id: folder }, { $unset: { releasedAt: 1 } }, { session })
        if (before.thumbnail !== undefined) await release(before.thumbnail.folder, session)
        return toCourse(row)
      }),

    /** Where the picture lies that everybody may see. Throws MEDIA_NOT_FOUND. */
    published: async (courseId: string): Promise<string> => {
      const course = await Courses.findOne(
        { ...present, _id: courseId },
        { status: 1, publishedVersion: 1 },
      ).lean<Pick<CourseRow, 'status' | 'publishedVersion'>>()
      if (course === null || !isKnown(course)) throw fail('MEDIA_NOT_FOUND')
      const version = course.publishedVersion ?? 0
      const snapshot = await Snapshots.findOne({ courseId, version }, { thumbnail: 1 }).lean<{
        thumbnail?: { folder: string }
      }>()
      if (snapshot?.thumbnail === undefined) throw fail('MEDIA_NOT_FOUND')
      return snapshot.thumbnail.folder
    },

    released: async (before: Date, limit: number): Promise<PictureRow[]> =>
      Pictures.find({ releasedAt: { $lt: before } })
        .limit(limit)
        .lean<PictureRow[]>(),

    /**
     * True when nothing shows it any more. A snapshot goes on showing it as long as there is the course, whose removal
     * takes the folder with it; a draft lets it go again itself.
     */
    isForgotten: async ({ _id, courseId }: PictureRow): Promise<boolean> => {
      const shown = { 'thumbnail.folder': _id }
      const isShown =
        (await Courses.exists({ _id: courseId, ...shown })) !== null ||
        (await Snapshots.exists({ courseId, ...shown })) !== null
      if (isShown) await Pictures.updateOne({ _id }, { $unset: { releasedAt: 1 } })
      return !isShown
    },

    forget: async ({ _id }: PictureRow): Promise<void> => {
      await Pictures.deleteOne({ _id })
    },
  }
}
