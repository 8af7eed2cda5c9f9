import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import type { FirstAnswers } from './questions.ts'

type FirstAnswer = { lectureId: Types.ObjectId; score: number; attempt: number; at: Date }
/** What a student answered first to each question of a course. */
type AnswersRow = {
  courseId: Types.ObjectId
  userId: Types.ObjectId
  /** Of the latest answer that was heard of. */
  at: Date
  /** By question. */
  first: Record<string, FirstAnswer>
}
const answersSchema = new Schema<AnswersRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    userId: { type: Schema.Types.ObjectId, required: true },
    at: { type: Date, required: true },
    first: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, collection: 'answers' },
)
answersSchema.index({ courseId: 1, userId: 1 }, { unique: true })
answersSchema.index({ courseId: 1, at: -1 })
answersSchema.index({ userId: 1 })

export type Answer = {
  courseId: string
  lectureId: string
  questionId: string
  userId: string
  attempt: number
  score: number
  at: Date
}
export type CourseAnswers = {
  /** By student. */
  students: FirstAnswers[]
  /** Question → the lecture it is asked in. */
  lectureOf: Map<string, string>
}
export type AnswersStore = {
  /** Keeps each student's first attempt at a question, in whatever order and however often they are heard of. */
  save(answer: Answer, session: Session): Promise<void>
  /** First answers of those who answered last, course people left out. */
  ofCourse(courseId: string, not: readonly string[]): Promise<CourseAnswers>
  removeCourse(courseId: string, session: Session): Promise<void>
}

/** So many tell as much as all of them, and are read in a moment. */
const MOST_STUDENTS = 2000
/** Read at a time, so that other requests have their turn between two of them. */
const BATCH = 200

export function createAnswersStore(connection: MongoConnection): AnswersStore {
  const Answers = connection.model<AnswersRow>('Answers', answersSchema)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ courseId, lectureId, questionId, userId, attempt, score, at }, session) {
      const key = { courseId: id(courseId), userId: id(userId) }
      const place = `first.${questionId}`
      const known = await Answers.findOne(key, { [place]: 1 })
        .session(session)
        .lean<AnswersRow>()
      const before = known?.first?.[questionId]
      if (before !== undefined && before.attempt <= attempt) return
      const change = {
        $set: { [place]: { lectureId: id(lectureId), score, attempt, at } },
        $max: { at },
      }
      await Answers.updateOne(key, change, { upsert: true, session })
    },

    async ofCourse(courseId, not) {
      const filter = { courseId: id(courseId), userId: { $nin: not.map(id) } }
      const rows = Answers.collection
        .find(filter, { projection: { first: 1, _id: 0 }, batchSize: BATCH })
        .sort({ at: -1 })
        .limit(MOST_STUDENTS)
      const students: FirstAnswers[] = []
      const lectureOf = new Map<string, string>()
      for await (const row of rows) {
        const { first } = row as unknown as Pick<AnswersRow, 'first'>
        const scores = new Map<string, number>()
        for (const [questionId, { lectureId, score }] of Object.entries(first)) {
          scores.set(questionId, score)
          if (!lectureOf.has(questionId)) lectureOf.set(questionId, lectureId.toHexString())
        }
        students.push(scores)
      }
      return { students, lectureOf }
    },

    async removeCourse(courseId, session) {
      await Answers.deleteMany({ courseId: id(courseId) }, { session })
    },
  }
}
