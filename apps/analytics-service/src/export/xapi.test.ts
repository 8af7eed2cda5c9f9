import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import type { Playback } from '../batch.ts'
import { statementsOf } from './xapi.ts'

const startedAt = new Date('2026-11-02T10:00:00.000Z')
const courseId = newId()
const lecture = { lectureId: newId(), lectureTitle: 'Sets', durationSeconds: 59.4 }
const aPlayback = (more: Partial<Playback> = {}): Playback => ({
  id: '0b6a4a5e-8f0d-4c1b-9a50-5f2f8f3a8f11',
  lectureId: lecture.lectureId,
  userId: newId(),
  startedAt,
  at: new Date('2026-11-02T10:00:40.500Z'),
  watchTimeMs: 35_250,
  ranges: [[0, 12], [14, 21], [50, 60]], // prettier-ignore
  ...more,
})
const later = Date.parse('2026-11-02T12:00:00Z')

/** The value at a path such as `context.extensions.length`; extensions of the profile by their short names. */
function at(statement: unknown, path: string): unknown {
  let value: unknown = statement
  for (const name of path.split('.')) {
    const fields = new Map(Object.entries(Object(value)))
    value = fields.get(name) ?? fields.get(`https://w3id.org/xapi/video/extensions/${name}`)
  }
  return value
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** What the templates of the Video Profile 1.0.3 have to include, besides id and timestamp. */
const included = {
  initialized: ['context.extensions.length'],
  paused: [
    'context.extensions.length',
    'result.extensions.time',
    'result.extensions.progress',
    'result.extensions.played-segments',
  ],
}
const templates: Record<string, string[]> = {
  'http://adlnet.gov/expapi/verbs/initialized': included.initialized,
  'https://w3id.org/xapi/video/verbs/paused': included.paused,
  'http://adlnet.gov/expapi/verbs/terminated': included.paused,
}

test('every statement includes what the templates of the Video Profile demand, in the order of its pattern', () => {
  const statements = statementsOf(aPlayback(), { courseId, lecture, now: later })
  assert.deepEqual(
    statements.map((statement) => at(statement, 'verb.id')),
    Object.keys(templates),
  )
  for (const statement of statements) {
    assert.match(String(statement['id']), UUID)
    assert.match(String(statement['timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    for (const path of templates[String(at(statement, 'verb.id'))] ?? [])
      assert.notEqual(at(statement, path), undefined, path)
    assert.equal(at(statement, 'object.definition.type'), 'https://w3id.org/xapi/video/activity-type/video')
    assert.equal(at(statement, 'context.contextActivities.category.0.id'), 'https://w3id.org/xapi/video')
    // The profile wants a UUID of version 4.
    assert.match(String(at(statement, 'context.extensions.session-id')), /^.{14}4.{4}[89ab]/)
  }
})

test('a statement says who watched how much of which video', () => {
  const playback = aPlayback()
  const [initialized, , terminated] = statementsOf(playback, { courseId, lecture, now: later })
  assert.equal(initialized?.['timestamp'], '2026-11-02T10:00:00.000Z')
  assert.equal(terminated?.['timestamp'], '2026-11-02T10:00:40.500Z')
  assert.deepEqual(terminated?.['actor'], {
    objectType: 'Agent',
    account: { homePage: 'https://aetherlearn.org/identity', name: playback.userId },
  })
  assert.ok(String(at(terminated, 'object.id')).endsWith(`/course/${courseId}/lecture/${lecture.lectureId}`))
  // The last second of the video ends before it is full: 12 + 7 + 9.4 of 59.4.
  assert.deepEqual(terminated['result'], {
    duration: 'PT35.25S',
    extensions: {
      'https://w3id.org/xapi/video/extensions/time': 59.4,
      'https://w3id.org/xapi/video/extensions/progress': 0.478,
      'https://w3id.org/xapi/video/extensions/played-segments': '0[.]12[,]14[.]21[,]50[.]59.4',
    },
  })
})

test('a playback that may go on is not terminated, and what is said of it again later has its own id', () => {
  const options = { courseId, lecture }
  const before = statementsOf(aPlayback(), { ...options, now: startedAt.getTime() + 60_000 })
  const now = new Date('2026-11-02T10:05:00Z')
  const after = statementsOf(aPlayback({ at: now, ranges: [[0, 59]] }), { ...options, now: later }) // prettier-ignore
  assert.equal(before.length, 2)
  const ids = (statements: typeof before) => statements.map(({ id }) => id)
  assert.equal(ids(before)[0], ids(after)[0])
  assert.equal(new Set([...ids(before), ...ids(after)]).size, 4)
  assert.deepEqual(ids(statementsOf(aPlayback(), { ...options, now: later })).slice(0, 2), ids(before))
})

test('where the length of a video is not known, it is as long as what was played of it', () => {
  for (const unknown of [undefined, { ...lecture, durationSeconds: 0 }]) {
    const [, paused] = statementsOf(aPlayback(), { courseId, lecture: unknown, now: later })
    assert.deepEqual(
      [at(paused, 'context.extensions.length'), at(paused, 'result.extensions.progress')],
      [60, 0.483],
    )
  }
  const [, nothing] = statementsOf(aPlayback({ ranges: [] }), { courseId, lecture: undefined, now: later })
  assert.deepEqual(
    [at(nothing, 'result.extensions.progress'), at(nothing, 'result.extensions.played-segments')],
    [0, ''],
  )
})
