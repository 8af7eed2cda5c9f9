export type Recent<V> = {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
}

/**
 * Remembers at least the `size` entries that were used last, and at most twice as many. Two maps, of which the older one
 * is dropped whole: looking something up moves nothing, as it does in a list kept in the order of use.
 */
export function keepRecent<V extends object>(size: number): Recent<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  const set = (key: string, value: V) => {
    if (young.size >= size) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    set,
    get: (key) => {
      const found = young.get(key)
      if (found !== undefined) return found
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
    delete: (key) => {
      young.delete(key)
      old.delete(key)
    },
  }
}
