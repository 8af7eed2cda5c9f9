import { createLive } from '@aetherlearn/service-kit/live'
import type { Redis } from 'ioredis'
import type { RequireStaff } from '../courses/access.ts'
import { createChanges } from './changes.ts'
import { createWatchers } from './watchers.ts'

export type LivePartsOptions = { redis: Redis; requireStaff: RequireStaff; now: () => number }

/** What open dashboards move with. */
export function createLiveParts({ redis, requireStaff, now }: LivePartsOptions) {
  const watchers = createWatchers(redis, now)
  return { watchers, changes: createChanges({ watchers, requireStaff, live: createLive(redis) }) }
}
