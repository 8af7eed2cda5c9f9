import type { Course, CourseOutline, CourseRole } from '@aetherlearn/contracts/course/shapes'
import type { ErrorCode } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type Connection, type QueryFilter } from 'mongoose'
import {
  outlineOf,
  toCourse,
  type CourseRow,
  type LectureRow,
  type Pictured,
  type SectionRow,
} from './rows.ts'
import { isKnown, may, rolesWith, type Action, type Caller } from './rules.ts'

const id = { type: Schema.Types.ObjectId, required: true } as const
const options = { versionKey: false, timestamps: true } as const

const courseSchema = new Schema<CourseRow>(
  {
    title: { type: String, required: true },
    subtitle: { type: String, default: '' },
    description: { type: String, default: '' },
    category: { type: String, required: true },
    level: { type: String, default: 'all' },
    language: { type: String, default: 'en' },
    price: { type: Number, default: 0 },
    currency: { type: String, default: 'EUR' },
    // Whatever its contract says: it is checked on its way in, and read and written whole.
    completion: { type: Schema.Types.Mixed },
    creator: id,
    people: [{ userId: id, role: { type: String, required: true }, _id: false }],
    status: { type: String, enum: ['draft', 'in-review', 'live', 'unlisted', 'archived'], default: 'draft' },
    seatLimit: Number,
    thumbnail: { type: { folder: String, _id: false } },
    peopleSequence: Number,
    enrolmentRounds: Number,
    sections: [Schema.Types.ObjectId],
    totalLectures: { type: Number, default: 0 },
    revision: { type: Number, default: 0 },
    version: { type: Number, default: 0 },
    publishedVersion: Number,
    publishedAt: Date,
    publishedDraft: String,
    submittedAt: Date,
    reviewReason: String,
    publishAt: Date,
    scheduledBy: Schema.Types.ObjectId,
    scheduleFailure: Schema.Types.Mixed,
    removedAt: Date,
  },
  { ...options, collection: 'courses' },
)
courseSchema.index({ creator: 1, _id: -1 })
courseSchema.index({ 'people.userId': 1, _id: -1 })
courseSchema.index({ removedAt: 1 }, { partialFilterExpression: { removedAt: { $exists: true } } })
courseSchema.index({ status: 1, publishedAt: -1 })
courseSchema.index({ publishAt: 1 }, { sparse: true })

const sectionSchema = new Schema<SectionRow>(
  {
    courseId: id,
    sectionTitle: { type: String, required: true },
    lectures: [Schema.Types.ObjectId],
    revision: { type: Number, default: 0 },
  },
  { ...options, collection: 'sections' },
)
sectionSchema.index({ courseId: 1 })

const lectureSchema = new Schema<LectureRow>(
  {
    courseId: id,
    sectionId: id,
    lectureTitle: { type: String, required: true },
    status: {
      type: String,
      enum: ['AWAITING_MEDIA', 'PROCESSING', 'READY', 'FAILED'],
      default: 'AWAITING_MEDIA',
    },
    failure: { type: { code: String, advice: String, _id: false } },
    uploadId: Schema.Types.ObjectId,
    rawVideoUrl: String,
    processingSince: Date,
    media: {
      type: {
        uploadId: Schema.Types.ObjectId,
        folder: String,
        hls: String,
        video: String,
        poster: String,
        storyboard: String,
        loudness: Schema.Types.Mixed,
        package: Schema.Types.Mixed,
        _id: false,
      },
    },
    preview: {
      type: {
        uploadId: Schema.Types.ObjectId,
        folder: String,
        durationSeconds: Number,
        _id: false,
      },
    },
    durationSeconds: Number,
    revision: { type: Number, default: 0 },
  },
  { ...options, collection: 'lectures' },
)
lectureSchema.index({ courseId: 1 })
/** Whether anything still refers to a video. */
lectureSchema.index({ uploadId: 1 })
lectureSchema.index({ 'media.uploadId': 1 })
/** What waits for the worker; few do at a time. */
lectureSchema.index(
  { status: 1, uploadId: 1, processingSince: 1 },
  { partialFilterExpression: { status: 'PROCESSING' } },
)

/** Courses in which the caller may do this. In the query, so that a foreign course is never even read. */
export function allowing(caller: Caller, action: Action): QueryFilter<CourseRow> {
  if (caller.role === 'admin') return present
  const userId = new Types.ObjectId(caller.id)
  const named = { people: { $elemMatch: { userId, role: { $in: rolesWith(action) } } } }
  return { ...present, $or: [{ creator: userId }, named] }
}
/** Not removed. */
export const present = { removedAt: { $exists: false } }

export type CourseStore = ReturnType<typeof createCourseStore>

export function courseModels(connection: Connection) {
  return {
    Courses: connection.model('Course', courseSchema),
    Sections: connection.model('Section', sectionSchema),
    Lectures: connection.model('Lecture', lectureSchema),
  }
}
export type CourseModels = ReturnType<typeof courseModels>

export function createCourseStore(models: CourseModels) {
  const { Courses, Lectures } = models
  return {
    listTaught: async (userId: string): Promise<(Course & Pictured)[]> => {
      const mine = { ...present, $or: [{ creator: userId }, { 'people.userId': userId }] }
      return (await Courses.find(mine).sort({ _id: -1 }).limit(500).lean<CourseRow[]>()).map(toCourse)
    },

    findCourse: (courseId: string, session?: Session) =>
      Courses.findOne({ _id: courseId, ...present })
        .session(session ?? null)
        .lean<CourseRow>(),

    findLecture: (lectureId: string) => Lectures.findById(lectureId).lean<LectureRow>(),

    /** The draft in curriculum order; three queries whatever its size. */
    outline: (course: CourseRow, role: CourseRole, session?: Session): Promise<CourseOutline & Pictured> =>
      readOutline(models, course, role, session),
  }
}

async function readOutline(
  { Sections, Lectures }: CourseModels,
  course: CourseRow,
  role: CourseRole,
  session?: Session,
) {
  const of = { courseId: course._id }
  const sections = await Sections.find(of)
    .session(session ?? null)
    .lean<SectionRow[]>()
  const lectures = await Lectures.find(of)
    .session(session ?? null)
    .lean<LectureRow[]>()
  return outlineOf(course, role, sections, lectures)
}

/**
 * Drafts are private, so a foreign one is not there, in the words of `absent`. A published course, and one that the
 * caller sees, is known but not theirs to change like this.
 */
export async function refusal(
  { Courses }: CourseModels,
  courseId: string,
  caller: Caller,
  session: Session,
  absent: ErrorCode = 'COURSE_NOT_FOUND',
) {
  const course = await Courses.findOne({ _id: courseId, ...present })
    .session(session)
    .lean<CourseRow>()
  const known = course !== null && (isKnown(course) || may(course, caller, 'see'))
  return fail(known ? 'FORBIDDEN' : absent)
}

type Wanted = { courseId: string; caller: Caller; action: Action }

/** The course, where the caller may do this in it; throws what a stranger, or somebody with too few rights, is told. */
export async function requireCourse(
  models: CourseModels,
  { courseId, caller, action }: Wanted,
  session: Session,
  absent?: ErrorCode,
): Promise<CourseRow> {
  const own = { _id: courseId, ...allowing(caller, action) }
  const course = await models.Courses.findOne(own).session(session).lean<CourseRow>()
  if (course === null) throw await refusal(models, courseId, caller, session, absent)
  return course
}

/** The lecture, where the caller may edit its course; throws as above. */
export async function requireEditableLecture(
  models: CourseModels,
  lectureId: string,
  caller: Caller,
  session: Session,
): Promise<LectureRow> {
  const lecture = await models.Lectures.findById(lectureId).session(session).lean<LectureRow>()
  if (lecture === null) throw fail('LECTURE_NOT_FOUND')
  const wanted = { courseId: String(lecture.courseId), caller, action: 'edit' } as const
  await requireCourse(models, wanted, session, 'LECTURE_NOT_FOUND')
  return lecture
}
