import type { Held } from '@aetherlearn/service-kit/erasure'
import type { PersonalStore } from './store.ts'
import type { Traces } from './traces.ts'

type HeldDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'count'>
  traces: Pick<Traces, 'count'>
}

/** What a sweep would remove, counted. */
export const heldBy =
  ({ personal, traces }: HeldDeps) =>
  async (userId: string): Promise<Held> => ({
    ...(await traces.count(userId, await personal.courseIds(userId))),
    ...(await personal.count(userId)),
  })

export type SweepDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'erase'>
  traces: Pick<Traces, 'erase'>
}

/**
 * Removes all that is held about somebody; wherever it stops, it can be done again. Sums and sketches name nobody, and
 * neither do the events of a student whose pseudonym is gone.
 */
export const createSweep =
  ({ personal, traces }: SweepDeps) =>
  async (userId: string): Promise<void> => {
    // Redis first: it is found by the rows, and what is not in it cannot be flushed into them.
    await traces.erase(userId, await personal.courseIds(userId))
    await personal.erase(userId)
  }
