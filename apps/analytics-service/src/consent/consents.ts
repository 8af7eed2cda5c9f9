import type { Consent } from '@aetherlearn/contracts/analytics/consent'
import type { Session } from '@aetherlearn/service-kit/mongo'
import { workOnEach } from '@aetherlearn/service-kit/rounds'
import type { Flags } from './flags.ts'
import type { ConsentRow, ConsentStore, Said } from './store.ts'

export type ConsentsDeps = {
  store: ConsentStore
  flags: Flags
  /** Brings what is kept by name in line with what they said; again, it changes nothing. */
  follow: (userId: string, allowed: boolean) => Promise<void>
  now: () => number
}
export type Consents = {
  of(userId: string): Promise<Consent>
  /** Done when what is kept by name is in line with it. */
  change(said: Omit<Said, 'at'>): Promise<Consent>
  /** Those among them of whom nothing may be kept by name. */
  refusedAmong(userIds: string[], session?: Session): Promise<Set<string>>
  /** What is still to be done for whatever was said; answers for how many. */
  followDue(): Promise<number>
}

/**
 * By then every flush that was under way has ended: it gives up after a minute. What it may have written once more goes.
 */
const AGAIN_AFTER_MS = 2 * 60_000

/** What people have said about being known by name. A process that dies anywhere leaves a row that is due. */
export function createConsents({ store, flags, follow, now }: ConsentsDeps): Consents {
  async function carryOut(row: ConsentRow) {
    const { _id: userId, personal } = row
    await flags.set(userId, !personal)
    await follow(userId, personal)
    await store.carriedOut(row, row.rounds === 0 ? new Date(now() + AGAIN_AFTER_MS) : undefined)
  }
  const consentOf = (row: ConsentRow | null): Consent =>
    row === null ? { personal: true, since: null } : { personal: row.personal, since: row.at.toISOString() }

  return {
    of: async (userId) => consentOf(await store.read(userId)),

    async change(said) {
      await store.save({ ...said, at: new Date(now()) })
      const row = await store.read(said.userId)
      if (row !== null) await carryOut(row)
      return consentOf(row)
    },

    refusedAmong: store.refusedAmong,

    async followDue() {
      await flags.restore(store.refused)
      const due = await store.due(new Date(now()))
      await workOnEach(due, carryOut)
      return due.length
    },
  }
}
