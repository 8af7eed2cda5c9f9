import { fail } from './errors.ts'

/** Who has waited this long would not get an answer in time, so their work is not begun. */
const PATIENCE_MS = 1200
const LARGEST_GROUP = 500

export type GatherOptions<I, O> = {
  /** Works on all items of one key at once; answers one outcome per item, in their order. */
  work: (key: string, items: I[]) => Promise<O[]>
  largestGroup?: number
  patienceMs?: number
  now?: () => number
}
type Waiting<I, O> = { item: I; cameAt: number; done: PromiseWithResolvers<O> }

/**
 * Calls for one key that come while its work runs wait, and the next run takes all of them: many small transactions on
 * the same document become few. A call that has waited too long is refused with UNAVAILABLE and has done nothing.
 */
export function createGathered<I, O>(options: GatherOptions<I, O>): (key: string, item: I) => Promise<O> {
  const { work, largestGroup = LARGEST_GROUP, patienceMs = PATIENCE_MS } = options
  const { now = () => performance.now() } = options
  const queues = new Map<string, Waiting<I, O>[]>()

  async function workOn(key: string, group: Waiting<I, O>[]) {
    try {
      const outcomes = await work(
        key,
        group.map(({ item }) => item),
      )
      for (const [index, { done }] of group.entries()) {
        const outcome = outcomes[index]
        if (outcome === undefined) done.reject(new Error('gathered work answered too few outcomes'))
        else done.resolve(outcome)
      }
    } catch (error) {
      for (const { done } of group) done.reject(error)
    }
  }

  async function empty(key: string, queue: Waiting<I, O>[]) {
    while (queue.length > 0) {
      const group = queue.splice(0, largestGroup)
      const late = group.filter(({ cameAt }) => now() - cameAt > patienceMs)
      const internal = `waited too long for ${key}`
      for (const { done } of late) done.reject(fail('UNAVAILABLE', { internal, retryAfterSeconds: 1 }))
      const inTime = group.filter((waiting) => !late.includes(waiting))
      if (inTime.length > 0) await workOn(key, inTime)
    }
    queues.delete(key)
  }

  return (key, item) => {
    const waiting = { item, cameAt: now(), done: Promise.withResolvers<O>() }
    const queue = queues.get(key)
    if (queue !== undefined) {
      queue.push(waiting)
    } else {
      const mine = [waiting]
      queues.set(key, mine)
      void empty(key, mine)
    }
    return waiting.done.promise
  }
}
