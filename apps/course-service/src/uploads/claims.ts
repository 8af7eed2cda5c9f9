import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '@aetherlearn/service-kit/errors'
import { LEASE_MS, type Claim, type StoredChunk } from './chunk-store.ts'
import type { UploadStore } from './store.ts'

/** A renewal this often also tells us that another instance wants the chunk. */
const RENEW_MS = 500
const WAIT_MS = 100
/** What a write that was begun in time may take at the end of a lease. */
const MARGIN_MS = 400

export const displaced = () =>
  fail('CHUNK_CONFLICT', { detail: 'The same chunk was sent again on another connection' })

export type Lease = {
  writerId: string
  /** Before each write: false when `confirm` has to be waited for. */
  isSure(): boolean
  /** Asks MongoDB; throws when the chunk is another writer's now. */
  confirm(): Promise<void>
  /** After a failure: lets the next writer in at once. */
  release(): Promise<void>
  /** After success: there is nothing to let go of any more. */
  forget(): void
}
type Held = { claim: Claim; sureUntil: number; onLost: () => void }
type Store = Pick<UploadStore, 'claim' | 'claimAgain' | 'renew' | 'release'>

/** One writer for a chunk at a time, over all instances. A chunk that arrives within half a second is never renewed. */
export function createClaims(store: Store) {
  const held = new Map<string, Held>()
  let timer: NodeJS.Timeout | undefined

  async function renew(all: Held[]) {
    const asked = performance.now()
    const kept = await store.renew(all.map(({ claim }) => claim))
    for (const one of all) {
      if (kept.has(one.claim.writerId)) one.sureUntil = asked + LEASE_MS - MARGIN_MS
      else if (held.delete(one.claim.writerId)) one.onLost()
    }
  }
  /** One call for all chunks that are on their way here. */
  function renewSoon() {
    if (timer !== undefined || held.size === 0) return
    const next = async () => {
      const soon = performance.now() + LEASE_MS - MARGIN_MS - RENEW_MS / 2
      const due = [...held.values()].filter(({ sureUntil }) => sureUntil <= soon)
      // While MongoDB is away, writers stop at the end of their lease by themselves.
      if (due.length > 0) await renew(due).catch(() => {})
      timer = undefined
      renewSoon()
    }
    timer = setTimeout(() => void next(), RENEW_MS)
    timer.unref()
  }

  async function whenMine(claim: Claim, signal: AbortSignal): Promise<StoredChunk | number> {
    let asked = performance.now()
    let state = await store.claim(claim)
    while (state === 'waiting') {
      await pause(WAIT_MS)
      signal.throwIfAborted()
      asked = performance.now()
      state = await store.claimAgain(claim)
    }
    if (state === 'displaced') throw displaced()
    return state === 'mine' ? asked + LEASE_MS - MARGIN_MS : state
  }

  function hold(claim: Claim, sureUntil: number, onLost: () => void): Lease {
    const { writerId } = claim
    const one: Held = { claim, sureUntil, onLost }
    held.set(writerId, one)
    renewSoon()
    return {
      writerId,
      isSure: () => performance.now() < one.sureUntil,
      confirm: async () => {
        if (held.has(writerId)) await renew([one])
        if (!held.has(writerId)) throw displaced()
      },
      release: async () => {
        held.delete(writerId)
        // If this fails the lease ends by itself.
        await store.release(claim).catch(() => {})
      },
      forget: () => void held.delete(writerId),
    }
  }

  /** The chunk where it is stored already, or else the right to write it, waited for. */
  return async (
    place: Omit<Claim, 'writerId'>,
    signal: AbortSignal,
    onLost: () => void,
  ): Promise<{ stored: StoredChunk } | { lease: Lease }> => {
    const claim = { ...place, writerId: randomUUID() }
    const found = await whenMine(claim, signal)
    return typeof found === 'number' ? { lease: hold(claim, found, onLost) } : { stored: found }
  }
}
