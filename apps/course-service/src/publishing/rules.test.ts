import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { Failure } from '@aetherlearn/service-kit/errors'
import { newId } from '@aetherlearn/testing/ids'
import type { CourseRow, LectureRow } from '../courses/rows.ts'
import { assertCurrent } from '../courses/rules.ts'
import { digestOf, type DraftSection } from './draft.ts'
import {
  MAX_LECTURES,
  assertMove,
  assertPublishable,
  assertReviewed,
  freeze,
  statusAfterPublish,
} from './rules.ts'

const states: CourseStatus[] = ['draft', 'in-review', 'live', 'unlisted', 'archived']
/** The failure of a call that must be refused; nothing of one that must not. */
const failureOf = (call: () => void): Failure | undefined => {
  try {
    call()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  return undefined
}

/** Every way that is open; all others are refused. */
const open: Record<CourseStatus, CourseStatus[]> = {
  draft: [],
  'in-review': ['draft'],
  live: ['unlisted', 'archived', 'draft'],
  unlisted: ['live', 'archived', 'draft'],
  archived: ['draft'],
}

for (const from of states) {
  for (const to of states.filter((state) => state !== from)) {
    test(`${from} → ${to}: ${open[from].includes(to) ? 'allowed' : 'refused, with what is allowed'}`, () => {
      const failure = failureOf(() => assertMove({ status: from, publishedVersion: 1 }, to, true))
      assert.equal(failure === undefined, open[from].includes(to))
      if (failure === undefined) return
      assert.deepEqual([failure.code, failure.status], ['STATUS_REFUSED', 409])
      for (const allowed of open[from]) assert.match(failure.options.detail ?? '', new RegExp(`“${allowed}”`))
      assert.match(failure.options.detail ?? '', /be published/)
      assert.equal(failure.options.errors?.[0]?.field, 'body.status')
    })
  }
}

test('a course goes into review only before its first publish, and only where reviews are asked for', () => {
  const submit = (publishedVersion: number | undefined, required: boolean) =>
    failureOf(() =>
      assertMove(
        { status: 'draft', ...(publishedVersion === undefined ? {} : { publishedVersion }) },
        'in-review',
        required,
      ),
    )
  assert.equal(submit(undefined, true), undefined)
  assert.equal(submit(undefined, false)?.code, 'STATUS_REFUSED')
  assert.equal(submit(1, true)?.code, 'STATUS_REFUSED')
  assert.equal(submit(1, false)?.code, 'STATUS_REFUSED')
})

test('where reviews are asked for, an admin alone publishes a course the first time', () => {
  for (const status of ['draft', 'in-review'] as const) {
    const publish = (role: string, required: boolean) =>
      failureOf(() => assertReviewed({ status }, role, required))
    assert.equal(publish('instructor', true)?.code, 'REVIEW_REQUIRED')
    assert.equal(publish('admin', true), undefined)
    assert.equal(publish('instructor', false), undefined)
    const again = failureOf(() => assertReviewed({ status, publishedVersion: 3 }, 'instructor', true))
    assert.equal(again, undefined)
  }
})

test('a publish makes a course live, and leaves an unlisted one unlisted', () => {
  const after = states.map((status) => statusAfterPublish({ status }))
  assert.deepEqual(after, ['live', 'live', 'live', 'unlisted', 'live'])
})

test('an edit that did not see the last one is told its revision', () => {
  assert.equal(
    failureOf(() => assertCurrent({ revision: 4 }, undefined)),
    undefined,
  )
  assert.equal(
    failureOf(() => assertCurrent({ revision: 4 }, 4)),
    undefined,
  )
  assert.equal(failureOf(() => assertCurrent({ revision: 4 }, 3))?.options.currentRevision, 4)
})

const row: CourseRow = {
  _id: newId(),
  title: 'Algebra',
  subtitle: '',
  description: '',
  category: 'Mathematics',
  level: 'all',
  language: 'en',
  price: 0,
  currency: 'EUR',
  creator: newId(),
  people: [],
  status: 'draft',
  sections: [],
  totalLectures: 0,
  revision: 0,
  version: 1,
  createdAt: new Date(),
  updatedAt: new Date(),
}
const media = (folder: string) => ({
  uploadId: newId(),
  folder,
  hls: 'master.m3u8',
  video: 'video.mp4',
  poster: 'poster.jpg',
  storyboard: 'storyboard.vtt',
})
const lecture = (lectureTitle: string, more: Partial<LectureRow> = {}): LectureRow => ({
  _id: newId(),
  courseId: row._id,
  sectionId: newId(),
  lectureTitle,
  status: 'AWAITING_MEDIA',
  revision: 0,
  ...more,
})
const ready = (lectureTitle: string, folder = lectureTitle) =>
  lecture(lectureTitle, { status: 'READY', media: media(folder), durationSeconds: 60 })
const section = (sectionTitle: string, lectures: LectureRow[]): DraftSection => ({
  section: { _id: newId(), courseId: row._id, sectionTitle, lectures: [], revision: 0 },
  lectures,
})

test('each lecture that is not ready is named with what it lacks', () => {
  const lectures = [lecture('a'), lecture('b', { status: 'PROCESSING' }), lecture('c', { status: 'FAILED' })]
  const { code, options } = failureOf(() => assertPublishable([section('One', lectures)])) ?? assert.fail()
  assert.equal(code, 'COURSE_NOT_PUBLISHABLE')
  assert.deepEqual(
    options.errors,
    lectures.map(({ _id, lectureTitle }, n) => ({
      field: _id,
      message: `“${lectureTitle}” ${['has no video or package yet', 'has a video that is still being processed', 'has a video that could not be processed'][n]}`,
    })),
  )
})

test('a lecture whose new video is not there yet is published with the one before it', () => {
  const again = lecture('again', { status: 'PROCESSING', media: media('old'), durationSeconds: 7 })
  const draft = [section('Empty', [lecture('none')]), section('One', [again, ready('new')])]
  assertPublishable(draft)
  const { course, lectures } = freeze(row, draft, 3, new Date(0))
  assert.deepEqual(
    lectures.map((frozen) => frozen.media.folder),
    ['old', 'new'],
  )
  assert.deepEqual([course.sections.length, course.totalLectures, course.durationSeconds], [1, 2, 67])
  assert.equal(failureOf(() => assertPublishable([section('One', [again])]))?.code, 'COURSE_NOT_PUBLISHABLE')
})

test('a course of more lectures than one snapshot takes is refused with the limit', () => {
  const lectures = Array.from({ length: MAX_LECTURES + 1 }, () => ready('x'))
  const failure = failureOf(() => assertPublishable([section('One', lectures)]))
  assert.match(failure?.options.detail ?? '', /10001 lectures.*10000/)
})

test('every edit that counts gives the draft another digest, and one that is taken back the old one', () => {
  const [a, b] = [ready('a'), ready('b')]
  const draft = [section('One', [a, b]), section('Two', [])]
  const [one, two] = draft
  assert.ok(one && two)
  const before = digestOf(row, draft)
  const edits = {
    title: digestOf({ ...row, title: 'Other' }, draft),
    price: digestOf({ ...row, price: 1 }, draft),
    thumbnail: digestOf({ ...row, thumbnail: { folder: 'x' } }, draft),
    'section title': digestOf(row, [{ ...one, section: { ...one.section, sectionTitle: 'x' } }, two]),
    'order of sections': digestOf(row, [two, one]),
    'section gone': digestOf(row, [one]),
    'lecture title': digestOf(row, [{ ...one, lectures: [{ ...a, lectureTitle: 'x' }, b] }, two]),
    'order of lectures': digestOf(row, [{ ...one, lectures: [b, a] }, two]),
    'lecture moved': digestOf(row, [
      { ...one, lectures: [a] },
      { ...two, lectures: [b] },
    ]),
    'lecture added': digestOf(row, [{ ...one, lectures: [a, b, lecture('c')] }, two]),
    'video replaced': digestOf(row, [{ ...one, lectures: [{ ...a, media: media('other') }, b] }, two]),
  }
  for (const [edit, digest] of Object.entries(edits)) assert.notEqual(digest, before, edit)
  assert.equal(new Set(Object.values(edits)).size, Object.keys(edits).length)
  assert.equal(digestOf({ ...row, revision: 9, seatLimit: 3, status: 'live' }, draft), before)
})
