import { dashboardChanged } from '@aetherlearn/contracts/analytics/dashboard'
import type { Live } from '@aetherlearn/service-kit/live'
import type { RequireStaff } from '../courses/access.ts'
import type { Watcher, Watchers } from './watchers.ts'

export type ChangesDeps = {
  watchers: Pick<Watchers, 'courses' | 'due'>
  requireStaff: RequireStaff
  live: Pick<Live, 'toUser'>
}
export type Changes = {
  /** A course's numbers have moved. Answers at once and never fails: who looks at its dashboard hears of it soon. */
  changed(courseId: string): void
}

/** No dashboard is told sooner again, by whichever instance. */
const TELL_EVERY_MS = 1000
/** A timer may be early by a fraction of a millisecond, and would then find the last second not over. */
const ROUND_MS = TELL_EVERY_MS + 20

/**
 * Tells those who look at dashboards. Changes of a second are looked at together: one command finds the courses among them
 * that anybody looks at, and most often that is the end of it. A change in a second in which the course's watchers were
 * told, by us or another instance, is told after it: so the last change always is.
 */
export function createChanges({ watchers, requireStaff, live }: ChangesDeps): Changes {
  /** Course → whether it changed since it was last looked at; if not, a change before that has yet to be told. */
  let waiting = new Map<string, boolean>()
  let running = false

  async function tell(courseId: string, isNew: boolean) {
    const due = await watchers.due(courseId, TELL_EVERY_MS)
    // Told less than a second ago: perhaps before this change, but after all that was there when we last looked.
    if (due === undefined && isNew && !waiting.has(courseId)) waiting.set(courseId, false)
    const allowed = await Promise.all((due ?? []).map((watcher) => maySee(watcher, courseId)))
    const told = new Set(due?.filter((_, i) => allowed[i]).map(({ id }) => id))
    await Promise.all([...told].map((id) => live.toUser(id, dashboardChanged, { courseId })))
  }

  /** Asked each time: who was removed hears nothing more, whatever they saw before. */
  const maySee = (watcher: Watcher, courseId: string) =>
    requireStaff(watcher, courseId).then(
      () => true,
      () => false,
    )

  async function round() {
    const looked = waiting
    waiting = new Map()
    const watched = await watchers.courses()
    const tellings = watched.flatMap((courseId) => {
      const isNew = looked.get(courseId)
      return isNew === undefined ? [] : [tell(courseId, isNew)]
    })
    await Promise.allSettled(tellings)
  }

  async function run() {
    running = true
    while (waiting.size > 0) {
      // What cannot be told is lost, as any message may be: pages read their numbers now and then anyway.
      await round().catch(() => undefined)
      await rest(ROUND_MS)
    }
    running = false
  }

  return {
    changed(courseId) {
      waiting.set(courseId, true)
      if (!running) void run()
    },
  }
}

/** Holds no process up that wants to end. */
function rest(milliseconds: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, milliseconds).unref()
  return promise
}
