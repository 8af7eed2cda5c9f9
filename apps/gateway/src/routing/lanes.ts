import type { RateClass } from '@aetherlearn/contracts/shape'

/** Calls of one kind to one service: they share connections, so that slow streams never hold up quick calls. */
export type Lane = {
  rates: readonly RateClass[]
  /** A service that says nothing for this long is taken for dead. */
  silenceMs: number
  pool: { connections: number; pipelining: number; connect: { timeout: number } }
}

const CONNECT_TIMEOUT_MS = 1500

const lane = (rates: readonly RateClass[], silenceMs: number, connections: number): Lane => ({
  rates,
  silenceMs,
  pool: { connections, pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS } },
})

/** Which lane a rate class takes. Together they hold every class exactly once. */
export const lanes: readonly Lane[] = [
  lane(['read', 'write', 'sign-in', 'heartbeat'], 1800, 256),
  // A chunk is written to the object store before it is answered; a player may pause inside a file.
  lane(['upload', 'media'], 60_000, 1024),
]
