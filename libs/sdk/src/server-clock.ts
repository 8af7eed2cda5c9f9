export type ServerClock = {
  /** `fetch` that also reads what time it is on the server. */
  fetch: typeof fetch
  /** How far the server's clock is ahead of ours, in ms; undefined until an answer has told. */
  aheadMs(): number | undefined
}

/** A `Date` header tells whole seconds: what is off by less may as well be right. */
const ROUGHNESS_MS = 2000

/** Measures how far this device's clock is off, by the `Date` header of each answer. */
export function createServerClock(options: { fetch?: typeof fetch; now?: () => number } = {}): ServerClock {
  const { now = Date.now } = options
  // Not a bare reference: browsers refuse to call fetch on another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  let aheadMs: number | undefined
  return {
    aheadMs: () => aheadMs,
    async fetch(input, init) {
      const sentAt = now()
      const response = await send(input, init)
      const told = Date.parse(response.headers.get('date') ?? '')
      // Somewhere between, and in the middle of the second that was told.
      const off = told + 500 - (sentAt + now()) / 2
      if (!Number.isNaN(off)) aheadMs = Math.abs(off) < ROUGHNESS_MS ? 0 : Math.round(off)
      return response
    },
  }
}
