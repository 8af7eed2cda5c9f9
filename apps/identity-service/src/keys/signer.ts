import type { Role } from '@aetherlearn/contracts/shape'
import { tokenRules } from '@aetherlearn/service-kit/auth'
import { CompactSign, SignJWT, importJWK, type JSONWebKeySet } from 'jose'
import type { SigningKey } from './store.ts'

export type SignToken = (claims: { userId: string; role: Role; sessionId: string }) => Promise<string>

/** Signs access tokens by the rules that every service checks them with (RFC 9068). */
export function createTokenSigner(key: SigningKey, lifeSeconds: number): SignToken {
  const imported = importJWK(key.privateJwk, tokenRules.algorithm)
  return async ({ userId, role, sessionId }) =>
    new SignJWT({ role, sid: sessionId })
      .setProtectedHeader({ alg: tokenRules.algorithm, typ: tokenRules.type, kid: key.kid })
      .setIssuer(tokenRules.issuer)
      .setAudience(tokenRules.audience)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${lifeSeconds} s`)
      .sign(await imported)
}

/** The report as a compact JWS. */
export type SignReport = (report: object) => Promise<string>

/** Its type keeps it from being taken for an access token. */
export function createReportSigner(key: SigningKey): SignReport {
  const imported = importJWK(key.privateJwk, tokenRules.algorithm)
  return async (report) =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(report)))
      .setProtectedHeader({ alg: tokenRules.algorithm, typ: 'erasure-report+jws', kid: key.kid })
      .sign(await imported)
}

/** What the world may see of the key. */
export const keySetOf = ({ kid, publicJwk }: SigningKey): JSONWebKeySet => ({
  keys: [{ ...publicJwk, kid, alg: tokenRules.algorithm, use: 'sig' }],
})
