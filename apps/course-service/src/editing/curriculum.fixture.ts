import assert from 'node:assert/strict'
import type { CourseModels } from '../courses/store.ts'

/** Section lists, lectures and counts agree: no lecture without a place, no place without a lecture. */
export async function assertWhole({ Courses, Sections, Lectures }: CourseModels, courseId: string) {
  const course = await Courses.findById(courseId).lean()
  assert.ok(course)
  const sections = await Sections.find({ courseId }).lean()
  const lectures = await Lectures.find({ courseId }).lean()
  assert.deepEqual(sections.map(({ _id }) => String(_id)).sort(), course.sections.map(String).sort())
  const placed = sections.flatMap((section) => section.lectures.map((id) => `${section._id} ${id}`)).sort()
  assert.deepEqual(lectures.map(({ _id, sectionId }) => `${sectionId} ${_id}`).sort(), placed)
  assert.equal(course.totalLectures, lectures.length)
  return { course, sections, lectures }
}
