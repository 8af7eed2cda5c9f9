import type { PersonalStore } from './store.ts'
import type { Traces } from './traces.ts'

export type SweepDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'erase'>
  traces: Pick<Traces, 'erase'>
  /** In the log of all events, where one is kept. */
  forgetEvents?: (userId: string) => Promise<void>
}

/** Removes all that is held about somebody; wherever it stops, it can be done again. Sums and sketches name nobody. */
export const createSweep =
  ({ personal, traces, forgetEvents }: SweepDeps) =>
  async (userId: string): Promise<void> => {
    // Redis first: it is found by the rows, and what is not in it cannot be flushed into them.
    await traces.erase(userId, await personal.courseIds(userId))
    await personal.erase(userId)
    await forgetEvents?.(userId)
  }
