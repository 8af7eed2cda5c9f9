/** What is signed: both headers and the body, exactly as they came. */
export type SignedMessage = { id: string; timestamp: string; body: string }
export type ReceivedWebhook = {
  /** As they came; names in lower case, as Node has them, or a `Headers` of `fetch`. */
  headers: Headers | Record<string, string | string[] | undefined>
  /** The body before anything has parsed it. */
  body: string
  /** As it was shown: `whsec_…`. While it is being changed, both. */
  secret: string | readonly string[]
}
export type VerifyOptions = {
  /** How old or how far ahead of us a message may be, against those that somebody kept and sends again. */
  toleranceSeconds?: number
  now?: () => number
}

const PREFIX = 'whsec_'
const VERSION = 'v1,'
const encoder = new TextEncoder()

/** Why a message is not to be believed. */
export class WebhookError extends Error {
  override name = 'WebhookError'
}

/** A value of `webhook-signature`, by Standard Webhooks: HMAC-SHA256 over id, moment and body. */
export async function signWebhook({ id, timestamp, body }: SignedMessage, secret: string): Promise<string> {
  const key = await keyOf(secret, 'sign')
  const signature = await crypto.subtle.sign('HMAC', key, contentOf({ id, timestamp, body }))
  return VERSION + btoa(String.fromCharCode(...new Uint8Array(signature)))
}

/** The message that AetherLearn sent; throws `WebhookError` where it did not send it, or not now. */
export async function verifyWebhook(
  { headers, body, secret }: ReceivedWebhook,
  { toleranceSeconds = 300, now = Date.now }: VerifyOptions = {},
): Promise<{ id: string; message: unknown }> {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  )
  if (!id || !timestamp || !signatures) throw new WebhookError('A header of the signature is missing')
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookError('webhook-timestamp is no number of seconds')
  if (Math.abs(now() / 1000 - Number(timestamp)) > toleranceSeconds)
    throw new WebhookError('The message is too old, or the clock is wrong')
  const secrets = typeof secret === 'string' ? [secret] : secret
  if (!(await isSigned({ id, timestamp, body }, signatures, secrets)))
    throw new WebhookError('No signature fits')
  return { id, message: JSON.parse(body) }
}

async function isSigned(message: SignedMessage, signatures: string, secrets: readonly string[]) {
  const content = contentOf(message)
  const keys = await Promise.all(secrets.map((secret) => keyOf(secret, 'verify')))
  for (const signature of signatures.split(' ')) {
    // Another version says nothing about this one.
    if (!signature.startsWith(VERSION)) continue
    const bytes = bytesOf(signature.slice(VERSION.length))
    if (bytes === undefined) continue
    // Compared by the crypto library, in constant time.
    for (const key of keys) if (await crypto.subtle.verify('HMAC', key, bytes, content)) return true
  }
  return false
}

const contentOf = ({ id, timestamp, body }: SignedMessage) => encoder.encode(`${id}.${timestamp}.${body}`)

function keyOf(secret: string, use: 'sign' | 'verify') {
  const bytes = bytesOf(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret)
  if (bytes === undefined || bytes.length === 0) throw new WebhookError('The secret is not Base64')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [use])
}

/** Of Base64. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

function headerOf(headers: ReceivedWebhook['headers'], name: string): string | undefined {
  const value = headers instanceof Headers ? headers.get(name) : headers[name]
  return typeof value === 'string' ? value : undefined
}
