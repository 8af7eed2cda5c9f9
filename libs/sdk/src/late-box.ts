import type { LateReport } from '@aetherlearn/contracts/progress/late'

/** The part of `Storage` that we use. */
export type LateStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
/** A report with its moment as a number. */
export type KeptReport = Omit<LateReport, 'clientTime'> & { clientTime: number }
export type Kept = {
  report: KeptReport
  /** How far the server's clock was taken to be ahead, which is part of `clientTime`; nobody knew if absent. */
  aheadMs?: number | undefined
  /** The server may have it: from now on it stays as it is. */
  sent?: true | undefined
}

export type LateBox = {
  put(kept: Kept): void
  remove(id: string): void
  /** The oldest first. */
  all(): Kept[]
}

/** Hours of watching; a browser has room for more. */
const MOST = 5000

/**
 * Reports in a storage that other tabs use at the same time. Each has a key of its own, so nothing is ever read, changed
 * and written back, and no tab undoes what another one does.
 */
export function createLateBox(storage: LateStorage, owner: string): LateBox {
  const prefix = `aetherlearn.late.${owner}.`
  const keys = () =>
    Array.from({ length: storage.length }, (_, i) => storage.key(i)).filter((key) => key?.startsWith(prefix))

  function read(key: string): Kept[] {
    const text = storage.getItem(key)
    // Another tab may have sent it meanwhile.
    if (text === null) return []
    try {
      return [JSON.parse(text) as Kept]
    } catch {
      storage.removeItem(key)
      return []
    }
  }
  const all = () =>
    keys()
      .flatMap((key) => (key === null ? [] : read(key)))
      .toSorted((a, b) => a.report.clientTime - b.report.clientTime)
  const remove = (id: string) => storage.removeItem(prefix + id)
  const removeOldest = (count: number) => {
    for (const { report } of all().slice(0, count)) remove(report.id)
  }

  return {
    all,
    remove,
    put(kept) {
      const text = JSON.stringify(kept)
      const key = prefix + kept.report.id
      if (keys().length >= MOST) removeOldest(keys().length - MOST + 1)
      try {
        storage.setItem(key, text)
      } catch {
        // No room: what is new says where to go on, so it is worth more than what is old.
        removeOldest(100)
        try {
          storage.setItem(key, text)
        } catch {
          // The page may not store anything; the report is told now or never.
        }
      }
    },
  }
}
