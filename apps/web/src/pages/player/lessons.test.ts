import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lessonAfter, lessonToResume } from './lessons.ts'

const lessons = ['a', 'b', 'c'].map((_id) => ({ _id, lectureTitle: _id }))
const progress = (completedLectures: string[], lastWatchedLecture: string | null) => ({
  watchTimes: {},
  completionPercentage: 0,
  completedLectures,
  lastWatchedLecture,
})

test('a new student begins with the first lecture', () => {
  assert.equal(lessonToResume(lessons, undefined)?._id, 'a')
  assert.equal(lessonToResume(lessons, progress([], null))?._id, 'a')
})

test('a student goes on with the lecture watched last, or after it when it is finished', () => {
  assert.equal(lessonToResume(lessons, progress([], 'b'))?._id, 'b')
  assert.equal(lessonToResume(lessons, progress(['a', 'b'], 'b'))?._id, 'c')
})

test('who has finished everything, or last watched a lecture that is gone, still gets something to watch', () => {
  assert.equal(lessonToResume(lessons, progress(['a', 'b', 'c'], 'b'))?._id, 'b')
  assert.equal(lessonToResume(lessons, progress(['a'], 'gone'))?._id, 'b')
  assert.equal(lessonToResume([], undefined), undefined)
})

test('the last lecture has none after it', () => {
  assert.equal(lessonAfter(lessons, 'a')?._id, 'b')
  assert.equal(lessonAfter(lessons, 'c'), undefined)
})
