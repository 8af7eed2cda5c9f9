import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { BlockList, isIPv4, isIPv6 } from 'node:net'
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

/** IANA's special-purpose registries: whatever of IPv4 does not lead to somebody else's public server. */
const ownV4 = new BlockList()
for (const net of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]) {
  const [address = '', bits] = net.split('/')
  ownV4.addSubnet(address, Number(bits), 'ipv4')
}
/** Global unicast; without what stands for IPv4 addresses (Teredo, 6to4) or is for protocols and examples. */
const globalV6 = new BlockList()
globalV6.addSubnet('2000::', 3, 'ipv6')
const specialV6 = new BlockList()
specialV6.addSubnet('2001::', 23, 'ipv6')
specialV6.addSubnet('2001:db8::', 32, 'ipv6')
specialV6.addSubnet('2002::', 16, 'ipv6')
specialV6.addSubnet('3fff::', 20, 'ipv6')

/** Whether an address is one of the public internet: not this machine, not its network, not the cloud's metadata. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !ownV4.check(address, 'ipv4')
  return isIPv6(address) && globalV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
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
