import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { PackageSummary } from '@aetherlearn/contracts/course/packages'
import type {
  Course,
  CourseOutline,
  Lecture,
  LectureStatus,
  Loudness,
  MediaFailure,
  Section,
  CourseRole,
  CourseStatus,
  Level,
  ScheduleFailure,
} from '@aetherlearn/contracts/course/shapes'
import { loudnessFor } from '../media/loudness.ts'
import { digestOf, inOrder, type DraftSection } from '../publishing/draft.ts'

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
  /** Never the default, which is no field: a draft that says the same is the same. */
  completion?: CompletionRule
  creator: Ref
  /** Who works on it besides its creator. */
  people: { userId: Ref; role: CourseRole }[]
  status: CourseStatus
  seatLimit?: number
  /** The draft's picture; its files lie in `folder` of the object store. */
  thumbnail?: { folder: string }
  /** Counts the changes of `people`. */
  peopleSequence?: number
  /** Written by whoever gives seats, so that they do so one after the other. */
  enrolmentRounds?: number
  sections: Ref[]
  totalLectures: number
  /** Counts the edits of the fields above; not those of sections and lectures themselves. */
  revision: number
  /** Grows with each publish and withdrawal. */
  version: number
  /** Of the latest snapshot; stays after a withdrawal, as enrolled students keep the course. */
  publishedVersion?: number
  publishedAt?: Date
  /** The digest of the draft that became the snapshot which students see (`publishing/draft.ts`). */
  publishedDraft?: string
  /** Since when it waits for a review. */
  submittedAt?: Date
  /** Why a review sent it back. */
  reviewReason?: string
  /** When the draft is published by itself, for whom, and why it was not the last time. */
  publishAt?: Date
  scheduledBy?: Ref
  scheduleFailure?: ScheduleFailure
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
  loudness?: Loudness
}
/** What a lecture is instead of a video: its files lie in `folder`, what it opens stands with its asset. */
export type PackageMedia = {
  uploadId: Ref
  folder: string
  package: Omit<PackageSummary, 'packageId'>
}
export type LectureContent = LectureMedia | PackageMedia
/** What can be played of a video that is still being made. */
export type LecturePreview = Pick<LectureMedia, 'uploadId' | 'folder'> & { durationSeconds: number }
export type LectureRow = {
  _id: Ref
  courseId: Ref
  sectionId: Ref
  lectureTitle: string
  status: LectureStatus
  failure?: MediaFailure
  uploadId?: Ref
  rawVideoUrl?: string
  /** When it last came to wait for its video. */
  processingSince?: Date
  media?: LectureContent
  /** Of the video that is PROCESSING. */
  preview?: LecturePreview
  durationSeconds?: number
  revision: number
}

/** The fields that `videosOf` reads. */
export const videosOnly = { uploadId: 1, 'media.uploadId': 1 } as const
/** The video that plays and the one that is being made; they are the same after a while. */
export const videosOf = ({ uploadId, media }: Pick<LectureRow, 'uploadId' | 'media'>) => [
  uploadId,
  media?.uploadId,
]

/** Where the draft's picture lies; it never leaves the service, as answers hold what their contracts name. */
export type Pictured = { thumbnail?: { folder: string } }

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
  ...(row.completion === undefined ? {} : { completion: row.completion }),
  creator: String(row.creator),
  ...(row.seatLimit === undefined ? {} : { seatLimit: row.seatLimit }),
  revision: row.revision,
  status: row.status,
  totalLectures: row.totalLectures,
  ...(row.thumbnail === undefined ? {} : { thumbnail: { folder: row.thumbnail.folder } }),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
})

export const toCourse = (row: CourseRow): Course & Pictured => ({
  ...shared(row),
  sections: row.sections.map(String),
})

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
  isPlayable: playableOf(row) !== undefined,
  ...(row.status === 'READY' ? summaryOf(row.media) : {}),
  ...loudnessOf(row),
  revision: row.revision,
})

/** What the people of its course play: the newest video or what there is of it, never the one before. */
export function playableOf({
  status,
  media,
  preview,
}: Pick<LectureRow, 'status' | 'media' | 'preview'>): LectureMedia | LecturePreview | undefined {
  if (status === 'READY') return videoIn(media)
  return status === 'PROCESSING' ? preview : undefined
}

/** Nothing where it is a package. */
export const videoIn = (media: LectureContent | undefined): LectureMedia | undefined =>
  media !== undefined && 'hls' in media ? media : undefined
export const packageIn = (media: LectureContent | undefined): PackageMedia | undefined =>
  media !== undefined && 'package' in media ? media : undefined

const loudnessOf = ({ status, media }: LectureRow) => {
  const loudness = status === 'READY' ? videoIn(media)?.loudness : undefined
  return loudness === undefined ? {} : { loudness: loudnessFor(loudness) }
}

export const summaryOf = (media: LectureContent | undefined): { package?: PackageSummary } => {
  const held = packageIn(media)
  return held === undefined ? {} : { package: { packageId: String(held.uploadId), ...held.package } }
}

/** The order of sections and lectures is that of their parents' lists. */
export function outlineOf(
  course: CourseRow,
  role: CourseRole,
  sections: SectionRow[],
  lectures: LectureRow[],
): CourseOutline & Pictured {
  const draft = inOrder(course, sections, lectures)
  return {
    ...shared(course),
    ...publishingOf(course, draft),
    role,
    sections: draft.map(({ section, lectures: found }) => ({
      _id: String(section._id),
      sectionTitle: section.sectionTitle,
      revision: section.revision,
      lectures: found.map(toLecture),
    })),
  }
}

function publishingOf(course: CourseRow, draft: DraftSection[]) {
  const { publishedVersion, publishAt, scheduleFailure, reviewReason } = course
  return {
    ...(publishedVersion === undefined ? {} : { publishedVersion }),
    hasUnpublishedChanges:
      publishedVersion !== undefined && digestOf(course, draft) !== course.publishedDraft,
    ...(publishAt === undefined ? {} : { publishAt: publishAt.toISOString() }),
    ...(scheduleFailure === undefined ? {} : { scheduleFailure }),
    ...(reviewReason === undefined ? {} : { reviewReason }),
  }
}
