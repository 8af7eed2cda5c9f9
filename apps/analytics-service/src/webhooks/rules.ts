import { DELIVERY_DAYS, type DeliveryAttempt } from '@aetherlearn/contracts/analytics/webhooks'
import { isPublicAddress } from '@aetherlearn/service-kit/public-address'
import { isIP } from 'node:net'

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000]
/** Between two tries; after the last of these it goes on by that one. */
const WAITS_MS = [
  ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR],
]
const TRIED_MS = DELIVERY_DAYS * 24 * HOUR
/** Of each wait: what failed together does not come back together. */
const JITTER = 0.1
/** Says that nobody will listen any more. */
const GONE = 410

export type Tried = {
  /** Tries since then are counted. */
  since: Date
  /** How many there were, with the last one. */
  tries: number
  now: Date
  attempt: Pick<DeliveryAttempt, 'status' | 'failure'>
  /** Whether it is tried again at all. */
  isLastTry: boolean
}
export type Outcome =
  { state: 'delivered' } | { state: 'waiting'; nextAt: Date } | { state: 'failed'; switchOff?: string }

export const hasArrived = ({ status = 0 }: Pick<DeliveryAttempt, 'status'>) => status >= 200 && status < 300

/** What becomes of a delivery after a try; the last one is three days after the first. */
export function outcomeOf(tried: Tried, random = Math.random): Outcome {
  const { since, tries, now, attempt, isLastTry } = tried
  if (hasArrived(attempt)) return { state: 'delivered' }
  if (attempt.status === GONE)
    return { state: 'failed', switchOff: 'The server says that nobody listens there any more (410).' }
  if (isLastTry) return { state: 'failed' }
  const end = since.getTime() + TRIED_MS
  if (now.getTime() >= end) {
    const last = attempt.failure ?? `the last answer was ${attempt.status}`
    return { state: 'failed', switchOff: `Nothing has arrived for ${DELIVERY_DAYS} days: ${last}.` }
  }
  const wait = WAITS_MS[Math.min(tries, WAITS_MS.length) - 1] ?? HOUR
  const spread = wait * (1 - JITTER + 2 * JITTER * random())
  return { state: 'waiting', nextAt: new Date(Math.min(now.getTime() + spread, end)) }
}

/** What is wrong with an address that messages are to go to. Names are looked up at each sending. */
export function addressFault(text: string, anywhere: boolean): string | undefined {
  const url = URL.parse(text)
  if (url === null) return 'is not an address'
  if (url.protocol !== 'https:' && !(anywhere && url.protocol === 'http:')) return 'must begin with https://'
  if (url.username !== '' || url.password !== '') return 'must not hold a name or a password'
  if (url.hash !== '') return 'must not have a part after #'
  const host = hostOf(url)
  if (!anywhere && isIP(host) !== 0 && !isPublicAddress(host)) return 'is not a public address'
  return undefined
}

/** As addresses are written elsewhere, without the brackets of IPv6. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '')
