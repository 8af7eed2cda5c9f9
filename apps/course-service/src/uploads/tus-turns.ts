import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { fail } from '@aetherlearn/service-kit/errors'
import type { UploadRow } from './store.ts'
import type { Claim, ClaimState, TusStore } from './tus-store.ts'

const ASK_EVERY_MS = 50
const RENEW_EVERY_MS = 300
/** A request takes no longer, so that it ends before anything on its way gives it up; the client goes on where it was. */
const LONGEST_TURN_MS = 10 * 60_000

/** Why a turn ends early: what has come is kept, or given up for what comes anew. */
export type EndReason = 'keep' | 'drop'
export type Turn = Claim & {
  /** Aborted when somebody else is next, the turn has lasted too long, or the service stops. */
  signal: AbortSignal
  reason(): EndReason | undefined
}

/**
 * Who appends to an upload, one at a time on all instances. The newest request wins: the one before it is ended, keeps
 * what it has got when the newer one only asks for the offset, and lets go. One that is dead is waited for until its
 * lease has ended.
 */
export function createTusTurns(rows: TusStore) {
  const running = new Set<AbortController>()
  let stopped = false

  async function take(upload: UploadRow, drops: boolean): Promise<Claim> {
    const uploadId = String(upload._id)
    const claim = { uploadId, writerId: randomBytes(12).toString('hex') }
    let state: ClaimState = await rows.claim(upload, claim.writerId, drops)
    while (state === 'waiting') {
      await wait(ASK_EVERY_MS)
      state = await rows.claimAgain(claim)
    }
    if (state === 'displaced') throw fail('OFFSET_CONFLICT', { detail: 'A newer request took this upload' })
    return claim
  }

  async function hold<T>(upload: UploadRow, drops: boolean, work: (turn: Turn) => Promise<T>): Promise<T> {
    const claim = await take(upload, drops)
    const abort = new AbortController()
    let reason: EndReason | undefined
    const end = (why: EndReason) => {
      reason ??= why
      abort.abort()
    }
    running.add(abort)
    // Whoever ends all of them keeps what they have.
    abort.signal.addEventListener('abort', () => (reason ??= 'keep'))
    const longest = setTimeout(end, LONGEST_TURN_MS, 'keep').unref()
    const renewing = renewals(rows, claim, end)
    try {
      if (stopped) end('keep')
      return await work({ ...claim, signal: abort.signal, reason: () => reason })
    } finally {
      clearTimeout(longest)
      await renewing.stop()
      running.delete(abort)
      await rows.release(claim)
    }
  }

  return {
    hold,
    /** What is being appended is kept as far as it has come. */
    stop: () => {
      stopped = true
      for (const abort of running) abort.abort()
    },
  }
}

function renewals(rows: TusStore, claim: Claim, end: (why: EndReason) => void) {
  const over = new AbortController()
  const loop = async () => {
    for (;;) {
      await wait(RENEW_EVERY_MS, undefined, { signal: over.signal, ref: false })
      // While MongoDB is away nobody else can take the upload, and nothing is recorded without it.
      const standing = await rows.renew(claim).catch(() => 'mine' as const)
      if (standing !== 'mine') return end(standing)
    }
  }
  const ended = loop().catch((error: unknown) => {
    if (!over.signal.aborted) throw error
  })
  const stop = () => {
    over.abort()
    return ended
  }
  return { stop }
}
