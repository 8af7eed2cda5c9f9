/** Runs work for a key; calls that come while it runs get its outcome instead of a run of their own. */
export function createJoin<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const running = new Map<string, Promise<T>>()
  return (key, work) => {
    const under = running.get(key)
    if (under !== undefined) return under
    const run = work().finally(() => running.delete(key))
    running.set(key, run)
    return run
  }
}
