import { createHmac, createPublicKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { tokenRules } from '@aetherlearn/service-kit/auth'
import { newId } from './ids.ts'
import type { TokenMint } from './tokens.ts'

export type Forgery = { name: string; token: string }

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Tokens that must be refused by everything that checks tokens (OWASP ASVS 9.1 and 9.2, and what libraries got wrong). */
export function forgeriesOf(mint: TokenMint): Forgery[] {
  return [...withoutOurKey(mint), ...withWrongClaims(mint), ...damaged(mint)].map(([name, token]) => ({
    name,
    token,
  }))
}

type Named = [name: string, token: string]

const now = () => Math.floor(Date.now() / 1000)
const claims = () => ({
  sub: newId(),
  role: 'admin',
  sid: randomUUID(),
  iss: tokenRules.issuer,
  aud: tokenRules.audience,
  iat: now(),
  exp: now() + 600,
})

const keyIdOf = (mint: TokenMint) => String(mint.keySet.keys[0]?.['kid'])
const headerOf = (mint: TokenMint) => ({
  alg: tokenRules.algorithm,
  typ: tokenRules.type,
  kid: keyIdOf(mint),
})

function withoutOurKey(mint: TokenMint): Named[] {
  const header = headerOf(mint)
  const jwk = mint.keySet.keys[0] ?? {}
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
  const stranger = generateKeyPairSync('ed25519')
  const unsigned = (alg: string) => `${encode({ ...header, alg })}.${encode(claims())}.`
  const hmac = (key: string | Buffer, more: object = {}) => {
    const text = `${encode({ ...header, alg: 'HS256', ...more })}.${encode(claims())}`
    return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
  }
  const strange = (more: object = {}) => {
    const text = `${encode({ ...header, ...more })}.${encode(claims())}`
    return `${text}.${sign(null, Buffer.from(text), stranger.privateKey).toString('base64url')}`
  }
  const elsewhere = 'http://127.0.0.1:9/keys.json'
  return [
    ['no algorithm', unsigned('none')],
    ['no algorithm, spelt otherwise', unsigned('nOnE')],
    ['HS256 keyed with our public key', hmac(pem)],
    ['HS256 keyed with our public key after a space', hmac(` ${pem}`)],
    ['HS256 keyed with the bytes of our public key', hmac(Buffer.from(String(jwk['x']), 'base64url'))],
    ['HS256 with an empty key', hmac('')],
    ['a key id that is a path', hmac('', { kid: '../../../../dev/null' })],
    ['a key id that is SQL', hmac('x', { kid: "x' UNION SELECT 'x" })],
    ['a key id that is an address', strange({ kid: elsewhere })],
    ['a key of a stranger under our key id', strange()],
    ['a key set at an address of the forger (jku)', strange({ jku: elsewhere, kid: 'stranger' })],
    ['a certificate at an address of the forger (x5u)', strange({ x5u: elsewhere })],
    ['a key inside the token (jwk)', strange({ jwk: stranger.publicKey.export({ format: 'jwk' }) })],
  ]
}

function withWrongClaims(mint: TokenMint): Named[] {
  const header = headerOf(mint)
  const signed = (changed: object, more: object = {}) =>
    mint.signExactly({ ...header, ...more }, { ...claims(), ...changed })
  return [
    ['an unknown critical extension', signed({}, { crit: ['exam'], exam: true })],
    ['expired', signed({ exp: now() - 60 })],
    ['without an end', signed({ exp: undefined })],
    ['not valid yet', signed({ nbf: now() + 600 })],
    ['for another audience', signed({ aud: 'elsewhere' })],
    ['of another issuer', signed({ iss: 'https://evil.test' })],
    ['of another type', signed({}, { typ: 'JWT' })],
    ['of no type', signed({}, { typ: undefined })],
    ['without a user', signed({ sub: undefined })],
    ['with a role that does not exist', signed({ role: 'root' })],
    ['with a list of roles', signed({ role: ['admin'] })],
    ['without a session', signed({ sid: undefined })],
  ]
}

function damaged(mint: TokenMint): Named[] {
  const [header = '', , signature = ''] = mint.signExactly(headerOf(mint), claims()).split('.')
  const other = encode({ ...claims(), role: 'admin' })
  const whole = mint.signExactly(headerOf(mint), claims())
  return [
    ['a refresh token', randomBytes(32).toString('base64url')],
    ['other claims under a true signature', `${header}.${other}.${signature}`],
    ['a cut signature', whole.slice(0, -4)],
    ['no signature', whole.slice(0, whole.lastIndexOf('.') + 1)],
    ['two parts', whole.slice(0, whole.lastIndexOf('.'))],
    ['something after it', `${whole}.${signature}`],
    ['no text', ''],
    ['dots', '..'],
  ]
}
