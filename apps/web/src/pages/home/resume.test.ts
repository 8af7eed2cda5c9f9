import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resumeOf } from './resume.ts'

const lecture = (_id: string) => ({ _id, lectureTitle: _id.toUpperCase(), durationSeconds: 60 })
const course = { sections: [{ _id: 's', sectionTitle: 'S', lectures: [lecture('a'), lecture('b')] }] }
const nothing = { watchTimes: {}, completedLectures: [], lastWatchedLecture: null }

test('a course goes on at the exact lecture and second', () => {
  const left = { ...nothing, watchTimes: { a: 7.4, b: 42.8 }, lastWatchedLecture: 'b' }
  assert.deepEqual(resumeOf(course, left), { lectureId: 'b', words: 'Resume “B” at 0:42' })
})

test('a new course starts with its first lecture, and a finished lecture leads to the next', () => {
  assert.deepEqual(resumeOf(course, nothing), { lectureId: 'a', words: 'Start with “A”' })
  const done = { watchTimes: { a: 60 }, completedLectures: ['a'], lastWatchedLecture: 'a' }
  assert.deepEqual(resumeOf(course, done), { lectureId: 'b', words: 'Go on with “B”' })
})

test('a finished course is watched again, one without lectures not at all', () => {
  const done = { watchTimes: { b: 60 }, completedLectures: ['a', 'b'], lastWatchedLecture: 'b' }
  assert.deepEqual(resumeOf(course, done), { lectureId: 'b', words: 'Watch “B” again' })
  assert.equal(resumeOf({ sections: [] }, nothing), undefined)
})
