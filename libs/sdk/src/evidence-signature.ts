import type { Signature } from '@aetherlearn/contracts/progress/evidence'
import { canonicalJson } from './canonical-json.ts'
import { bytesOf } from './evidence-hash.ts'

/** A set of public keys, as the JWKS route answers it (RFC 7517). */
export type PublicKeys = { keys: Record<string, unknown>[] }

const ALGORITHM = { name: 'Ed25519' }
/** So many arguments every browser takes. */
const CHUNK = 8192
const usual = (text: string) => text.replaceAll('-', '+').replaceAll('_', '/')
const fromBase64Url = (text: string) => Uint8Array.from(atob(usual(text)), (unit) => unit.charCodeAt(0))
type Native = { from(bytes: Uint8Array): { toString(encoding: 'base64url'): string } }
/** A report has megabytes: where Node is, it does this in a hundredth of the time. */
const native = (globalThis as { Buffer?: Native }).Buffer
function toBase64Url(bytes: Uint8Array): string {
  if (native !== undefined) return native.from(bytes).toString('base64url')
  let units = ''
  for (let from = 0; from < bytes.length; from += CHUNK)
    units += String.fromCharCode(...bytes.subarray(from, from + CHUNK))
  return btoa(units).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** RFC 7515 §5.1, the payload being the canonical JSON. */
const signedBytes = (header: string, payload: unknown) =>
  bytesOf(`${header}.${toBase64Url(bytesOf(canonicalJson(payload)))}`)

export type Signer = (payload: unknown, type: string) => Promise<Signature>

type PrivateKey = Parameters<typeof crypto.subtle.sign>[1]

/** Signs with a private Ed25519 key. */
export function createSigner(kid: string, privateKey: PrivateKey): Signer {
  return async (payload, type) => {
    const header = toBase64Url(bytesOf(canonicalJson({ alg: 'EdDSA', kid, typ: type })))
    const signed = await crypto.subtle.sign(ALGORITHM, privateKey, signedBytes(header, payload))
    return { protected: header, signature: toBase64Url(new Uint8Array(signed)) }
  }
}

type Header = { alg: unknown; kid: unknown; typ: unknown }
function headerOf(text: string): Header | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(fromBase64Url(text)))
    if (typeof header !== 'object' || header === null) return undefined
    return { alg: undefined, kid: undefined, typ: undefined, ...header }
  } catch {
    return undefined
  }
}

/** What is wrong with a signature; undefined: nothing. */
export async function signatureFault(
  payload: unknown,
  { protected: text, signature }: Signature,
  type: string,
  { keys }: PublicKeys,
): Promise<string | undefined> {
  const header = headerOf(text)
  if (header === undefined || header.alg !== 'EdDSA' || header.typ !== type) return 'is signed in another way'
  const known = keys.find((one) => one['kid'] === header.kid)
  if (known === undefined) return 'is signed with a key that is not known'
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: String(known['x']) }
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['verify'])
    const bytes = fromBase64Url(signature)
    // The last character has bits to spare: of one signature there is one text.
    if (toBase64Url(bytes) !== signature) return 'is not what was signed'
    const isRight = await crypto.subtle.verify(ALGORITHM, key, bytes, signedBytes(text, payload))
    return isRight ? undefined : 'is not what was signed'
  } catch {
    return 'is not what was signed'
  }
}
