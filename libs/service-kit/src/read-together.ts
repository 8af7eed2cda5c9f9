/** For so long a read that nobody waits for waits for others. */
const LAZY_MS = 50

export type ReadOne<V> = (key: string, how?: { lazily: boolean }) => Promise<V | undefined>

/**
 * Makes reads of single keys into reads of many, `most` at most: those of one turn of the event loop go together, and
 * take with them those that nobody waits for.
 */
export function readTogether<V>(read: (keys: string[]) => Promise<Map<string, V>>, most: number): ReadOne<V> {
  type Waiting = { key: string; done: PromiseWithResolvers<V | undefined> }
  let waiting: Waiting[] = []
  let timer: NodeJS.Timeout | undefined
  let isSoon = false

  async function readWaiting() {
    clearTimeout(timer)
    const all = waiting
    waiting = []
    timer = undefined
    isSoon = false
    if (all.length === 0) return
    try {
      const found = await read([...new Set(all.map(({ key }) => key))])
      for (const { key, done } of all) done.resolve(found.get(key))
    } catch (error) {
      for (const { done } of all) done.reject(error)
    }
  }

  return (key, { lazily } = { lazily: false }) => {
    const done = Promise.withResolvers<V | undefined>()
    waiting.push({ key, done })
    if (waiting.length >= most) void readWaiting()
    else if (lazily) timer ??= setTimeout(() => void readWaiting(), LAZY_MS)
    else if (!isSoon) {
      isSoon = true
      setImmediate(() => void readWaiting())
    }
    return done.promise
  }
}
