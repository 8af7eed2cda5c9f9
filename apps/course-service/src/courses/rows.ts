import type {
  Course,
  CourseOutline,
  Lecture,
  LectureStatus,
  MediaFailure,
  Section,
} from '@aetherlearn/contracts/course'

/** An ObjectId, or whatever else prints as its 24 hex digits. */
type Ref = { toString(): string }

export type CourseRow = {
  _id: Ref
  title: string
  subtitle: string
  category: string
  creator: Ref
  status: 'draft' | 'live'
  sections: Ref[]
  totalLectures: number
  /** Grows with each publish and withdrawal. */
  version: number
  /** Of the latest snapshot; stays after a withdrawal, as enrolled students keep the course. */
  publishedVersion?: number
  publishedAt?: Date
  createdAt: Date
  updatedAt: Date
}
export type SectionRow = { _id: Ref; courseId: Ref; sectionTitle: string; lectures: Ref[] }
/** Names inside `folder` of the object store. */
export type LectureMedia = { folder: string; hls: string; video: string; poster: string; storyboard: string }
export type LectureRow = {
  _id: Ref
  courseId: Ref
  sectionId: Ref
  lectureTitle: string
  status: LectureStatus
  failure?: MediaFailure
  uploadId?: Ref
  rawVideoUrl?: string
  media?: LectureMedia
  durationSeconds?: number
}

const shared = (row: CourseRow) => ({
  _id: String(row._id),
  title: row.title,
  subtitle: row.subtitle,
  category: row.category,
  creator: String(row.creator),
  status: row.status,
  totalLectures: row.totalLectures,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

export const toCourse = (row: CourseRow): Course => ({ ...shared(row), sections: row.sections.map(String) })

export const toSection = (row: SectionRow): Section => ({
  _id: String(row._id),
  courseId: String(row.courseId),
  sectionTitle: row.sectionTitle,
  lectures: row.lectures.map(String),
})

export const toLecture = (row: LectureRow): Lecture => ({
  _id: String(row._id),
  courseId: String(row.courseId),
  sectionId: String(row.sectionId),
  lectureTitle: row.lectureTitle,
  status: row.status,
  ...(row.failure === undefined ? {} : { failure: row.failure }),
  ...(row.durationSeconds === undefined ? {} : { durationSeconds: row.durationSeconds }),
})

const byId = <T extends { _id: Ref }>(rows: T[]) => new Map(rows.map((row) => [String(row._id), row]))

/** The order of sections and lectures is that of their parents' lists. */
export function outlineOf(course: CourseRow, sections: SectionRow[], lectures: LectureRow[]): CourseOutline {
  const [sectionsById, lecturesById] = [byId(sections), byId(lectures)]
  const { publishedVersion, status } = course
  return {
    ...shared(course),
    ...(status === 'live' && publishedVersion !== undefined ? { publishedVersion } : {}),
    sections: course.sections.flatMap((sectionId) => {
      const section = sectionsById.get(String(sectionId))
      if (section === undefined) return []
      const found = section.lectures.flatMap((lectureId) => lecturesById.get(String(lectureId)) ?? [])
      return [
        { _id: String(section._id), sectionTitle: section.sectionTitle, lectures: found.map(toLecture) },
      ]
    }),
  }
}
