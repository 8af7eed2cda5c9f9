import { createErasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import { createPersonalStore } from '../personal/store.ts'
import { createSweep } from '../personal/sweep.ts'
import { createTraces } from '../personal/traces.ts'
import { createActivityStore } from './activity-store.ts'
import { createNamesStore } from './names-store.ts'
import { createStudentStore } from './store.ts'

/** What is held about single students: they can read it, and it goes when they are erased. */
export function openPeople(mongo: MongoConnection, redis: Redis, now: () => number) {
  const personal = createPersonalStore(mongo)
  const traces = createTraces(redis)
  const erasure = createErasure({ connection: mongo, sweep: createSweep({ personal, traces }), now })
  const activity = createActivityStore(mongo, erasure)
  const students = createStudentStore(mongo, activity)
  return { personal, traces, erasure, activity, students, names: createNamesStore(mongo, erasure) }
}
