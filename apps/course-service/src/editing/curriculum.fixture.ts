import assert from 'node:assert/strict'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { CourseModels } from '../courses/store.ts'

/**
 * Section lists, lectures and counts agree: no lecture without a place, no place without a lecture. Read at one moment,
 * as an edit whose caller was told that it takes too long, or was killed, may still be committed between two reads.
 */
export async function assertWhole({ Courses, Sections, Lectures }: CourseModels, courseId: string) {
  const { course, sections, lectures } = await transaction(Courses.db, async (session) => ({
    course: await Courses.findById(courseId).session(session).lean(),
    sections: await Sections.find({ courseId }).session(session).lean(),
    lectures: await Lectures.find({ courseId }).session(session).lean(),
  }))
  assert.ok(course)
  assert.deepEqual(sections.map(({ _id }) => String(_id)).sort(), course.sections.map(String).sort())
  const placed = sections.flatMap((section) => section.lectures.map((id) => `${section._id} ${id}`)).sort()
  assert.deepEqual(lectures.map(({ _id, sectionId }) => `${sectionId} ${_id}`).sort(), placed)
  assert.equal(course.totalLectures, lectures.length)
  return { course, sections, lectures }
}
