import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types } from 'mongoose'
import { analyticsRows } from '../flush/rows-store.ts'
import type { VersionPlayback } from './rules.ts'

/** From then on students saw this video in the lecture, until they saw the next. */
type VersionRow = {
  courseId: Types.ObjectId
  lectureId: Types.ObjectId
  videoId: string
  durationSeconds: number
  from: Date
}
const versionSchema = new Schema<VersionRow>(
  {
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: { type: Schema.Types.ObjectId, required: true },
    videoId: { type: String, required: true },
    durationSeconds: { type: Number, required: true },
    from: { type: Date, required: true },
  },
  { versionKey: false, collection: 'lectureVersions' },
)
versionSchema.index({ courseId: 1, lectureId: 1, from: 1 })

export type Version = { videoId: string; durationSeconds: number; from: Date }
export type PublishedVideo = { lectureId: string; durationSeconds: number; videoId?: string | undefined }
/** `until` undefined: still seen. */
export type Stretch = { from: Date; until: Date | undefined }
export type VersionStore = {
  /** Notes those that are another video than the one before; of publications in their order. */
  save(course: { courseId: string; lectures: PublishedVideo[]; at: Date }, session: Session): Promise<void>
  /** The oldest first. */
  ofLecture(courseId: string, lectureId: string): Promise<Version[]>
  /** Those that began in these stretches, at most so many, those that were watched last. */
  playbacks(courseId: string, lectureId: string, stretches: Stretch[]): Promise<VersionPlayback[]>
  /** Who has completed it. */
  completed(courseId: string, lectureId: string): Promise<Set<string>>
  removeCourse(courseId: string, session: Session): Promise<void>
}

const MOST_PLAYBACKS = 10_000
/** A playback goes on for a day at most, and its last report may come a little later. */
const LONGEST_MS = 25 * 3600 * 1000
/** Read at a time, so that other requests have their turn between two of them. */
const BATCH = 500

export function createVersionStore(connection: MongoConnection): VersionStore {
  const Versions = connection.model<VersionRow>('LectureVersion', versionSchema)
  const rows = analyticsRows(connection)
  const id = (hex: string) => new Types.ObjectId(hex)

  return {
    async save({ courseId, lectures, at }, session) {
      const found = await Versions.find({ courseId: id(courseId) })
        .sort({ from: 1 })
        .session(session)
        .lean()
      const latest = new Map(found.map((row) => [row.lectureId.toHexString(), row.videoId]))
      const added = lectures.flatMap(({ lectureId, videoId, durationSeconds }) => {
        if (videoId === undefined || latest.get(lectureId) === videoId) return []
        return [{ courseId: id(courseId), lectureId: id(lectureId), videoId, durationSeconds, from: at }]
      })
      if (added.length > 0) await Versions.insertMany(added, { session })
    },

    async ofLecture(courseId, lectureId) {
      const found = await Versions.find({ courseId: id(courseId), lectureId: id(lectureId) })
        .sort({ from: 1 })
        .lean()
      return found.map(({ videoId, durationSeconds, from }) => ({ videoId, durationSeconds, from }))
    },

    async playbacks(courseId, lectureId, stretches) {
      const within = stretches.map(({ from, until }) => ({
        startedAt: { $gte: from, ...(until && { $lt: until }) },
      }))
      const first = stretches.reduce((least, { from }) => Math.min(least, from.getTime()), Infinity)
      const last = stretches.reduce((most, { until }) => Math.max(most, until?.getTime() ?? Infinity), 0)
      // By its index: who began in a stretch was last seen after its beginning, and soon after its end.
      const filter = {
        courseId: id(courseId),
        lectureId: id(lectureId),
        at: { $gte: new Date(first), ...(last < Infinity && { $lt: new Date(last + LONGEST_MS) }) },
        $or: within,
      }
      const projection = { _id: 0, userId: 1, ranges: 1, againSeconds: 1 } as const
      const found = rows.playbacks
        .find(filter, { projection, batchSize: BATCH })
        .sort({ at: -1 })
        .limit(MOST_PLAYBACKS)
      const playbacks: VersionPlayback[] = []
      for await (const { userId, ranges, againSeconds = 0 } of found)
        playbacks.push({ userId: userId.toHexString(), ranges, againSeconds })
      return playbacks
    },

    async completed(courseId, lectureId) {
      const found = connection
        .collection<{ userId: Types.ObjectId }>('students')
        .find(
          { courseId: id(courseId), completedLectures: id(lectureId) },
          { projection: { _id: 0, userId: 1 }, batchSize: BATCH },
        )
      const students = new Set<string>()
      for await (const { userId } of found) students.add(userId.toHexString())
      return students
    },

    async removeCourse(courseId, session) {
      await Versions.deleteMany({ courseId: id(courseId) }, { session })
    },
  }
}
