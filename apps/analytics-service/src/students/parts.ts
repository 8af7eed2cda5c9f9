import { createErasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import type { EventTable } from '../eventlog/event-table.ts'
import { createPersonalStore } from '../personal/store.ts'
import { createSweep } from '../personal/sweep.ts'
import { createTraces } from '../personal/traces.ts'
import { createActivityStore } from './activity-store.ts'
import { createNamesStore } from './names-store.ts'
import { createStudentStore } from './store.ts'

export type PeopleOptions = {
  mongo: MongoConnection
  redis: Redis
  now: () => number
  /** The log of all events, where one is kept. */
  events?: Pick<EventTable, 'ofUser' | 'forget'> | undefined
}

/** What is held about single students: they can read it, and it goes when they are erased. */
export function openPeople({ mongo, redis, now, events }: PeopleOptions) {
  const personal = createPersonalStore(mongo)
  const traces = createTraces(redis)
  const sweep = createSweep({ personal, traces, ...(events && { forgetEvents: events.forget }) })
  const erasure = createErasure({ connection: mongo, sweep, now })
  const activity = createActivityStore(mongo, erasure)
  const students = createStudentStore(mongo, activity)
  const eventsOf = events?.ofUser
  return {
    personal,
    traces,
    ...(eventsOf && { eventsOf }),
    erasure,
    activity,
    students,
    names: createNamesStore(mongo, erasure),
  }
}
