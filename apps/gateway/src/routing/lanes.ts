import type { RateClass } from '@aetherlearn/contracts/shape'

/** Calls of one kind to one service: they share connections, so that slow streams never hold up quick calls. */
export type Lane = {
  rates: readonly RateClass[]
  /** A service that says nothing for this long is taken for dead. */
  silenceMs: number
  /** The client gets 503 after this, also where there was a queue for a connection. */
  answerMs: number
  pool: { connections: number; pipelining: number; connect: { timeout: number } }
}

const poolOf = (connections: number): Lane['pool'] => ({
  connections,
  pipelining: 1,
  connect: { timeout: 1500 },
})

/** Which lane a rate class takes. Together they hold every class exactly once. */
export const lanes: readonly Lane[] = [
  {
    rates: ['read', 'write', 'sign-in', 'heartbeat'],
    // Less than the 2 s that we promise, as a busy machine is late.
    silenceMs: 1600,
    answerMs: 1700,
    pool: poolOf(256),
  },
  {
    rates: ['upload', 'media'],
    // A chunk is written to the object store before it is answered; a player may pause inside a file.
    silenceMs: 60_000,
    answerMs: 15 * 60_000,
    pool: poolOf(1024),
  },
]
