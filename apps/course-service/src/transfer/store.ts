import type { Course } from '@aetherlearn/contracts/course/shapes'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { Types, type Connection } from 'mongoose'
import type { AssetStore } from '../assets/store.ts'
import { copyCaptions } from '../captions/copy-store.ts'
import { toCourse, videosOf, type CourseRow, type LectureRow, type SectionRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { requireCourse, type CourseModels } from '../courses/store.ts'
import { detailsOf, inOrder } from '../publishing/draft.ts'
import { titleOfCopy } from './rules.ts'

type Deps = { connection: Connection; models: CourseModels; assets: AssetStore }
type Ordered = { section: SectionRow; lectures: LectureRow[] }
/** In curriculum order, with all that is known of each lecture. */
export type WholeDraft = { course: CourseRow; sections: Ordered[] }
/** What of a lecture a copy has, too. */
type NewLecture = Omit<LectureRow, '_id' | 'courseId' | 'sectionId' | 'revision'>
export type NewDraft = {
  course: Omit<Partial<CourseRow>, '_id'>
  sections: { sectionTitle: string; lectures: NewLecture[] }[]
}
/** How a lecture names the file that was sent for it. */
export const RAW_OBJECT = /^object:(.+)$/

export type TransferStore = ReturnType<typeof createTransferStore>

/** Whole courses, in and out. */
export function createTransferStore({ connection, models, assets }: Deps) {
  /** For who may edit it; to others it is as if it were not there. */
  const readDraft = async (courseId: string, caller: Caller, session: Session): Promise<WholeDraft> => {
    const course = await requireCourse(models, { courseId, caller, action: 'edit' }, session)
    const sections = await models.Sections.find({ courseId }).session(session).lean<SectionRow[]>()
    const lectures = await models.Lectures.find({ courseId }).session(session).lean<LectureRow[]>()
    return { course, sections: inOrder(course, sections, lectures) }
  }
  return {
    readDraft: (courseId: string, caller: Caller): Promise<WholeDraft> =>
      transaction(connection, (session) => readDraft(courseId, caller, session)),

    /** In one transaction with the look at the original, so that no video goes away in between. */
    duplicate: (courseId: string, caller: Caller, title: string | undefined): Promise<Course> =>
      transaction(connection, async (session) => {
        const { course, sections } = await readDraft(courseId, caller, session)
        const { seatLimit } = course
        const details = { ...detailsOf(course), ...(seatLimit === undefined ? {} : { seatLimit }) }
        const copy = {
          course: { ...details, title: title ?? titleOfCopy(course.title), creator: caller.id },
          sections: sections.map(({ section: { sectionTitle }, lectures }) => ({
            sectionTitle,
            lectures: lectures.map(contentOf),
          })),
        }
        const originals = sections.flatMap(({ lectures }) => lectures)
        await assets.keep(originals.flatMap(videosOf), session)
        const made = await insertDraft(models, copy, session)
        await copyCaptions(connection, pairs(originals, made.lectures), session)
        return made.course
      }),
  }
}

/** Both are in curriculum order. */
const pairs = (originals: LectureRow[], copies: Omit<LectureRow, 'revision'>[]) =>
  originals.flatMap((original, n) => {
    const copy = copies[n]
    if (copy === undefined) return []
    const uploadIds = videosOf(original).flatMap((ref) => (ref === undefined ? [] : [String(ref)]))
    return [{ from: String(original._id), to: String(copy._id), courseId: String(copy.courseId), uploadIds }]
  })

/** All but where it stands, and the count of its edits. */
function contentOf({
  _id,
  courseId: _course,
  sectionId: _section,
  revision: _edits,
  ...lecture
}: LectureRow) {
  return lecture
}

/** Under new ids, in the order given. */
export async function insertDraft(
  { Courses, Sections, Lectures }: CourseModels,
  { course, sections }: NewDraft,
  session: Session,
): Promise<{ course: Course; lectures: Omit<LectureRow, 'revision'>[] }> {
  const courseId = new Types.ObjectId()
  const lectures: Omit<LectureRow, 'revision'>[] = []
  const rows = sections.map(({ sectionTitle, lectures: within }) => {
    const sectionId = new Types.ObjectId()
    const made = within.map((lecture) => ({ ...lecture, _id: new Types.ObjectId(), courseId, sectionId }))
    lectures.push(...made)
    return { _id: sectionId, courseId, sectionTitle, lectures: made.map(({ _id }) => _id) }
  })
  await Lectures.insertMany(lectures, { session })
  await Sections.insertMany(rows, { session })
  const placed = { sections: rows.map(({ _id }) => _id), totalLectures: lectures.length }
  const [made] = await Courses.create([{ ...course, _id: courseId, ...placed }], { session })
  if (made === undefined) throw new Error('MongoDB made no course')
  return { course: toCourse(made.toObject()), lectures }
}
