import type {
  Course,
  CourseOutline,
  Lecture,
  LectureStatus,
  MediaFailure,
  Section,
  CourseRole,
  CourseStatus,
  Level,
} from '@aetherlearn/contracts/course/shapes'

/** An ObjectId, or whatever else prints as its 24 hex digits. */
type Ref = { toString(): string }

export type CourseRow = {
  _id: Ref
  title: string
  subtitle: string
  description: string
  category: string
  level: Level
  language: string
  /** In the smallest unit of `currency`. */
  price: number
  currency: string
  creator: Ref
  /** Who works on it besides its creator. */
  people: { userId: Ref; role: CourseRole }[]
  status: CourseStatus
  seatLimit?: number
  sections: Ref[]
  totalLectures: number
  /** Counts the edits of the fields above; not those of sections and lectures themselves. */
  revision: number
  /** Grows with each publish and withdrawal. */
  version: number
  /** Of the latest snapshot; stays after a withdrawal, as enrolled students keep the course. */
  publishedVersion?: number
  publishedAt?: Date
  /** Hidden from everybody since then; a sweeper takes away the rest. */
  removedAt?: Date
  createdAt: Date
  updatedAt: Date
}
export type SectionRow = {
  _id: Ref
  courseId: Ref
  sectionTitle: string
  lectures: Ref[]
  revision: number
}
/** Names inside `folder` of the object store, made from the video of one upload. */
export type LectureMedia = {
  uploadId: Ref
  folder: string
  hls: string
  video: string
  poster: string
  storyboard: string
}
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
  revision: number
}

const shared = (row: CourseRow) => ({
  _id: String(row._id),
  title: row.title,
  subtitle: row.subtitle,
  description: row.description,
  category: row.category,
  level: row.level,
  language: row.language,
  price: row.price,
  currency: row.currency,
  creator: String(row.creator),
  ...(row.seatLimit === undefined ? {} : { seatLimit: row.seatLimit }),
  revision: row.revision,
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
  revision: row.revision,
})

export const toLecture = (row: LectureRow): Lecture => ({
  _id: String(row._id),
  courseId: String(row.courseId),
  sectionId: String(row.sectionId),
  lectureTitle: row.lectureTitle,
  status: row.status,
  ...(row.failure === undefined ? {} : { failure: row.failure }),
  ...(row.durationSeconds === undefined ? {} : { durationSeconds: row.durationSeconds }),
  revision: row.revision,
})

const byId = <T extends { _id: Ref }>(rows: T[]) => new Map(rows.map((row) => [String(row._id), row]))

/** The order of sections and lectures is that of their parents' lists. */
export function outlineOf(
  course: CourseRow,
  role: CourseRole,
  sections: SectionRow[],
  lectures: LectureRow[],
): CourseOutline {
  const [sectionsById, lecturesById] = [byId(sections), byId(lectures)]
  const { publishedVersion } = course
  return {
    ...shared(course),
    ...(publishedVersion === undefined ? {} : { publishedVersion }),
    role,
    sections: course.sections.flatMap((sectionId) => {
      const section = sectionsById.get(String(sectionId))
      if (section === undefined) return []
      const found = section.lectures.flatMap((lectureId) => lecturesById.get(String(lectureId)) ?? [])
      return [
        {
          _id: String(section._id),
          sectionTitle: section.sectionTitle,
          revision: section.revision,
          lectures: found.map(toLecture),
        },
      ]
    }),
  }
}
