import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isPublicAddress } from '@aetherlearn/service-kit/public-address'
import { VideoFault } from '../transcode/failure.ts'

/** How servers elsewhere are reached. Tests put one of their own in its place, as an argument. */
export type Internet = {
  resolve(host: string): Promise<string[]>
  /** Whether we may connect to that address. */
  isReachable(address: string): boolean
  port: number
  /** Authorities to trust instead of the system's. */
  ca?: string
  /** A connection on which nothing moves for so long is given up. */
  idleMs: number
}

export const internet: Internet = {
  resolve: async (host) =>
    (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
  isReachable: isPublicAddress,
  port: 443,
  idleMs: 60_000,
}

const MAX_REDIRECTS = 3
const redirects = new Set([301, 302, 303, 307, 308])

/** A GET by https, which leaves neither the host nor the addresses that we may reach. */
export async function ask(
  url: URL,
  headers: Record<string, string | undefined>,
  net: Internet,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let target = url
  for (let moves = 0; moves <= MAX_REDIRECTS; moves += 1) {
    const answer = await askOnce(target, headers, net, signal)
    const { location } = answer.headers
    if (!redirects.has(answer.statusCode ?? 0)) return answer
    answer.destroy()
    const next = URL.parse(location ?? '', target.href)
    if (next?.origin !== url.origin) throw new VideoFault('SOURCE_REFUSED', 'its server points elsewhere')
    target = next
  }
  throw new VideoFault('SOURCE_REFUSED', 'its server points on and on')
}

async function askOnce(
  url: URL,
  headers: Record<string, string | undefined>,
  net: Internet,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { hostname, pathname, search } = url
  // The connection goes to the very address that was looked at: no second look-up could give another.
  const host = await addressOf(hostname, net)
  const asked = request({
    ...{ host, port: net.port, servername: hostname, path: `${pathname}${search}`, agent: false, signal },
    headers: { host: hostname, 'accept-encoding': 'identity', ...headers },
    ...{ timeout: net.idleMs, ca: net.ca },
  })
  asked.on('timeout', () => asked.destroy(new Error('The server of the source fell silent')))
  asked.on('error', () => {
    // Told below while the answer is waited for, and by the answer's body afterwards.
  })
  asked.end()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  if (answer === undefined) throw new Error('The server of the source gave no answer')
  return answer
}

/** Any of them, so that one which cannot be reached from here does not end every try. */
async function addressOf(hostname: string, net: Internet): Promise<string> {
  const addresses = await net.resolve(hostname)
  const blocked = addresses.find((address) => !net.isReachable(address))
  // A fault of the network's names, and not of the instructor's file.
  if (blocked !== undefined) throw new Error(`${hostname} leads to ${blocked}, which is not a public address`)
  const address = addresses[Math.floor(Math.random() * addresses.length)]
  if (address === undefined) throw new Error(`${hostname} has no address`)
  return address
}
