import { createErasure } from '@aetherlearn/service-kit/erasure'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Redis } from 'ioredis'
import { createConsents } from '../consent/consents.ts'
import { createFlags } from '../consent/flags.ts'
import { createNamedStore } from '../consent/named-store.ts'
import { createConsentStore } from '../consent/store.ts'
import { createUnnamed } from '../consent/unnamed.ts'
import { createPersonalStore } from '../personal/store.ts'
import { createSweep, heldBy } from '../personal/sweep.ts'
import { createTraces } from '../personal/traces.ts'
import { createActivityStore } from './activity-store.ts'
import { createNamesStore } from './names-store.ts'
import { createStudentStore } from './store.ts'

export type PeopleOptions = {
  mongo: MongoConnection
  redis: Redis
  now: () => number
}

/** What is held about single students: they can read it, and it goes when they are erased. */
export function openPeople({ mongo, redis, now }: PeopleOptions) {
  const personal = createPersonalStore(mongo)
  const named = createNamedStore(mongo)
  const traces = createTraces(redis)
  const sweep = createSweep({ personal, traces })
  const erasure = createErasure({
    connection: mongo,
    service: 'analytics-service',
    outbox: createOutbox(mongo),
    sweep,
    held: heldBy({ personal, traces }),
    now,
  })
  const consents = createConsents({
    store: createConsentStore(mongo),
    flags: createFlags(redis),
    follow: async (userId, allowed) => {
      if (allowed) return named.allow(userId)
      // Redis first: what is not in it cannot be flushed.
      await traces.remove(userId, await personal.courseIds(userId))
      await named.withhold(userId)
    },
    now,
  })
  const unnamed = createUnnamed(erasure, consents)
  const activity = createActivityStore(mongo)
  const students = createStudentStore(mongo, activity)
  return {
    personal,
    traces,
    erasure,
    consents,
    unnamed,
    /** What is still to be removed, of those who are gone and of those who said no. */
    sweepDue: () => Promise.all([erasure.sweepDue(), consents.followDue()]),
    activity,
    students,
    names: createNamesStore(mongo, erasure),
  }
}
