import type { Course, Lecture, Section } from '@aetherlearn/contracts/course/shapes'
import type { ErrorCode } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { createTurns } from '@aetherlearn/service-kit/turns'
import { Types, type Connection } from 'mongoose'
import type { AssetStore } from '../assets/store.ts'
import {
  toCourse,
  toLecture,
  toSection,
  type CourseRow,
  type LectureRow,
  type Pictured,
  type SectionRow,
  videosOf,
  videosOnly,
} from '../courses/rows.ts'
import { assertCurrent, type Caller } from '../courses/rules.ts'
import { requireCourse, type CourseModels } from '../courses/store.ts'
import { changeOf, detailsOf, placed, without, type CourseChange, type NewCourse } from './rules.ts'

/** Who edits, and which revision they saw. */
export type Edit = { caller: Caller; revision?: number | undefined }
type Deps = { connection: Connection; models: CourseModels; assets: AssetStore }
type Change<Row, T> = (row: Row, session: Session, course: CourseRow) => Promise<T>
export type EditingStore = ReturnType<typeof createEditingStore>

/**
 * Every change of a draft. Parent and child change in one transaction, so that the course's list of sections, their lists
 * of lectures, the lectures themselves and `totalLectures` agree whatever happens.
 */
export function createEditingStore({ connection, models, assets }: Deps) {
  const steps = stepsOf(connection, models)
  return {
    create: async (creator: string, course: NewCourse): Promise<Course & Pictured> =>
      toCourse((await models.Courses.create({ ...detailsOf(course), creator })).toObject()),
    ...courseEdits(models, steps),
    ...sectionEdits(models, assets, steps),
    ...lectureEdits(models, assets, steps),
  }
}

const after = (session: Session) => ({ session, returnDocument: 'after' }) as const
const counted = { $inc: { revision: 1 } }

type Steps = ReturnType<typeof stepsOf>
function stepsOf(connection: Connection, models: CourseModels) {
  const { Sections, Lectures } = models
  const inTurn = createTurns()
  /** A transaction on a course that the caller may edit; to others it is as if it were not there, in words of `absent`. */
  const inCourse = <T>(
    courseId: string,
    caller: Caller,
    change: Change<CourseRow, T>,
    absent?: ErrorCode,
  ): Promise<T> =>
    inTurn(courseId, () =>
      transaction(connection, async (session) => {
        const wanted = { courseId, caller, action: 'edit' } as const
        const course = await requireCourse(models, wanted, session, absent)
        return change(course, session, course)
      }),
    )
  const findSection = async (sectionId: string, session?: Session) => {
    const section = await Sections.findById(sectionId)
      .session(session ?? null)
      .lean<SectionRow>()
    if (section === null) throw fail('SECTION_NOT_FOUND')
    return section
  }
  const findLecture = async (lectureId: string, session?: Session) => {
    const lecture = await Lectures.findById(lectureId)
      .session(session ?? null)
      .lean<LectureRow>()
    if (lecture === null) throw fail('LECTURE_NOT_FOUND')
    return lecture
  }
  return {
    inCourse,
    findSection,
    findLecture,
    /** The same, found by a section; a section never changes its course. */
    async inCourseOfSection<T>(sectionId: string, caller: Caller, change: Change<SectionRow, T>) {
      const { courseId } = await findSection(sectionId)
      const work: Change<CourseRow, T> = async (course, session) =>
        change(await findSection(sectionId, session), session, course)
      return inCourse(String(courseId), caller, work, 'SECTION_NOT_FOUND')
    },
    async inCourseOfLecture<T>(lectureId: string, caller: Caller, change: Change<LectureRow, T>) {
      const { courseId } = await findLecture(lectureId)
      const work: Change<CourseRow, T> = async (course, session) =>
        change(await findLecture(lectureId, session), session, course)
      return inCourse(String(courseId), caller, work, 'LECTURE_NOT_FOUND')
    },
  }
}

/** MongoDB answered no document, inside a transaction that has just read it. */
const gone = (what: string) => new Error(`a ${what} went away inside a transaction`)

function courseEdits({ Courses, Sections }: CourseModels, { inCourse }: Steps) {
  return {
    change: (courseId: string, caller: Caller, change: CourseChange): Promise<Course & Pictured> =>
      inCourse(courseId, caller, async (course, session) => {
        assertCurrent(course, change.revision)
        const update = changeOf(change)
        if (update === undefined) return toCourse(course)
        const changed = await Courses.findByIdAndUpdate(courseId, update, after(session)).lean<CourseRow>()
        if (changed === null) throw gone('course')
        return toCourse(changed)
      }),

    addSection: (courseId: string, caller: Caller, sectionTitle: string): Promise<Section> =>
      inCourse(courseId, caller, async (_course, session) => {
        const _id = new Types.ObjectId()
        await Courses.updateOne({ _id: courseId }, { $push: { sections: _id }, ...counted }, { session })
        const [section] = await Sections.create([{ _id, courseId, sectionTitle, lectures: [] }], { session })
        if (section === undefined) throw gone('section')
        return toSection(section.toObject())
      }),
  }
}

function sectionEdits({ Courses, Sections, Lectures }: CourseModels, assets: AssetStore, steps: Steps) {
  const { inCourseOfSection } = steps
  return {
    renameSection: (sectionId: string, { caller, revision }: Edit, sectionTitle: string): Promise<Section> =>
      inCourseOfSection(sectionId, caller, async (section, session) => {
        assertCurrent(section, revision)
        const change = { $set: { sectionTitle }, ...counted }
        const row = await Sections.findByIdAndUpdate(sectionId, change, after(session)).lean<SectionRow>()
        if (row === null) throw gone('section')
        return toSection(row)
      }),

    /** The revision is that of the course, whose list it is. */
    moveSection: (
      sectionId: string,
      { caller, revision }: Edit,
      position: number,
    ): Promise<Course & Pictured> =>
      inCourseOfSection(sectionId, caller, async ({ _id, courseId }, session, course) => {
        assertCurrent(course, revision)
        const change = { $set: { sections: placed(course.sections, _id, position) }, ...counted }
        const row = await Courses.findByIdAndUpdate(courseId, change, after(session)).lean<CourseRow>()
        if (row === null) throw gone('course')
        return toCourse(row)
      }),

    deleteSection: (sectionId: string, { caller, revision }: Edit): Promise<void> =>
      inCourseOfSection(sectionId, caller, async (section, session) => {
        assertCurrent(section, revision)
        const { _id, courseId, lectures } = section
        const change = { $pull: { sections: _id }, $inc: { revision: 1, totalLectures: -lectures.length } }
        await Courses.updateOne({ _id: courseId }, change, { session })
        await Sections.deleteOne({ _id }, { session })
        const videos = await Lectures.find({ _id: { $in: lectures } }, videosOnly)
          .session(session)
          .lean<LectureRow[]>()
        await Lectures.deleteMany({ _id: { $in: lectures } }, { session })
        await assets.release(videos.flatMap(videosOf), session)
      }),

    addLecture: (sectionId: string, caller: Caller, lectureTitle: string): Promise<Lecture> =>
      inCourseOfSection(sectionId, caller, async ({ courseId }, session) => {
        const _id = new Types.ObjectId()
        const listed = { $push: { lectures: _id }, ...counted }
        await Sections.updateOne({ _id: sectionId }, listed, { session })
        await Courses.updateOne({ _id: courseId }, { $inc: { totalLectures: 1 } }, { session })
        const [lecture] = await Lectures.create([{ _id, courseId, sectionId, lectureTitle }], { session })
        if (lecture === undefined) throw gone('lecture')
        return toLecture(lecture.toObject())
      }),
  }
}

function lectureEdits({ Courses, Sections, Lectures }: CourseModels, assets: AssetStore, steps: Steps) {
  const { inCourseOfLecture, findSection } = steps
  const list = async (section: SectionRow, lectures: SectionRow['lectures'], session: Session) => {
    const change = { $set: { lectures }, ...counted }
    const row = await Sections.findByIdAndUpdate(section._id, change, after(session)).lean<SectionRow>()
    if (row === null) throw gone('section')
    return toSection(row)
  }
  return {
    renameLecture: (lectureId: string, { caller, revision }: Edit, lectureTitle: string): Promise<Lecture> =>
      inCourseOfLecture(lectureId, caller, async (lecture, session) => {
        assertCurrent(lecture, revision)
        const change = { $set: { lectureTitle }, ...counted }
        const row = await Lectures.findByIdAndUpdate(lectureId, change, after(session)).lean<LectureRow>()
        if (row === null) throw gone('lecture')
        return toLecture(row)
      }),

    /** Its id stays, and with it what students have watched. The revision is that of the section it goes to. */
    moveLecture: (
      lectureId: string,
      { caller, revision }: Edit,
      to: { sectionId: string; position: number },
    ): Promise<Section[]> =>
      inCourseOfLecture(lectureId, caller, async (lecture, session) => {
        const target = await findSection(to.sectionId, session)
        if (String(target.courseId) !== String(lecture.courseId)) throw fail('SECTION_NOT_FOUND')
        assertCurrent(target, revision)
        const reached = await list(target, placed(target.lectures, lecture._id, to.position), session)
        if (String(lecture.sectionId) === to.sectionId) return [reached]
        const source = await findSection(String(lecture.sectionId), session)
        const left = await list(source, without(source.lectures, lecture._id), session)
        await Lectures.updateOne({ _id: lectureId }, { $set: { sectionId: target._id } }, { session })
        return [reached, left]
      }),

    deleteLecture: (lectureId: string, { caller, revision }: Edit): Promise<void> =>
      inCourseOfLecture(lectureId, caller, async (lecture, session) => {
        assertCurrent(lecture, revision)
        const { _id, courseId, sectionId } = lecture
        await Sections.updateOne({ _id: sectionId }, { $pull: { lectures: _id }, ...counted }, { session })
        await Courses.updateOne({ _id: courseId }, { $inc: { totalLectures: -1 } }, { session })
        await Lectures.deleteOne({ _id }, { session })
        await assets.release(videosOf(lecture), session)
      }),
  }
}
