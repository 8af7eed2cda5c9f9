import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'

type NamesRow = {
  /** The course's id. */
  _id: Types.ObjectId
  title: string
  lectures: { lectureId: Types.ObjectId; lectureTitle: string }[]
}
const namesSchema = new Schema<NamesRow>(
  {
    _id: Schema.Types.ObjectId,
    title: { type: String, default: '' },
    // Of up to 10,000 lectures, written and read whole: mongoose need not look into each.
    lectures: Schema.Types.Mixed,
  },
  { versionKey: false, collection: 'courseNames' },
)

export type CourseNames = { title: string; lectures: ReadonlyMap<string, string> }
type Named = {
  courseId: string
  title: string
  lectures: { lectureId: string; lectureTitle: string }[]
}
export type NamesStore = {
  save(course: Named, session: Session): Promise<void>
  remove(courseId: string, session: Session): Promise<void>
  /** Of one lecture, or of all that the course has. */
  read(courseId: string, lectureId?: string): Promise<CourseNames | undefined>
  /** What these courses are called, by id, where that is known. */
  titles(courseIds: readonly string[]): Promise<Record<string, string>>
}

/** What courses and their lectures are called: for notes, which are read long after they were written. */
export function createNamesStore(connection: MongoConnection): NamesStore {
  const Names = connection.model<NamesRow>('CourseNames', namesSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ courseId, title, lectures }, session) {
      const rows = lectures.map(({ lectureId, lectureTitle }) => ({ lectureId: id(lectureId), lectureTitle }))
      const change = { $set: { title, lectures: rows } }
      await Names.updateOne({ _id: id(courseId) }, change, { upsert: true, session })
    },

    async remove(courseId, session) {
      await Names.deleteOne({ _id: id(courseId) }, { session })
    },

    async titles(courseIds) {
      const rows = await Names.find({ _id: { $in: courseIds.map(id) } }, { title: 1 }).lean()
      return Object.fromEntries(rows.map(({ _id, title }) => [_id.toHexString(), title]))
    },

    async read(courseId, lectureId) {
      const only =
        lectureId === undefined ? {} : { title: 1, lectures: { $elemMatch: { lectureId: id(lectureId) } } }
      const row = await Names.findById(id(courseId), only).lean<NamesRow>()
      if (row === null) return undefined
      const lectures = (row.lectures ?? []).map((lecture): [string, string] => [
        lecture.lectureId.toHexString(),
        lecture.lectureTitle,
      ])
      return { title: row.title, lectures: new Map(lectures) }
    },
  }
}
