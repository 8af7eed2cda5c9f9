import { createDigestMaker, type DigestMakerDeps } from './maker.ts'
import { createDigestRound } from './round.ts'
import { createDigestStore } from './store.ts'

/** What the weeks of courses are told with. */
export function createDigestParts(deps: Omit<DigestMakerDeps, 'digests'>) {
  const digests = createDigestStore(deps.mongo)
  const makeDigest = createDigestMaker({ ...deps, digests })
  return { digests, makeDigest, makeDigests: createDigestRound({ digests, makeDigest, now: deps.now }) }
}
