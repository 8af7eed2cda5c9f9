import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Connection } from 'mongoose'
import { captionModel, type CaptionRow, type NewCaptions } from './store.ts'

type CopiedLecture = { from: string; to: string; courseId: string; uploadIds: string[] }

/** A row may be some megabytes. */
const ROWS_AT_ONCE = 20
const LECTURES_AT_ONCE = 500

/** Gives lectures that play the same videos as others their captions too, in the transaction that makes them. */
export async function copyCaptions(connection: Connection, lectures: CopiedLecture[], session: Session) {
  const Captions = captionModel(connection)
  for (let start = 0; start < lectures.length; start += LECTURES_AT_ONCE) {
    const some = new Map(
      lectures.slice(start, start + LECTURES_AT_ONCE).map((lecture) => [lecture.from, lecture]),
    )
    const rows = Captions.find({ lectureId: { $in: [...some.keys()] } }, { _id: 0 })
      .session(session)
      .lean<CaptionRow>()
      .cursor({ batchSize: ROWS_AT_ONCE })
    let copies: CaptionRow[] = []
    const insert = async () => {
      await Captions.insertMany(copies, { session, lean: true })
      copies = []
    }
    for await (const row of rows) {
      const lecture = some.get(row.lectureId)
      if (lecture?.uploadIds.includes(row.uploadId) !== true) continue
      copies.push({ ...row, lectureId: lecture.to, courseId: lecture.courseId })
      if (copies.length === ROWS_AT_ONCE) await insert()
    }
    if (copies.length > 0) await insert()
  }
}

type ImportedCaptions = NewCaptions & Pick<CaptionRow, 'courseId' | 'lectureId' | 'uploadId'>

/** In the transaction that makes their lectures. */
export async function insertCaptions(connection: Connection, captions: ImportedCaptions[], session: Session) {
  const updatedAt = new Date()
  for (let start = 0; start < captions.length; start += ROWS_AT_ONCE) {
    const rows = captions.slice(start, start + ROWS_AT_ONCE).map((row) => ({ ...row, updatedAt }))
    await captionModel(connection).insertMany(rows, { session, lean: true })
  }
}
