import type { CourseReview, CourseVersion } from '@aetherlearn/contracts/course/publishing'
import type { CourseStatus, Lecture, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Session } from '@aetherlearn/service-kit/mongo'
import { Schema, mongo, type Connection } from 'mongoose'
import {
  summaryOf,
  toCourse,
  videoIn,
  type CourseRow,
  type LectureContent,
  type SectionRow,
} from '../courses/rows.ts'
import { present, type CourseModels } from '../courses/store.ts'
import { inOrder, type DraftLecture, type DraftSection } from './draft.ts'
import type { Frozen } from './rules.ts'

/** Written once, never changed. */
export type SnapshotRow = Frozen & {
  courseId: string
  version: number
  /** The draft's digest when it was frozen. */
  digest?: string
  thumbnail?: { folder: string }
  /** Absent in the oldest rows: its creator. */
  publishedBy?: string
  note?: string
  rolledBackFrom?: number
}
// Mixed: casting and tracking thousands of parts would take longer than writing them.
const snapshotSchema = new Schema<SnapshotRow>(
  {
    courseId: { type: String, required: true },
    version: { type: Number, required: true },
    course: { type: Schema.Types.Mixed, required: true },
    lectures: { type: [Schema.Types.Mixed], default: undefined },
    digest: String,
    thumbnail: { type: { folder: String, _id: false } },
    publishedBy: String,
    note: String,
    rolledBackFrom: Number,
  },
  { versionKey: false, collection: 'snapshots' },
)
snapshotSchema.index({ courseId: 1, version: -1 }, { unique: true })
/** Finds the course of a lecture that is no longer in its draft. */
snapshotSchema.index({ 'lectures.lectureId': 1 })
/** Finds out whether anything still refers to a video; the id is an ObjectId there. */
snapshotSchema.index({ 'lectures.media.uploadId': 1 })

/** MongoDB takes 16 MiB; the rest is for what it adds itself. */
const MAX_SNAPSHOT_BYTES = 15 * 1024 * 1024

export type SnapshotStore = ReturnType<typeof createSnapshotStore>
export type Snapshots = ReturnType<typeof snapshotModel>
export const snapshotModel = (connection: Connection) => connection.model('Snapshot', snapshotSchema)

export type CourseHeading = Omit<PublishedCourse, 'sections'>

/** A lecture as students have it; `media` is not there in snapshots from before videos were frozen. */
export type LectureOfSnapshot = {
  courseId: string
  sectionId: string
  lectureTitle: string
  durationSeconds: number
  media?: LectureContent
}

export const toStudentLecture = (lectureId: string, lecture: LectureOfSnapshot): Lecture => ({
  _id: lectureId,
  courseId: lecture.courseId,
  sectionId: lecture.sectionId,
  lectureTitle: lecture.lectureTitle,
  status: 'READY',
  durationSeconds: lecture.durationSeconds,
  // Those from before videos were frozen have one.
  isPlayable: lecture.media === undefined || videoIn(lecture.media) !== undefined,
  ...summaryOf(lecture.media),
  revision: 0,
})

const toVersion = (row: SnapshotRow): CourseVersion => {
  const { version, course, note, rolledBackFrom } = row
  return {
    version,
    publishedAt: course.publishedAt,
    publishedBy: row.publishedBy ?? course.creator,
    totalLectures: course.totalLectures,
    durationSeconds: course.durationSeconds,
    ...(note === undefined ? {} : { note }),
    ...(rolledBackFrom === undefined ? {} : { rolledBackFrom }),
  }
}

export function createSnapshotStore(Snapshots: Snapshots, { Courses }: CourseModels) {
  const ofVersions = async (wanted: { courseId: string; version: number }[]): Promise<PublishedCourse[]> => {
    if (wanted.length === 0) return []
    const found = await Snapshots.find({ $or: wanted }, { courseId: 1, course: 1 }).lean<SnapshotRow[]>()
    const byCourse = new Map(found.map((snapshot) => [snapshot.courseId, snapshot.course]))
    return wanted.flatMap(({ courseId }) => byCourse.get(courseId) ?? [])
  }
  const ofCourses = (rows: Pick<CourseRow, '_id' | 'publishedVersion'>[]) =>
    ofVersions(
      rows.map(({ _id, publishedVersion }) => ({ courseId: String(_id), version: publishedVersion ?? 0 })),
    )
  const find = async (courseId: string, version: number, session?: Session): Promise<SnapshotRow> => {
    const row = await Snapshots.findOne({ courseId, version }, { _id: 0 })
      .session(session ?? null)
      .lean<SnapshotRow>()
    if (row === null) throw fail('VERSION_NOT_FOUND')
    return row
  }
  return {
    find,

    /** What a card says of a version: no outline and no videos, which would be most of it. */
    heading: async (courseId: string, version: number, session: Session): Promise<CourseHeading> => {
      const parts = { lectures: 0, 'course.sections': 0 }
      const row = await Snapshots.findOne({ courseId, version }, parts).session(session).lean<SnapshotRow>()
      if (row === null) throw fail('VERSION_NOT_FOUND')
      return row.course
    },

    /** The uploads that a version plays. */
    videosOf: async (courseId: string, version: number, session: Session): Promise<Set<string>> => {
      const uploads = { 'lectures.media.uploadId': 1 }
      const row = await Snapshots.findOne({ courseId, version }, uploads).session(session).lean<SnapshotRow>()
      return new Set(row?.lectures?.map(({ media }) => String(media.uploadId)))
    },

    latest: async (courseId: string): Promise<PublishedCourse> => {
      const snapshot = await Snapshots.findOne({ courseId }, { course: 1 })
        .sort({ version: -1 })
        .lean<SnapshotRow>()
      if (snapshot === null) throw fail('COURSE_NOT_FOUND')
      return snapshot.course
    },

    /** The course that published this lecture once. */
    courseOf: async (lectureId: string): Promise<string | undefined> => {
      const held = { 'lectures.lectureId': lectureId }
      return (await Snapshots.findOne(held, { courseId: 1 }).lean<SnapshotRow>())?.courseId
    },

    /** What students play, whatever the draft holds by now; of one lecture, as a whole snapshot may be megabytes. */
    lectureOf: async (
      courseId: string,
      version: number,
      lectureId: string,
    ): Promise<LectureOfSnapshot | undefined> => {
      const [found] = await Snapshots.aggregate<LectureOfSnapshot>(
        lectureStages(courseId, version, lectureId),
      )
      return found
    },

    /** The page of a course for whoever has its address. */
    findKnown: async (courseId: string): Promise<PublishedCourse> => {
      const known = { ...present, _id: courseId, status: { $in: ['live', 'unlisted'] as CourseStatus[] } }
      const [course] = await ofCourses(await Courses.find(known, { publishedVersion: 1 }).lean<CourseRow[]>())
      if (course === undefined) throw fail('COURSE_NOT_FOUND')
      return course
    },

    /** In the order of the versions that are asked for. */
    ofVersions,

    ofCourseIds: async (courseIds: string[]): Promise<PublishedCourse[]> => {
      const courses = await ofCourses(
        await Courses.find({ ...present, _id: { $in: courseIds } }).lean<CourseRow[]>(),
      )
      const byId = new Map(courses.map((course) => [course._id, course]))
      return courseIds.flatMap((courseId) => byId.get(courseId) ?? [])
    },

    /** Those that wait longest first. */
    inReview: async (): Promise<CourseReview[]> => {
      const rows = await Courses.find({ ...present, status: 'in-review' })
        .sort({ submittedAt: 1 })
        .limit(500)
        .lean<CourseRow[]>()
      return rows.map((row) => ({
        ...toCourse(row),
        submittedAt: (row.submittedAt ?? row.updatedAt).toISOString(),
      }))
    },

    versions: async (courseId: string): Promise<CourseVersion[]> => {
      const rows = await Snapshots.find({ courseId }, { lectures: 0, 'course.sections': 0 })
        .sort({ version: -1 })
        .limit(500)
        .lean<SnapshotRow[]>()
      return rows.map(toVersion)
    },

    /** Throws COURSE_NOT_PUBLISHABLE for one that MongoDB would not take. */
    add: async (row: SnapshotRow, session: Session): Promise<void> => {
      if (mongo.BSON.calculateObjectSize(row) > MAX_SNAPSHOT_BYTES) {
        const detail = 'This course is too large to be published: its titles and texts are too long in all.'
        throw fail('COURSE_NOT_PUBLISHABLE', { detail })
      }
      await Snapshots.insertMany([row], { session, lean: true })
    },
  }
}

const first = (input: string, condition: object) => ({ $first: { $filter: { input, cond: condition } } })

const lectureStages = (courseId: string, version: number, lectureId: string) => [
  { $match: { courseId, version } },
  {
    $project: {
      courseId: 1,
      frozen: first('$lectures', { $eq: ['$$this.lectureId', lectureId] }),
      section: first('$course.sections', { $in: [lectureId, '$$this.lectures._id'] }),
    },
  },
  { $match: { section: { $exists: true } } },
  {
    $project: {
      _id: 0,
      courseId: 1,
      sectionId: '$section._id',
      media: '$frozen.media',
      lecture: first('$section.lectures', { $eq: ['$$this._id', lectureId] }),
    },
  },
  {
    $project: {
      courseId: 1,
      sectionId: 1,
      media: 1,
      lectureTitle: '$lecture.lectureTitle',
      durationSeconds: '$lecture.durationSeconds',
    },
  },
]

/** The draft as it is in this transaction. */
export async function readDraft(
  { Sections, Lectures }: CourseModels,
  course: CourseRow,
  session?: Session,
): Promise<DraftSection[]> {
  const of = { courseId: course._id }
  const sections = await Sections.find(of)
    .session(session ?? null)
    .lean<SectionRow[]>()
  const lectures = await Lectures.find(of, { lectureTitle: 1, status: 1, media: 1, durationSeconds: 1 })
    .session(session ?? null)
    .lean<DraftLecture[]>()
  return inOrder(course, sections, lectures)
}
