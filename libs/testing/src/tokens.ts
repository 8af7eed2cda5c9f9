import { KeyObject, randomUUID, sign as signBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Role } from '@aetherlearn/contracts/shape'
import { createVerifier, tokenRules, type VerifyToken } from '@aetherlearn/service-kit/auth'
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload } from 'jose'
import { newId } from './ids.ts'

const KEY_ID = 'test'

export type TokenMint = {
  /** As every service verifies, over this mint's keys. */
  verifyToken: VerifyToken
  tokenFor(caller: { id?: string; role: Role; lifetimeSeconds?: number }): Promise<string>
  /** Signs what it is given: for tokens that must be refused. */
  sign(claims: JWTPayload, header?: Record<string, unknown>): Promise<string>
  /** Signs with the right key whatever header and claims it is given, also what a sound library refuses to sign. */
  signExactly(header: object, claims: object): string
  keySet: { keys: Record<string, unknown>[] }
  /** The key set over HTTP, for processes that are told an identity URL. */
  startKeyServer(): Promise<{ url: string; stop(): Promise<void> }>
}

/** Access tokens like those of identity-service, with a key pair of the test's own. */
export async function createTokenMint(): Promise<TokenMint> {
  const { privateKey, publicKey } = await generateKeyPair(tokenRules.algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: tokenRules.algorithm, use: 'sig' }
  const keySet = { keys: [jwk] }
  const sign = (claims: JWTPayload, header: Record<string, unknown> = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: tokenRules.algorithm, typ: tokenRules.type, kid: KEY_ID, ...header })
      .sign(privateKey)
  const signExactly = (header: object, claims: object) => {
    const text = [header, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${text}.${signBytes(null, Buffer.from(text), KeyObject.from(privateKey)).toString('base64url')}`
  }
  const tokenFor: TokenMint['tokenFor'] = ({ id = newId(), role, lifetimeSeconds = 600 }) => {
    const now = Math.floor(Date.now() / 1000)
    return sign({
      sub: id,
      role,
      sid: randomUUID(),
      iss: tokenRules.issuer,
      aud: tokenRules.audience,
      iat: now,
      exp: now + lifetimeSeconds,
    })
  }
  const startKeyServer = async () => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(keySet))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const stop = async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
    return { url: `http://127.0.0.1:${port}`, stop }
  }
  return {
    verifyToken: createVerifier(createLocalJWKSet(keySet)),
    tokenFor,
    sign,
    signExactly,
    keySet,
    startKeyServer,
  }
}
