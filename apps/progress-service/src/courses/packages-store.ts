import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

/** The package of one lecture, as it is published. A row each: a course may have thousands of them, of 64 KiB and more. */
type PackageRow = {
  /** The lecture's id. */
  _id: Types.ObjectId
  courseId: Types.ObjectId
  package: LecturePackage
}
const packageSchema = new Schema<PackageRow>(
  {
    _id: Schema.Types.ObjectId,
    courseId: { type: Schema.Types.ObjectId, required: true },
    package: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, collection: 'lecturePackages' },
)
packageSchema.index({ courseId: 1 })

type Published = {
  courseId: string
  lectures: { lectureId: string; package?: LecturePackage | undefined }[]
}
export type PackageStore = {
  /** In place of all that the course had. */
  save(course: Published, session: Session): Promise<void>
  remove(courseId: string, session: Session): Promise<void>
  /** Undefined where the lecture is no package. */
  read(courseId: string, lectureId: string): Promise<LecturePackage | undefined>
}

/** What the lectures are that are packages: to open them, and to judge what they report. */
export function createPackageStore(connection: MongoConnection): PackageStore {
  const Package = connection.model<PackageRow>('LecturePackage', packageSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ courseId, lectures }, session) {
      const rows = lectures.flatMap((lecture) =>
        lecture.package === undefined
          ? []
          : [{ _id: id(lecture.lectureId), courseId: id(courseId), package: lecture.package }],
      )
      const gone = { courseId: id(courseId), _id: { $nin: rows.map(({ _id }) => _id) } }
      await Package.deleteMany(gone, { session })
      for (const row of rows) await Package.replaceOne({ _id: row._id }, row, { upsert: true, session })
    },

    async remove(courseId, session) {
      await Package.deleteMany({ courseId: id(courseId) }, { session })
    },

    async read(courseId, lectureId) {
      const row = await Package.findOne({ _id: id(lectureId), courseId: id(courseId) }).lean<PackageRow>()
      return row?.package
    },
  }
}
