import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { DigestMaker } from './maker.ts'
import { dueWeek } from './rules.ts'
import type { DigestStore } from './store.ts'

export type DigestRoundDeps = {
  digests: Pick<DigestStore, 'coursesWithout'>
  makeDigest: DigestMaker
  now: () => number
}

/**
 * Makes all digests that are due and not there yet. Any number of instances may be at it, and any may die: the next round
 * finds what is missing. A course whose digest fails keeps no other from having its own.
 */
export function createDigestRound({ digests, makeDigest, now }: DigestRoundDeps): () => Promise<void> {
  /** The week of which all courses have theirs. */
  let done = ''
  return async () => {
    const week = dueWeek(now())
    if (done === week.from) return
    const failures: unknown[] = []
    let after: string | undefined
    do {
      const { courseIds, last } = await digests.coursesWithout(week.from, after)
      await workOnEach(courseIds, (courseId) => makeDigest(courseId, week)).catch((error: unknown) =>
        failures.push(error),
      )
      after = last
    } while (after !== undefined)
    if (failures.length > 0) throw new AggregateError(failures, 'digests of some courses were not made')
    done = week.from
  }
}
