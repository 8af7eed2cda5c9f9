import type { ErasureReport } from '@aetherlearn/contracts/identity'

/** What a service said when it had looked again. */
export type Done = { service: string; removed: Record<string, number>; remaining: number; at: string }
/** An erasure as it is kept. */
export type Case = { askedAt: string; services: Done[] }
type Unsigned = Omit<ErasureReport, 'proof'>

/**
 * The report of a case on which these services have to answer. Who has not is named as waiting; what nobody waits for any
 * more (a service that was taken away) stays in it.
 */
export function reportOf({ askedAt, services }: Case, expected: readonly string[]): Unsigned {
  const said = new Map(services.map((done) => [done.service, done]))
  const names = [...new Set([...expected, ...said.keys()])].sort()
  const lines = names.map((service): Unsigned['services'][number] => {
    const done = said.get(service)
    if (done === undefined) return { service, state: 'waiting', removed: {} }
    return { ...done, state: done.remaining === 0 ? 'done' : 'waiting' }
  })
  return { askedAt, complete: lines.every(({ state }) => state === 'done'), services: lines }
}
