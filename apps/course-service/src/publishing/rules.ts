import type {
  CourseOutline,
  Lecture,
  LectureStatus,
  PublishedCourse,
} from '@aetherlearn/contracts/course/shapes'
import type { FieldError } from '@aetherlearn/contracts/errors'
import { fail } from '@aetherlearn/service-kit/errors'

const lacking: Record<LectureStatus, string> = {
  AWAITING_MEDIA: 'has no video yet',
  PROCESSING: 'has a video that is still being processed',
  FAILED: 'has a video that could not be processed',
  READY: 'is ready',
}

const isPlayable = (lecture: Lecture) => lecture.status === 'READY'

/** What each lecture lacks, so that the instructor knows what to do. */
export const missing = (outline: CourseOutline): FieldError[] =>
  outline.sections
    .flatMap((section) => section.lectures)
    .filter((lecture) => !isPlayable(lecture))
    .map(({ _id, lectureTitle, status }) => ({ field: _id, message: `“${lectureTitle}” ${lacking[status]}` }))

/** What students see: the lectures that can be played, in their order, without sections that would be empty. */
export function snapshotOf(outline: CourseOutline, version: number, publishedAt: Date): PublishedCourse {
  const sections = outline.sections
    .map((section) => ({
      _id: section._id,
      sectionTitle: section.sectionTitle,
      lectures: section.lectures.filter(isPlayable).map(({ _id, lectureTitle, durationSeconds = 0 }) => ({
        _id,
        lectureTitle,
        durationSeconds,
      })),
    }))
    .filter((section) => section.lectures.length > 0)
  const lectures = sections.flatMap((section) => section.lectures)
  if (lectures.length === 0) {
    const detail = 'A course needs at least one lecture whose video is ready.'
    throw fail('COURSE_NOT_PUBLISHABLE', { detail, errors: missing(outline) })
  }
  const { _id, title, subtitle, description, category, level, language, price, currency, creator } = outline
  const durationSeconds = lectures.reduce((sum, lecture) => sum + lecture.durationSeconds, 0)
  const counts = { totalLectures: lectures.length, durationSeconds }
  return {
    _id,
    title,
    subtitle,
    description,
    category,
    level,
    language,
    price,
    currency,
    creator,
    version,
    publishedAt: publishedAt.toISOString(),
    ...counts,
    sections,
  }
}
