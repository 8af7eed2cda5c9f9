import { LRUCache } from 'lru-cache'
import { keepRecent } from './recent.ts'
import { readTogether, type ReadOne } from './read-together.ts'

export type RememberOptions<V> = {
  /** The room there is; entries that were not asked for the longest go first. */
  max: number
  /** The room that an entry takes, an integer; 1 where it is left out. */
  sizeOf?: (value: V) => number
  /** Reads the keys it is given and leaves out what does not exist; `known` is what is remembered of a key. */
  read: (keys: string[], known: (key: string) => V | undefined) => Promise<Map<string, V>>
  /** The most keys that are read at once, where single ones are asked for; 1 where it is left out. */
  mostAtOnce?: number
  /** An answer of half this age is taken as it is, one this old is not; in between chance decides. */
  freshMs?: number
  /** Up to this age an answer is given at once and read again in the background. */
  usableMs?: number
  now?: () => number
}

export type Remembered<V extends object> = {
  /** What is remembered and fresh; undefined where `get` has to be asked. */
  fresh(key: string): V | undefined
  /** What is not there is never remembered as absent. */
  get(key: string): Promise<V | undefined>
  getMany(keys: string[]): Promise<Map<string, V>>
  /** Reads now, whatever is remembered. */
  reread(key: string): Promise<V | undefined>
  /** For the change that this process heard of; others notice within `freshMs`. */
  forget(key: string): void
}

const FRESH_MS = 60_000
const USABLE_MS = 10 * 60_000
/** Of `freshMs`, at most so much is taken off at random: what was read at once is not all read again at once. */
const SPREAD = 0.5

type Entry<V> = { value: V; checkedAt: number }

/**
 * Answers of a database, kept in this process. While the database is away, what was known goes on being answered;
 * each key is then tried again once in `freshMs`, and never in the way of a request.
 */
export function remember<V extends object>(options: RememberOptions<V>): Remembered<V> {
  const {
    read,
    max,
    sizeOf,
    mostAtOnce = 1,
    freshMs = FRESH_MS,
    usableMs = USABLE_MS,
    now = Date.now,
  } = options
  const entries =
    sizeOf === undefined
      ? keepRecent<Entry<V>>(Math.ceil(max / 2))
      : new LRUCache<string, Entry<V>>({ maxSize: max, sizeCalculation: ({ value }) => sizeOf(value) })
  const known = (key: string) => entries.get(key)?.value
  const reading = new Map<string, Promise<V | undefined>>()
  const readOne: ReadOne<V> =
    mostAtOnce > 1
      ? readTogether((keys) => read(keys, known), mostAtOnce)
      : (key) => read([key], known).then((found) => found.get(key))

  function reread(key: string, how?: { lazily: boolean }): Promise<V | undefined> {
    const work = readOne(key, how).then((value) => {
      // Forgotten in the meantime: what was read may be older than the change.
      if (reading.get(key) === work) keep(key, value)
      return value
    })
    reading.set(key, work)
    const done = () => {
      if (reading.get(key) === work) reading.delete(key)
    }
    work.then(done, done)
    return work
  }

  function keep(key: string, value: V | undefined) {
    if (value === undefined) entries.delete(key)
    else entries.set(key, { value, checkedAt: now() - Math.random() * SPREAD * freshMs })
  }

  const renew = (key: string, entry: Entry<V>) =>
    (reading.get(key) ?? reread(key, { lazily: true })).catch(() => {
      entry.checkedAt = now()
      return entry.value
    })

  function fresh(key: string) {
    const entry = entries.get(key)
    return entry !== undefined && now() - entry.checkedAt < freshMs ? entry.value : undefined
  }

  async function get(key: string) {
    const entry = entries.get(key)
    if (entry === undefined) return reading.get(key) ?? reread(key)
    const age = now() - entry.checkedAt
    if (age < freshMs) return entry.value
    const renewed = renew(key, entry)
    return age < usableMs ? entry.value : renewed
  }

  async function getMany(keys: string[]) {
    const fresh = keys.flatMap((key): [string, V][] => {
      const entry = entries.get(key)
      return entry !== undefined && now() - entry.checkedAt < freshMs ? [[key, entry.value]] : []
    })
    const found = new Map(fresh)
    const missing = keys.filter((key) => !found.has(key))
    if (missing.length === 0) return found
    for (const [key, value] of await read(missing, known)) {
      keep(key, value)
      found.set(key, value)
    }
    return found
  }

  function forget(key: string) {
    entries.delete(key)
    reading.delete(key)
  }

  return { fresh, get, getMany, reread: (key) => reread(key), forget }
}
