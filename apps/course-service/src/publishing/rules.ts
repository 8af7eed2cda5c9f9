import type { CourseStatus, LectureStatus, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import type { FieldError } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'
import { packageIn, type CourseRow, type LectureContent } from '../courses/rows.ts'
import { detailsOf, type DraftLecture, type DraftSection } from './draft.ts'
import { publishedPictureUrl } from '../thumbnails/rules.ts'

/** The longest course that can be published: its snapshot is one document. */
export const MAX_LECTURES = 10_000

const lacking: Record<LectureStatus, string> = {
  AWAITING_MEDIA: 'has no video or package yet',
  PROCESSING: 'has a video that is still being processed',
  FAILED: 'has a video that could not be processed',
  READY: 'is ready',
}
const MISSING_NAMED = 1000

/** What each lecture lacks, so that the instructor knows what to do. */
export const missing = (draft: DraftSection[]): FieldError[] =>
  draft
    .flatMap(({ lectures }) => lectures)
    .filter(({ status }) => status !== 'READY')
    .slice(0, MISSING_NAMED)
    .map(({ _id, lectureTitle, status }) => ({
      field: String(_id),
      message: `“${lectureTitle}” ${lacking[status]}`,
    }))

/** The video or package of a lecture as students have it, whatever becomes of the lecture in the draft. */
export type FrozenLecture = { lectureId: string; media: LectureContent; durationSeconds: number }
/** A snapshot's content. Of snapshots from before videos were frozen, `lectures` is not there. */
export type Frozen = { course: PublishedCourse; lectures?: FrozenLecture[] }

/** While a new video is made, or when it could not be made, the one before it is what there is to play. */
const isPlayable = (lecture: DraftLecture): lecture is DraftLecture & { media: LectureContent } =>
  lecture.media !== undefined

/** Throws COURSE_NOT_PUBLISHABLE, naming what is missing. */
export function assertPublishable(draft: DraftSection[]) {
  const lectures = draft.flatMap((section) => section.lectures)
  if (!lectures.some(({ status, media }) => status === 'READY' && media !== undefined)) {
    const detail = 'A course needs at least one lecture whose video or package is ready.'
    throw fail('COURSE_NOT_PUBLISHABLE', { detail, errors: missing(draft) })
  }
  if (lectures.length > MAX_LECTURES) {
    const detail = `A course of ${lectures.length} lectures is too large; at most ${MAX_LECTURES} can be published.`
    throw fail('COURSE_NOT_PUBLISHABLE', { detail })
  }
}

/** What students would see: the lectures that can be played, in their order, without sections that would be empty. */
export function freeze(row: CourseRow, draft: DraftSection[], version: number, publishedAt: Date) {
  const playable = draft
    .map(({ section, lectures }) => ({ section, lectures: lectures.filter(isPlayable) }))
    .filter(({ lectures }) => lectures.length > 0)
  const lectures = playable
    .flatMap((part) => part.lectures)
    .map(({ _id, media, durationSeconds = 0 }) => ({ lectureId: String(_id), media, durationSeconds }))
  const course: PublishedCourse = {
    _id: String(row._id),
    ...detailsOf(row),
    creator: String(row.creator),
    ...(row.thumbnail === undefined
      ? {}
      : { thumbnailUrl: publishedPictureUrl(String(row._id), row.thumbnail.folder) }),
    version,
    publishedAt: publishedAt.toISOString(),
    totalLectures: lectures.length,
    durationSeconds: lectures.reduce((sum, lecture) => sum + lecture.durationSeconds, 0),
    sections: playable.map((part) => ({
      _id: String(part.section._id),
      sectionTitle: part.section.sectionTitle,
      lectures: part.lectures.map(({ _id, lectureTitle, durationSeconds = 0, media }) => ({
        _id: String(_id),
        lectureTitle,
        durationSeconds,
        ...kindOf(media),
      })),
    })),
  }
  return { course, lectures } satisfies Frozen
}

function kindOf(media: LectureContent) {
  const held = packageIn(media)
  return held === undefined ? {} : { package: { standard: held.package.standard } }
}

type Stage = Pick<CourseRow, 'status' | 'publishedVersion'>

/** Where a course may go by itself; publishing leads to `live` from everywhere and is a way of its own. */
const moves: Record<CourseStatus, readonly CourseStatus[]> = {
  draft: ['in-review'],
  'in-review': ['draft'],
  live: ['unlisted', 'archived', 'draft'],
  unlisted: ['live', 'archived', 'draft'],
  archived: ['draft'],
}

/** A review comes before the first publish alone, and only where the setting asks for it. */
const needsReview = ({ publishedVersion }: Stage, reviewRequired: boolean) =>
  reviewRequired && publishedVersion === undefined

export const movesFrom = (stage: Stage, reviewRequired: boolean): CourseStatus[] =>
  moves[stage.status].filter((to) => to !== 'in-review' || needsReview(stage, reviewRequired))

/** Throws STATUS_REFUSED, saying what is allowed. */
export function assertMove(stage: Stage, to: CourseStatus, reviewRequired: boolean) {
  const allowed = movesFrom(stage, reviewRequired)
  if (allowed.includes(to)) return
  const ways = [...allowed.map((status) => `become “${status}”`), 'be published']
  const detail = `A course that is “${stage.status}” cannot become “${to}”; it can ${ways.join(' or ')}.`
  const message = allowed.length === 0 ? 'no other state is allowed' : `must be one of ${allowed.join(', ')}`
  throw fail('STATUS_REFUSED', { detail, errors: [{ field: 'body.status', message }] })
}

/** Throws REVIEW_REQUIRED where only an admin may publish, as an approval. */
export function assertReviewed(stage: Stage, role: string, reviewRequired: boolean) {
  if (role === 'admin' || !needsReview(stage, reviewRequired)) return
  const detail =
    stage.status === 'in-review'
      ? 'It waits for an admin, who approves it by publishing it.'
      : 'Submit it with PUT /api/v1/course/:courseId/status { "status": "in-review" }; an admin publishes it.'
  throw fail('REVIEW_REQUIRED', { detail })
}

/** A new version changes nothing about who finds an unlisted course. */
export const statusAfterPublish = ({ status }: Stage): CourseStatus =>
  status === 'unlisted' ? 'unlisted' : 'live'
