import { createHash } from 'node:crypto'
import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import type { CourseRow, LectureRow, SectionRow } from '../courses/rows.ts'

/** What of a lecture is published. */
export type DraftLecture = Pick<LectureRow, '_id' | 'lectureTitle' | 'status' | 'media' | 'durationSeconds'>
type OrderedSection<L> = { section: SectionRow; lectures: L[] }
/** A section of the draft with its lectures, both in the order of their parents' lists. */
export type DraftSection = OrderedSection<DraftLecture>

const byId = <T extends { _id: { toString(): string } }>(rows: T[]) =>
  new Map(rows.map((row) => [String(row._id), row]))

export function inOrder<L extends DraftLecture>(
  course: CourseRow,
  sections: SectionRow[],
  lectures: L[],
): OrderedSection<L>[] {
  const [sectionsById, lecturesById] = [byId(sections), byId(lectures)]
  return course.sections.flatMap((sectionId) => {
    const section = sectionsById.get(String(sectionId))
    if (section === undefined) return []
    const found = section.lectures.flatMap((lectureId) => lecturesById.get(String(lectureId)) ?? [])
    return [{ section, lectures: found }]
  })
}

export type Details = Pick<
  PublishedCourse,
  | 'title'
  | 'subtitle'
  | 'description'
  | 'category'
  | 'level'
  | 'language'
  | 'price'
  | 'currency'
  | 'completion'
>
/** What a course says of itself, and nothing else of it. */
export const detailsOf = (course: Details): Details => {
  const { title, subtitle, description, category, level, language, price, currency, completion } = course
  const texts = { title, subtitle, description, category, level, language, price, currency }
  return completion === undefined ? texts : { ...texts, completion }
}

/**
 * The same for two drafts exactly when nothing that an instructor edits for students differs: details, titles, order,
 * videos. Compared with what was noted at the last publish, so that no edit can forget to count itself, and one that
 * was taken back does not count.
 */
export function digestOf(course: CourseRow, draft: DraftSection[]): string {
  const content = draft.map(({ section, lectures }) => [
    String(section._id),
    section.sectionTitle,
    lectures.map(({ _id, lectureTitle, media }) => [String(_id), lectureTitle, media?.folder]),
  ])
  return createHash('sha256')
    .update(JSON.stringify([detailsOf(course), course.thumbnail?.folder, content]))
    .digest('base64')
}
