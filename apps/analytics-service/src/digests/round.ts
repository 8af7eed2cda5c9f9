import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { DigestMaker } from './maker.ts'
import type { Period } from '../dashboard/periods.ts'
import { dueWeek } from './rules.ts'
import type { DigestStore } from './store.ts'

export type DigestRoundDeps = {
  digests: Pick<DigestStore, 'coursesWithout'>
  makeDigest: DigestMaker
  now: () => number
  /** How many are made in one round at most: nobody hurries for a digest, and those who watch must not feel it. */
  atOnce?: number
}

const AT_ONCE = 10
/** After a walk began in which any failed: what fails may go on failing. */
const AGAIN_AFTER_MS = 60_000

/**
 * Makes the next of the digests that are due and not there yet. Any number of instances may be at it, and any may die:
 * a later round finds what is missing. A course whose digest fails keeps no other from having its own.
 */
export function createDigestRound(deps: DigestRoundDeps): () => Promise<void> {
  const { digests, makeDigest, now, atOnce = AT_ONCE } = deps
  /** The courses are gone through by their ids, from the first one again where any failed. */
  let walk = startOf('', now())

  async function findNext(week: Period) {
    if (walk.found.length === 0 && !walk.atEnd) {
      const { courseIds, last } = await digests.coursesWithout(week, walk.after)
      walk.found = courseIds
      walk.after = last
      walk.atEnd = last === undefined
    }
    return walk.found.splice(0, atOnce)
  }

  return async () => {
    const week = dueWeek(now())
    if (walk.week !== week.from) walk = startOf(week.from, now())
    let courseIds = await findNext(week)
    const isToBeWalkedAgain = walk.failed && now() >= walk.beganAt + AGAIN_AFTER_MS
    if (courseIds.length === 0 && walk.atEnd && isToBeWalkedAgain) {
      walk = startOf(week.from, now())
      courseIds = await findNext(week)
    }
    try {
      await workOnEach(courseIds, (courseId) => makeDigest(courseId, week))
    } catch (error) {
      walk.failed = true
      throw error
    }
  }
}

type Walk = {
  week: string
  beganAt: number
  found: string[]
  after?: string | undefined
  atEnd: boolean
  failed: boolean
}
const startOf = (week: string, beganAt: number): Walk => ({
  ...{ week, beganAt },
  ...{ found: [], atEnd: false, failed: false },
})
