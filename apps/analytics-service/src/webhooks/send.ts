import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { once } from 'node:events'
import { isPublicAddress } from '@aetherlearn/service-kit/public-address'
import { hostOf } from './rules.ts'

/** How servers elsewhere are reached. */
export type Reach = {
  resolve(host: string): Promise<string[]>
  /** Whether we may connect to that address. */
  isReachable(address: string): boolean
  /** Also without TLS: for servers of one's own network. */
  anywhere: boolean
  /** Authorities to trust instead of the system's. */
  ca?: string
}
const resolve = async (host: string) => (await lookup(host, { all: true })).map(({ address }) => address)
export const publicReach: Reach = { resolve, isReachable: isPublicAddress, anywhere: false }
/** Where an operator allows it: services beside this one, too. */
export const anyReach: Reach = { resolve, isReachable: () => true, anywhere: true }

/** From the first look-up to the last byte. */
export const SEND_MS = 10_000
/** Of an answer; what comes after is not read. */
const ANSWER_BYTES = 4096

export type Sent = { status: number } | { failure: string }

/**
 * A POST whose answer's status is all that counts. It goes to the very address that was looked at, so that no second look-up
 * gives another, and follows no redirection: neither leads anybody to what only we can reach.
 */
export async function send(
  url: URL,
  headers: Record<string, string>,
  body: string,
  reach: Reach,
): Promise<Sent> {
  const signal = AbortSignal.timeout(SEND_MS)
  try {
    const host = await Promise.race([addressOf(hostOf(url), reach), ended(signal)])
    const answer = await ask(url, { host, headers, body, reach, signal })
    const { statusCode: status = 0 } = answer
    await readSome(answer)
    return { status }
  } catch (error) {
    return { failure: failureOf(error, signal) }
  }
}

type Asking = {
  host: string
  headers: Record<string, string>
  body: string
  reach: Reach
  signal: AbortSignal
}

async function ask(url: URL, { host, headers, body, reach, signal }: Asking): Promise<IncomingMessage> {
  const isSecure = url.protocol === 'https:'
  const name = hostOf(url)
  const content = Buffer.from(body)
  const options = {
    ...{ host, method: 'POST', path: `${url.pathname}${url.search}`, agent: false, signal },
    port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
    headers: { ...headers, host: url.host, 'content-length': content.length },
  }
  const servername = isIP(name) === 0 ? { servername: name } : {}
  const asked = isSecure ? httpsRequest({ ...options, ...servername, ca: reach.ca }) : httpRequest(options)
  asked.on('error', () => {
    // Told below while the answer is waited for.
  })
  asked.end(content)
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  if (answer === undefined) throw new Error('no answer came')
  return answer
}

/** The status says it all; what breaks off afterwards changes nothing. */
async function readSome(answer: IncomingMessage) {
  let bytes = 0
  try {
    for await (const piece of answer) {
      bytes += Buffer.byteLength(piece)
      if (bytes >= ANSWER_BYTES) break
    }
  } catch {
    // As said.
  }
  answer.destroy()
}

/** Any of them, so that one which cannot be reached from here does not end every try. */
async function addressOf(name: string, reach: Reach): Promise<string> {
  const addresses = isIP(name) === 0 ? await reach.resolve(name) : [name]
  if (!addresses.every((address) => reach.isReachable(address)))
    throw new Error('its name leads to an address that is not public')
  const address = addresses[Math.floor(Math.random() * addresses.length)]
  if (address === undefined) throw new Error('its name has no address')
  return address
}

const ended = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('no answer in time')), { once: true })
  })

const MOST_CHARACTERS = 200

function failureOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return `no answer within ${SEND_MS / 1000} seconds`
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.slice(0, MOST_CHARACTERS)
}
