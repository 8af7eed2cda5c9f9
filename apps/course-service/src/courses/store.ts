import type { Course, CourseOutline, Lecture, Section } from '@aetherlearn/contracts/course'
import type { ErrorCode } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type Connection, type QueryFilter } from 'mongoose'
import {
  outlineOf,
  toCourse,
  toLecture,
  toSection,
  type CourseRow,
  type LectureRow,
  type SectionRow,
} from './rows.ts'

const id = { type: Schema.Types.ObjectId, required: true } as const
const options = { versionKey: false, timestamps: true } as const

const courseSchema = new Schema<CourseRow>(
  {
    title: { type: String, required: true },
    subtitle: { type: String, default: '' },
    category: { type: String, required: true },
    creator: id,
    status: { type: String, enum: ['draft', 'live'], default: 'draft' },
    sections: [Schema.Types.ObjectId],
    totalLectures: { type: Number, default: 0 },
    version: { type: Number, default: 0 },
    publishedVersion: Number,
    publishedAt: Date,
  },
  { ...options, collection: 'courses' },
)
courseSchema.index({ creator: 1, _id: -1 })
courseSchema.index({ status: 1, publishedAt: -1 })

const sectionSchema = new Schema<SectionRow>(
  { courseId: id, sectionTitle: { type: String, required: true }, lectures: [Schema.Types.ObjectId] },
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
    media: {
      type: { folder: String, hls: String, video: String, poster: String, storyboard: String, _id: false },
    },
    durationSeconds: Number,
  },
  { ...options, collection: 'lectures' },
)
lectureSchema.index({ courseId: 1 })

/** Who edits: the creator, and admins. In the query, so that a foreign course is never even read. */
export type Editor = { id: string; role: string }
export const editedBy = (editor: Editor): QueryFilter<CourseRow> =>
  editor.role === 'admin' ? {} : { creator: new Types.ObjectId(editor.id) }

export type CourseStore = ReturnType<typeof createCourseStore>

export function courseModels(connection: Connection) {
  return {
    Courses: connection.model('Course', courseSchema),
    Sections: connection.model('Section', sectionSchema),
    Lectures: connection.model('Lecture', lectureSchema),
  }
}
export type CourseModels = ReturnType<typeof courseModels>

export function createCourseStore(connection: Connection, models: CourseModels) {
  const { Courses, Sections, Lectures } = models
  return {
    create: async (
      creator: string,
      course: { title: string; subtitle?: string; category: string },
    ): Promise<Course> => toCourse((await Courses.create({ ...course, creator })).toObject()),

    listTaught: async (creator: string): Promise<Course[]> =>
      (await Courses.find({ creator }).sort({ _id: -1 }).limit(500).lean<CourseRow[]>()).map(toCourse),

    /** The section and its place in the course appear together or not at all. */
    addSection: (courseId: string, editor: Editor, sectionTitle: string): Promise<Section> =>
      transaction(connection, async (session) => {
        const _id = new Types.ObjectId()
        const change = { $push: { sections: _id } }
        const course = await Courses.findOneAndUpdate({ _id: courseId, ...editedBy(editor) }, change, {
          session,
        })
        if (course === null) throw await refusal(models, courseId, session)
        const [section] = await Sections.create([{ _id, courseId, sectionTitle, lectures: [] }], { session })
        if (section === undefined) throw new Error('MongoDB created no section')
        return toSection(section.toObject())
      }),

    /** The lecture, its place in the section and the course's count change together or not at all. */
    addLecture: (sectionId: string, editor: Editor, lectureTitle: string): Promise<Lecture> =>
      transaction(connection, async (session) => {
        const _id = new Types.ObjectId()
        const section = await Sections.findByIdAndUpdate(sectionId, { $push: { lectures: _id } }, { session })
        if (section === null) throw fail('SECTION_NOT_FOUND')
        const { courseId } = section
        const count = { $inc: { totalLectures: 1 } }
        const course = await Courses.findOneAndUpdate({ _id: courseId, ...editedBy(editor) }, count, {
          session,
        })
        if (course === null) throw await refusal(models, String(courseId), session, 'SECTION_NOT_FOUND')
        const [lecture] = await Lectures.create([{ _id, courseId, sectionId, lectureTitle }], { session })
        if (lecture === undefined) throw new Error('MongoDB created no lecture')
        return toLecture(lecture.toObject())
      }),

    findCourse: (courseId: string, session?: Session) =>
      Courses.findById(courseId)
        .session(session ?? null)
        .lean<CourseRow>(),

    findLecture: (lectureId: string) => Lectures.findById(lectureId).lean<LectureRow>(),

    /** The draft in curriculum order; three queries whatever its size. */
    outline: (course: CourseRow, session?: Session): Promise<CourseOutline> =>
      readOutline(models, course, session),
  }
}

async function readOutline({ Sections, Lectures }: CourseModels, course: CourseRow, session?: Session) {
  const of = { courseId: course._id }
  const sections = await Sections.find(of)
    .session(session ?? null)
    .lean<SectionRow[]>()
  const lectures = await Lectures.find(of)
    .session(session ?? null)
    .lean<LectureRow[]>()
  return outlineOf(course, sections, lectures)
}

/**
 * Drafts are private, so a foreign one is not there, in the words of `absent`; a foreign live course is known but not
 * theirs to change.
 */
export async function refusal(
  { Courses }: CourseModels,
  courseId: string,
  session: Session,
  absent: ErrorCode = 'COURSE_NOT_FOUND',
) {
  const live = await Courses.exists({ _id: courseId, status: 'live' }).session(session)
  return fail(live === null ? absent : 'FORBIDDEN')
}
