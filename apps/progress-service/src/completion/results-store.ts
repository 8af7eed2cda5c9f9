import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { KeptResult } from './result-rules.ts'

type Last = { at: Date; completed: boolean; passed: boolean; score: number | null }
/** One for each part of a lecture that somebody has done something in. */
type ResultRow = {
  userId: Types.ObjectId
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  kind: KeptResult['kind']
  /** Empty: the lecture as a whole. */
  partId: string
  /** Ever. */
  completed: boolean
  passed: boolean
  judged: boolean
  best?: number | null
  last: Last
}
const resultSchema = new Schema<ResultRow>(
  {
    userId: { type: Schema.Types.ObjectId, required: true },
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: { type: Schema.Types.ObjectId, required: true },
    kind: { type: String, required: true },
    partId: { type: String, default: '' },
    completed: Boolean,
    passed: Boolean,
    judged: Boolean,
    best: Number,
    last: Schema.Types.Mixed,
  },
  { versionKey: false, collection: 'results' },
)
resultSchema.index({ userId: 1, courseId: 1, lectureId: 1, kind: 1, partId: 1 }, { unique: true })

export type ResultPlace = {
  userId: string
  courseId: string
  lectureId: string
  /** `PackageItem.itemId`; absent: the lecture as a whole. */
  itemId?: string | undefined
}
/** What was reported; what is left out was not said. */
export type Result = {
  /** That all of it is done; a cmi5 unit says so when its `moveOn` is fulfilled. */
  completed?: boolean | undefined
  passed?: boolean | undefined
  /** 0 to 1. */
  score?: number | undefined
  /** By the clock of the server: on this day of the student's calendar a completion counts. */
  at: Date
}
type Course = { userId: string; courseId: string }

export type ResultStore = {
  /** Keeps the best and the last, in whatever order and however often they are reported. */
  save(place: ResultPlace, kind: KeptResult['kind'], result: Result, session: Session): Promise<void>
  /** Lecture id → what was reported of it. */
  read(course: Course, lectureIds: readonly string[], session?: Session): Promise<Map<string, KeptResult[]>>
}

/** How students did in packages and questions. */
export function createResultStore(connection: MongoConnection): ResultStore {
  const Results = connection.model<ResultRow>('Result', resultSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ userId, courseId, lectureId, itemId = '' }, kind, result, session) {
      const key = {
        userId: id(userId),
        courseId: id(courseId),
        lectureId: id(lectureId),
        kind,
        partId: itemId,
      }
      const { completed = false, passed, score, at } = result
      // Documents compare by their fields in order: of two at the same moment the same one wins in any order.
      const last: Last = { at, completed, passed: passed === true, score: score ?? null }
      const change = {
        completed: { $or: ['$completed', completed] },
        passed: { $or: ['$passed', passed === true] },
        judged: { $or: ['$judged', passed !== undefined || score !== undefined] },
        best: { $max: ['$best', score ?? null] },
        last: { $max: ['$last', { $literal: last }] },
      }
      await Results.updateOne(key, [{ $set: change }], { upsert: true, session, updatePipeline: true })
    },

    async read({ userId, courseId }, lectureIds, session) {
      if (lectureIds.length === 0) return new Map()
      const key = { userId: id(userId), courseId: id(courseId), lectureId: { $in: lectureIds.map(id) } }
      const rows = await Results.find(key)
        .session(session ?? null)
        .lean<ResultRow[]>()
      return Map.groupBy(rows.map(toResult), ({ lectureId }) => lectureId)
    },
  }
}

const toResult = (row: ResultRow): KeptResult & { lectureId: string } => ({
  lectureId: row.lectureId.toHexString(),
  kind: row.kind,
  ...(row.partId !== '' && { partId: row.partId }),
  completed: row.completed,
  passed: row.passed,
  judged: row.judged,
  ...(typeof row.best === 'number' && { bestScore: row.best }),
  ...(row.last.score !== null && { lastScore: row.last.score }),
  at: row.last.at.toISOString(),
})
