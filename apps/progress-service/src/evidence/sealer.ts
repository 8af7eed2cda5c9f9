import type { Day } from '../activity/days.ts'
import type { History } from '../history/port.ts'
import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { DueStore } from './due-store.ts'
import { factsByDay, lastDayOver } from './rules.ts'
import type { EvidenceStore } from './store.ts'

const LEARNERS = 500
/** One transaction must not take longer than a request may. */
const DAYS_AT_ONCE = 20

export type SealerDeps = {
  due: Pick<DueStore, 'learners' | 'of'>
  history: Pick<History, 'courseDays'>
  store: Pick<EvidenceStore, 'seal'>
  now: () => number
}

/**
 * Puts days that are over on the chains of their learners. What the history hears of a day that is sealed already is
 * put behind it as a correction. Any number may seal at once, and die anywhere: a day waits until it is on the chain.
 */
export function createSealer({ due, history, store, now }: SealerDeps) {
  async function sealLearner(userId: string, through: Day): Promise<number> {
    let sealed = 0
    for (;;) {
      // Read before the history: what comes to that meanwhile makes the day wait once more.
      const days = await due.of(userId, through, DAYS_AT_ONCE)
      if (days.length === 0) return sealed
      const known = await history.courseDays(
        userId,
        days.map(({ date }) => date),
      )
      sealed += await store.seal(userId, days, factsByDay(known))
      if (days.length < DAYS_AT_ONCE) return sealed
    }
  }

  return {
    /** Answers how many entries it made. */
    async sealOnce(): Promise<number> {
      const through = lastDayOver(now())
      let [sealed, after] = [0, '']
      for (;;) {
        const learners = await due.learners(through, LEARNERS, after)
        await workOnEach(learners, async (userId) => (sealed += await sealLearner(userId, through)))
        after = learners.at(-1) ?? ''
        if (learners.length < LEARNERS) return sealed
      }
    },
  }
}
export type Sealer = ReturnType<typeof createSealer>
