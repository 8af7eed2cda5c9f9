import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import type { ReadNumbers } from '../dashboard/reader.ts'
import { lastDays } from '../dashboard/periods.ts'
import { createVersionReader } from '../versions/reader.ts'
import { createVersionStore } from '../versions/store.ts'
import { createAnswersStore } from './answers-store.ts'
import { createLiveHeat } from './live-heat.ts'
import { createDifficultyReader, createHeatReader, type Students } from './reader.ts'
import { createSignsStore } from './signs-store.ts'

export type LecturePartsOptions = {
  mongo: MongoConnection
  redis: Redis
  readNumbers: ReadNumbers
  now: () => number
}

/** What the statistics of lectures and questions work with. */
export function createLectureParts({ mongo, redis, readNumbers, now }: LecturePartsOptions) {
  const answers = createAnswersStore(mongo)
  const signs = createSignsStore(mongo)
  const versions = createVersionStore(mongo)
  const studentsOf: Students = async (courseId, lectureIds) => {
    const { uniques } = await readNumbers(courseId, lectureIds, lastDays(1, now()))
    return uniques.lectures
  }
  return {
    answers,
    versions,
    readVersions: createVersionReader(versions),
    studentsOf,
    readHeat: createHeatReader({ liveHeat: createLiveHeat(redis), signs }),
    readDifficulty: createDifficultyReader({ signs, answers, studentsOf }),
  }
}
