import type { progressApi } from '@aetherlearn/contracts/progress'
import { LATE_AT_ONCE, LATE_BYTES, type LateReport } from '@aetherlearn/contracts/progress/late'
import { ApiError, type Client } from './client.ts'
import { createLateBox, type Kept, type LateStorage } from './late-box.ts'
import { mergedReport } from './late-merge.ts'
import { randomName } from './random-name.ts'
import type { ServerClock } from './server-clock.ts'

type Target = {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}
export type LateQueueOptions = {
  /** Where reports outlive the page; `localStorage` in a browser. All tabs may share it. */
  storage: LateStorage
  /** The signed-in person's id: reports are told as theirs alone. */
  owner: string
  /** Not with `keepaliveFetch`: browsers refuse it more than 64 KiB. */
  progress: Pick<Client<typeof progressApi>, 'batch'>
  /** Whose `fetch` the client uses; left out, the device's clock is taken as right. */
  clock?: Pick<ServerClock, 'aheadMs'>
  /** `window` in a browser: what waits is sent when it says `online`. */
  window?: Target
  now?: () => number
}

/** A report before it has a name and a moment. */
export type Unsent = Omit<LateReport, 'id' | 'clientTime'>
/** A report that is kept while it is told by itself. */
export type Waiting = {
  /** When it was, by the server's clock as far as that is known. */
  clientTime: number
  /** The server has it, or will never take it. */
  done(): void
  /** It was not told: it goes with the next batch. */
  wait(): void
}
export type LateQueue = {
  /** Keeps a report that is about to be told, in case that it will not be; until then `send` leaves it alone. */
  keep(report: Unsent, atMs?: number): Waiting
  /** How many reports there are. */
  size(): number
  /** Tells what waits, as far as it goes; never throws. */
  send(): Promise<void>
  stop(): void
}

/** Room for what is around the reports. */
const MOST_BYTES = LATE_BYTES - 1024
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

/** Keeps what a player could not report, over restarts too, and tells it when the server can be reached again. */
export function createLateQueue(options: LateQueueOptions): LateQueue {
  const { progress, clock, window, now = Date.now } = options
  const box = createLateBox(options.storage, options.owner)
  /** On their way by themselves. */
  const busy = new Set<string>()
  const aheadMs = () => clock?.aheadMs()

  /** With its moment by what we know of the clocks now. */
  function corrected({ report, aheadMs: taken = 0 }: Kept): Kept {
    const ahead = aheadMs()
    const right = {
      report: { ...report, clientTime: report.clientTime + (ahead ?? 0) - taken },
      aheadMs: ahead,
    }
    box.put(right)
    return right
  }

  /** Hours without a connection are thousands of reports, and few when those that follow each other are one. */
  function mergeWaiting(): Kept[] {
    const merged: Kept[] = []
    for (const kept of box.all().filter(({ report }) => !busy.has(report.id))) {
      const last = merged.at(-1)
      const isOpen = !last?.sent && !kept.sent && last?.aheadMs === kept.aheadMs
      const report = last && isOpen ? mergedReport(last.report, kept.report) : undefined
      if (last === undefined || report === undefined) merged.push(kept)
      else {
        // The new one is there before the old ones go: whoever finds both tells the same twice, which is harmless.
        const one = { ...kept, report: { ...report, id: randomName() } }
        box.put(one)
        box.remove(last.report.id)
        box.remove(kept.report.id)
        merged[merged.length - 1] = one
      }
    }
    return merged
  }

  /** The oldest of what waits, as much as one call takes. */
  function nextOf(most: number): Kept[] {
    let bytes = 0
    const isKnown = aheadMs() !== undefined
    return mergeWaiting()
      .slice(0, most)
      .filter(({ report }) => (bytes += bytesOf(report) + 1) <= MOST_BYTES)
      .map((kept) => (kept.aheadMs === undefined && isKnown ? corrected(kept) : kept))
      .map((kept) => {
        if (!kept.sent) box.put({ ...kept, sent: true })
        return kept
      })
  }

  /** Reports that the server names as wrong are given up, unless it was our clock that was. */
  function giveUp(kept: Kept, fields: Set<string>) {
    const ahead = aheadMs()
    const isOff = ahead !== undefined && Math.abs(ahead - (kept.aheadMs ?? 0)) > 0
    if (isOff && fields.has('clientTime')) corrected(kept)
    else box.remove(kept.report.id)
  }

  /** Answers how many to send next, 0 for none now. */
  async function sendSome(most: number): Promise<number> {
    const some = nextOf(most)
    if (some.length === 0) return 0
    try {
      await progress.batch({ body: { events: some.map(({ report }) => report) } })
      for (const { report } of some) box.remove(report.id)
      return most
    } catch (error) {
      const wrong = namedIn(error)
      for (const [index, fields] of wrong) {
        const kept = some[index]
        if (kept !== undefined) giveUp(kept, fields)
      }
      if (wrong.size > 0) return most
      if (!isAboutThem(error)) return 0
      // Something is wrong with one of them, and we are not told with which.
      const [only] = some
      if (some.length === 1 && only !== undefined) box.remove(only.report.id)
      return Math.ceil(some.length / 2)
    }
  }
  async function sendAll() {
    for (let most = LATE_AT_ONCE; most > 0;) most = await sendSome(most)
  }

  let running = Promise.resolve()
  let next: Promise<void> | undefined
  // One at a time; what is kept while one runs is for the next.
  const send = () =>
    (next ??= running.then(() => {
      next = undefined
      running = sendAll()
      return running
    }))
  const sendNow = () => void send()
  window?.addEventListener('online', sendNow)
  sendNow()

  return {
    send,
    size: () => box.all().length,
    stop: () => window?.removeEventListener('online', sendNow),
    keep(report, atMs = now()) {
      const id = randomName()
      const ahead = aheadMs()
      const clientTime = Math.round(atMs + (ahead ?? 0))
      busy.add(id)
      box.put({ report: { ...report, id, clientTime }, aheadMs: ahead })
      return {
        clientTime,
        done() {
          busy.delete(id)
          box.remove(id)
        },
        wait: () => void busy.delete(id),
      }
    },
  }
}

/** The reports that a refusal names, by their place in the batch, with the fields at fault. */
function namedIn(error: unknown): Map<number, Set<string>> {
  const named = new Map<number, Set<string>>()
  if (!(error instanceof ApiError) || error.status >= 500) return named
  for (const { field } of error.problem.errors ?? []) {
    const [, index, name = ''] = /^body\.events\.(\d+)\.?(\w*)/.exec(field) ?? []
    if (index === undefined) continue
    named.set(Number(index), (named.get(Number(index)) ?? new Set()).add(name))
  }
  return named
}

/** The same bytes will be refused again. */
const isAboutThem = (error: unknown) =>
  error instanceof ApiError && (error.status === 400 || error.status === 413)
