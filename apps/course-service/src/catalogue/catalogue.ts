import type { CatalogueFilters } from '@aetherlearn/contracts/course/catalogue'
import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import {
  createSharedCache,
  readyAnswer,
  type ReadyAnswer,
  type SharedCacheOptions,
} from '@aetherlearn/service-kit/shared-cache'
import type { Logger } from 'pino'
import type { SnapshotStore } from '../publishing/store.ts'
import { followCatalogue } from './follow.ts'
import { createSearchIndex, type Found, type Question } from './search.ts'
import type { CatalogueStore } from './store.ts'

/** A course is read from MongoDB in a few milliseconds: longer is not worth waiting for the cache. */
export const CACHE_TIMEOUT_MS = 150
const FOLLOW_MS = 500
const KEPT_ANSWERS = 500
const OWN_CHANGE_MS = 300

type Clients = Pick<SharedCacheOptions, 'redis' | 'subscriber' | 'now'> & {
  /** How often we look what other instances have changed. */
  followMs?: number
  /** How long a search waits for a change that this process has just made. */
  ownChangeMs?: number
  /** Before every key, where several catalogues share a server. */
  prefix?: string
}
type Deps = Clients & { store: CatalogueStore; snapshots: SnapshotStore; log: Pick<Logger, 'warn'> }
export type Listing = CatalogueFilters & { limit: number }
export type Write<T> = (value: T) => string
export type Catalogue = Awaited<ReturnType<typeof openCatalogue>>

/** The catalogue of one process: answers from the cache, searches from memory, both up to date with every change. */
export async function openCatalogue(deps: Deps) {
  const { store, snapshots, log, redis, subscriber, prefix = '', followMs = FOLLOW_MS } = deps
  const { ownChangeMs = OWN_CHANGE_MS, now = Date.now } = deps
  // Source document 000: the keys of a course's page and of the catalogue.
  const courseKey = (courseId: string) => `${prefix}course:${courseId}`
  const allCourses = `${prefix}all_courses`
  const cache = createSharedCache({ redis, subscriber, channel: `${prefix}catalogue`, now })
  const index = createSearchIndex()
  await store.recordMissing()
  const follower = await followCatalogue(store, index, log, followMs)
  const own = new Set<Promise<unknown>>()
  const answers = new Map<string, ReadyAnswer>()
  let answersAt = index.changes()

  const changed = (courseId: string): Promise<void> => {
    const dropped = cache.drop([courseKey(courseId), allCourses])
    // The next round finds it where this does not.
    const seen = follower.lookAt(courseId).catch(() => undefined)
    own.add(seen)
    void seen.then(() => own.delete(seen))
    return dropped
  }
  store.onChange((courseId) => void changed(courseId))

  /** A course is in the list exactly as it is on its page, so both come from the snapshots. */
  const list = async ({ limit, ...filters }: Listing): Promise<PublishedCourse[]> =>
    snapshots.ofVersions(await store.newest(filters, limit))

  return {
    changed,
    heldCourse: (courseId: string) => cache.held(courseKey(courseId), ''),
    course: (courseId: string, write: Write<PublishedCourse>) =>
      cache.read(courseKey(courseId), '', async () => write(await snapshots.findKnown(courseId))),

    heldList: (listing: Listing) => cache.held(allCourses, pageOf(listing)),
    list: (listing: Listing, write: Write<PublishedCourse[]>) =>
      cache.read(allCourses, pageOf(listing), async () => write(await list(listing))),

    search: async (question: Question, write: Write<Found>): Promise<ReadyAnswer> => {
      if (own.size > 0) await soon(Promise.all(own), ownChangeMs)
      if (answersAt !== index.changes() || answers.size >= KEPT_ANSWERS) {
        answers.clear()
        answersAt = index.changes()
      }
      const key = JSON.stringify(question)
      const known = answers.get(key)
      if (known !== undefined) return known
      const answer = readyAnswer(write(index.search(question)))
      answers.set(key, answer)
      return answer
    },

    close: async () => {
      await follower.stop()
      await Promise.all(own)
      await cache.close()
    },
  }
}

/** The same for the same question: the contract fills in what is left out and refuses what it does not know. */
const pageOf = ({ limit, category, level, language, minPrice, maxPrice }: Listing) =>
  category === undefined &&
  level === undefined &&
  language === undefined &&
  minPrice === undefined &&
  maxPrice === undefined
    ? String(limit)
    : JSON.stringify([limit, category, level, language, minPrice, maxPrice])

async function soon(work: Promise<unknown>, ms: number) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise])
  clearTimeout(timer)
}
