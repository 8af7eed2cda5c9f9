import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { Consents } from './consents.ts'

/** Those of whom nothing may be kept by name. */
export type Unnamed = Pick<Erasure, 'among'>

/** Who is erased, and who said no. */
export const createUnnamed = (
  erasure: Pick<Erasure, 'among'>,
  consents: Pick<Consents, 'refusedAmong'>,
): Unnamed => ({
  async among(userIds, session) {
    // One after the other: a session takes one call at a time.
    const erased = await erasure.among(userIds, session)
    return new Set([...erased, ...(await consents.refusedAmong(userIds, session))])
  },
})
