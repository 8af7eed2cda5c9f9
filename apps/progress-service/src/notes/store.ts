import { MAX_NOTES_PER_COURSE, type Note } from '@aetherlearn/contracts/progress/notes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { Place } from './rules.ts'

type NoteRow = {
  _id: Types.ObjectId
  userId: Types.ObjectId
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  /** When the note was made; lectures leave courses, and courses go. */
  lectureTitle: string
  second: number
  text?: string
  createdAt: Date
  updatedAt: Date
}
const noteSchema = new Schema<NoteRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: { type: Schema.Types.ObjectId, required: true },
    lectureTitle: { type: String, default: '' },
    second: { type: Number, required: true },
    text: String,
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'notes' },
)
// Holds all that the order of a course's notes is made from.
noteSchema.index({ userId: 1, courseId: 1, lectureId: 1, second: 1, _id: 1 })

/** All notes of one student in one course: counted here, as every note added or removed writes this row. */
type NotebookRow = { userId: Types.ObjectId; courseId: Types.ObjectId; courseTitle: string; notes: number }
const notebookSchema = new Schema<NotebookRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    courseTitle: { type: String, default: '' },
    notes: { type: Number, required: true },
  },
  { versionKey: false, collection: 'notebooks' },
)
notebookSchema.index({ userId: 1, courseId: 1 }, { unique: true })

type Notebook = { userId: string; courseId: string }
export type NewNote = Notebook & { lectureId: string; second: number; text?: string; at: Date }
/** `text: null` makes a bookmark of it. */
export type NoteChange = { second?: number; text?: string | null; at: Date }

export type NoteStore = {
  /** Throws TOO_MANY_NOTES where the notebook is full, however many are written at once. */
  add(note: NewNote, names: { courseTitle: string; lectureTitle: string }): Promise<Note>
  /** The user's own; undefined otherwise. */
  find(userId: string, noteId: string): Promise<Note | undefined>
  change(userId: string, noteId: string, change: NoteChange): Promise<Note | undefined>
  /** False where there was none of the user's. */
  remove(userId: string, noteId: string): Promise<boolean>
  /** All places with a note, in no order worth mentioning. */
  places(notebook: Notebook, lectureId?: string): Promise<Place[]>
  /** Those of these that are the user's and still there, in the order given. */
  read(userId: string, noteIds: string[]): Promise<Note[]>
  /** What the course was called when the last note was made. */
  courseTitle(notebook: Notebook): Promise<string>
}

const id = (hex: string) => new Types.ObjectId(hex)

const noteOf = (row: NoteRow): Note => ({
  _id: row._id.toHexString(),
  courseId: row.courseId.toHexString(),
  lectureId: row.lectureId.toHexString(),
  lectureTitle: row.lectureTitle,
  second: row.second,
  ...(row.text === undefined ? {} : { text: row.text }),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

export function createNoteStore(connection: MongoConnection): NoteStore {
  const Notes = connection.model<NoteRow>('Note', noteSchema)
  const Notebooks = connection.model<NotebookRow>('Notebook', notebookSchema)

  return {
    add: ({ at, text, ...place }, { courseTitle, lectureTitle }) => {
      const key = { userId: id(place.userId), courseId: id(place.courseId) }
      const row: NoteRow = {
        _id: new Types.ObjectId(),
        ...key,
        lectureId: id(place.lectureId),
        lectureTitle,
        second: place.second,
        ...(text === undefined ? {} : { text }),
        createdAt: at,
        updatedAt: at,
      }
      return transaction(connection, async (session) => {
        const change = { $inc: { notes: 1 }, ...(courseTitle === '' ? {} : { $set: { courseTitle } }) }
        const options = { upsert: true, returnDocument: 'after' as const, session }
        const { notes } = await Notebooks.findOneAndUpdate(key, change, options).orFail().lean()
        if (notes > MAX_NOTES_PER_COURSE) throw fail('TOO_MANY_NOTES')
        await Notes.create([row], { session })
        return noteOf(row)
      })
    },

    async find(userId, noteId) {
      const row = await Notes.findOne({ _id: id(noteId), userId: id(userId) }).lean<NoteRow>()
      return row === null ? undefined : noteOf(row)
    },

    async change(userId, noteId, { second, text, at }) {
      const $set = {
        updatedAt: at,
        ...(second === undefined ? {} : { second }),
        ...(typeof text === 'string' ? { text } : {}),
      }
      const change = { $set, ...(text === null ? { $unset: { text: 1 as const } } : {}) }
      const mine = { _id: id(noteId), userId: id(userId) }
      const row = await Notes.findOneAndUpdate(mine, change, { returnDocument: 'after' }).lean<NoteRow>()
      return row === null ? undefined : noteOf(row)
    },

    remove: (userId, noteId) =>
      transaction(connection, async (session) => {
        const row = await Notes.findOneAndDelete({ _id: id(noteId), userId: id(userId) }, { session }).lean()
        if (row === null) return false
        const key = { userId: row.userId, courseId: row.courseId }
        await Notebooks.updateOne(key, { $inc: { notes: -1 } }, { session })
        return true
      }),

    async places({ userId, courseId }, lectureId) {
      const mine = { userId: id(userId), courseId: id(courseId) }
      const filter = lectureId === undefined ? mine : { ...mine, lectureId: id(lectureId) }
      const rows = await Notes.find(filter, { lectureId: 1, second: 1 }).lean()
      return rows.map((row) => ({
        _id: row._id.toHexString(),
        lectureId: row.lectureId.toHexString(),
        second: row.second,
      }))
    },

    async read(userId, noteIds) {
      const filter = { _id: { $in: noteIds.map(id) }, userId: id(userId) }
      const rows = await Notes.find(filter).lean<NoteRow[]>()
      const found = new Map(rows.map((row) => [row._id.toHexString(), noteOf(row)]))
      return noteIds.flatMap((noteId) => found.get(noteId) ?? [])
    },

    async courseTitle({ userId, courseId }) {
      const key = { userId: id(userId), courseId: id(courseId) }
      return (await Notebooks.findOne(key, { courseTitle: 1 }).lean())?.courseTitle ?? ''
    },
  }
}
