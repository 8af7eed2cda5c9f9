import { randomUUID } from 'node:crypto'
import { newId } from '@aetherlearn/testing/ids'
import type { LogEvent } from './event.ts'

/** A report of ten seconds at the beginning of a lecture. */
export const aReport = (differences: Partial<LogEvent> = {}): LogEvent => ({
  id: randomUUID(),
  traffic: 'students',
  courseId: newId(),
  lectureId: newId(),
  userId: newId(),
  watchedMs: 10_000,
  replayedMs: 0,
  at: Date.parse('2027-03-01T12:00:00Z'),
  playbackId: randomUUID(),
  newPlayback: 1,
  fresh: [0, 1, 2],
  again: [],
  furthestBefore: -1,
  furthest: 2,
  ...differences,
})
