import { coursePublished, courseWithdrawn } from '@aetherlearn/contracts/course/events'
import type { Course, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import { toCourse, type CourseRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { allowing, present, refusal, type CourseModels, type CourseStore } from '../courses/store.ts'
import { snapshotOf } from './rules.ts'

type SnapshotRow = { courseId: string; version: number; course: PublishedCourse }
const snapshotSchema = new Schema<SnapshotRow>(
  {
    courseId: { type: String, required: true },
    version: { type: Number, required: true },
    /** Written once, never changed. */
    course: { type: Schema.Types.Mixed, required: true },
  },
  { versionKey: false, collection: 'snapshots' },
)
snapshotSchema.index({ courseId: 1, version: -1 }, { unique: true })

export type SnapshotStore = ReturnType<typeof createSnapshotStore>
type Deps = { connection: Connection; models: CourseModels; courses: CourseStore; outbox: Outbox }

export function createSnapshotStore({ connection, models, courses, outbox }: Deps) {
  const { Courses } = models
  const Snapshots = connection.model('Snapshot', snapshotSchema)
  const ofCourses = async (
    rows: Pick<CourseRow, '_id' | 'publishedVersion'>[],
  ): Promise<PublishedCourse[]> => {
    if (rows.length === 0) return []
    const wanted = rows.map(({ _id, publishedVersion }) => ({
      courseId: String(_id),
      version: publishedVersion ?? 0,
    }))
    const found = await Snapshots.find({ $or: wanted }).lean<SnapshotRow[]>()
    const byCourse = new Map(found.map((snapshot) => [snapshot.courseId, snapshot.course]))
    return wanted.flatMap(({ courseId }) => byCourse.get(courseId) ?? [])
  }
  const latest = async (courseId: string): Promise<PublishedCourse> => {
    const snapshot = await Snapshots.findOne({ courseId }).sort({ version: -1 }).lean<SnapshotRow>()
    if (snapshot === null) throw fail('COURSE_NOT_FOUND')
    return snapshot.course
  }
  return {
    latest,

    /** Students play what is in the snapshot, whatever the draft holds by now. */
    holdsLecture: async (courseId: string, lectureId: string): Promise<boolean> =>
      (await latest(courseId)).sections.some(({ lectures }) => lectures.some(({ _id }) => _id === lectureId)),

    listLive: async (limit: number): Promise<PublishedCourse[]> =>
      ofCourses(
        await Courses.find({ ...present, status: 'live' })
          .sort({ publishedAt: -1 })
          .limit(limit)
          .lean<CourseRow[]>(),
      ),

    findLive: async (courseId: string): Promise<PublishedCourse> => {
      const [course] = await ofCourses(
        await Courses.find({ ...present, _id: courseId, status: 'live' }).lean<CourseRow[]>(),
      )
      if (course === undefined) throw fail('COURSE_NOT_FOUND')
      return course
    },

    ofCourseIds: async (courseIds: string[]): Promise<PublishedCourse[]> => {
      const courses = await ofCourses(
        await Courses.find({ ...present, _id: { $in: courseIds } }).lean<CourseRow[]>(),
      )
      const byId = new Map(courses.map((course) => [course._id, course]))
      return courseIds.flatMap((courseId) => byId.get(courseId) ?? [])
    },

    /** Snapshot, state of the course and event in one transaction. */
    publish: (courseId: string, caller: Caller, traceId: string): Promise<PublishedCourse> =>
      transaction(connection, async (session) => {
        const grow = { $inc: { version: 1 } }
        const own = { _id: courseId, ...allowing(caller, 'publish') }
        const row = await Courses.findOneAndUpdate(own, grow, {
          session,
          returnDocument: 'after',
        }).lean<CourseRow>()
        if (row === null) throw await refusal(models, courseId, caller, session)
        const { version } = row
        const publishedAt = new Date()
        const course = snapshotOf(await courses.outline(row, 'owner', session), version, publishedAt)
        await Snapshots.create([{ courseId, version, course }], { session })
        const live = { status: 'live' as const, publishedVersion: version, publishedAt }
        await Courses.updateOne({ _id: courseId }, { $set: live }, { session })
        const lectures = course.sections
          .flatMap((section) => section.lectures)
          .map(({ _id, lectureTitle, durationSeconds }) => ({
            lectureId: _id,
            lectureTitle,
            durationSeconds,
          }))
        const { title, creator: creatorId } = course
        const fact = { courseId, creatorId, title, version, lectures }
        await outbox.add(coursePublished, fact, session, traceId)
        return course
      }),

    withdraw: (courseId: string, caller: Caller, traceId: string): Promise<Course> =>
      transaction(connection, async (session) => {
        const own = { _id: courseId, ...allowing(caller, 'publish') }
        const row = await Courses.findOne(own).session(session).lean<CourseRow>()
        if (row === null) throw await refusal(models, courseId, caller, session)
        if (row.status === 'draft') return toCourse(row)
        const change = { $set: { status: 'draft' as const }, $inc: { version: 1 } }
        await Courses.updateOne(own, change, { session })
        await outbox.add(courseWithdrawn, { courseId, version: row.version + 1 }, session, traceId)
        return toCourse({ ...row, status: 'draft' })
      }),
  }
}
