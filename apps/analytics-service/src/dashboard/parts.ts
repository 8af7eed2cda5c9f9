import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import type { OpenEventLog } from '../eventlog/open.ts'
import type { SketchStore } from '../flush/sketch-store.ts'
import type { Sketches } from '../flush/sketches.ts'
import { createPeriodReader } from './compare-reader.ts'
import { createDayStudents } from './day-students.ts'
import { createLectureStudents } from './lecture-students.ts'
import { createLiveReader } from './live.ts'
import { createPlaybackReader } from './playback-store.ts'
import { createReader } from './reader.ts'
import { createNumbersStore } from './store.ts'

export type DashboardPartsOptions = {
  mongo: MongoConnection
  redis: Redis
  sketchStore: SketchStore
  sketches: Sketches
  eventLog: OpenEventLog | undefined
}

/** What the numbers of a course are read with. */
export function createDashboardParts(options: DashboardPartsOptions) {
  const { mongo, redis, sketchStore, sketches, eventLog } = options
  const live = createLiveReader(redis)
  const numbers = createNumbersStore(mongo)
  const inRows = {
    dayStudents: createDayStudents(redis, sketchStore),
    lectureStudents: createLectureStudents(redis, createPlaybackReader(mongo)),
  }
  const counted = eventLog?.countedBy(inRows) ?? inRows
  return {
    live,
    numbers,
    readNumbers: createReader({ live, sketches, numbers }),
    readPeriod: createPeriodReader({ live, numbers, ...counted }),
  }
}
