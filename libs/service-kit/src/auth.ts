import { roles, type Access, type Role } from '@aetherlearn/contracts/shape'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { createRemoteJWKSet, errors as joseErrors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { fail } from './errors.ts'
import { keepRecent } from './recent.ts'

/** Who is calling, as the access token says. */
export type Caller = {
  id: string
  role: Role
  sessionId: string
  /** Of the token, in milliseconds since 1970. */
  expiresAt: number
}
/**
 * Resolves a bearer token, at once where it was verified before; throws or rejects with UNAUTHENTICATED for a bad one and
 * UNAVAILABLE where the keys can't be had.
 */
export type VerifyToken = (token: string) => Caller | Promise<Caller>

/** Claims and header of our access tokens; identity-service signs with the same values (RFC 9068). */
export const tokenRules = {
  issuer: 'https://aetherlearn.org/identity',
  audience: 'aetherlearn',
  type: 'at+jwt',
  algorithm: 'EdDSA',
} as const

const CACHED_TOKENS = 20_000

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route but public ones. */
    caller: Caller
  }
  interface FastifyContextConfig {
    access?: Access
  }
}

/** A verifier over identity-service's key set; it remembers verified tokens until they expire, 20,000 at most. */
export function createTokenVerifier(options: { identityUrl: string }): VerifyToken {
  const address = new URL('/.well-known/jwks.json', options.identityUrl)
  return createVerifier(createRemoteJWKSet(address, { timeoutDuration: 1500, cooldownDuration: 5000 }))
}

export function createVerifier(keys: JWTVerifyGetKey): VerifyToken {
  /** By their signatures: those are found faster than whole tokens, which are compared then. */
  const verified = keepRecent<{ token: string; caller: Caller }>(CACHED_TOKENS / 2)
  const signatureOf = (token: string) => token.slice(token.lastIndexOf('.') + 1)
  const verifyNew = async (token: string) => {
    const caller = await verify(token, keys)
    verified.set(signatureOf(token), { token, caller })
    return caller
  }
  return (token) => {
    const signature = signatureOf(token)
    const known = verified.get(signature)
    if (known === undefined || known.token !== token) return verifyNew(token)
    if (known.caller.expiresAt > Date.now()) return known.caller
    verified.delete(signature)
    throw fail('UNAUTHENTICATED', { detail: 'The access token has expired' })
  }
}

async function verify(token: string, keys: JWTVerifyGetKey): Promise<Caller> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: tokenRules.issuer,
      audience: tokenRules.audience,
      typ: tokenRules.type,
      algorithms: [tokenRules.algorithm],
      requiredClaims: ['sub', 'exp', 'role', 'sid'],
    })
    const role = roles.find((name) => name === payload['role'])
    const { sub, exp, sid } = payload
    if (role === undefined || sub === undefined || exp === undefined || typeof sid !== 'string') {
      throw fail('UNAUTHENTICATED', { internal: 'claims of the wrong form' })
    }
    return { id: sub, role, sessionId: sid, expiresAt: exp * 1000 }
  } catch (error) {
    throw keysUnreachable(error)
      ? fail('UNAVAILABLE', { cause: error, internal: 'the key set of identity-service cannot be read' })
      : fail('UNAUTHENTICATED', { cause: error })
  }
}

function keysUnreachable(error: unknown): boolean {
  if (error instanceof joseErrors.JWKSTimeout) return true
  // fetch throws TypeError when nobody listens; jose throws its bare JOSEError on an answer that is not 200.
  const bare = error instanceof joseErrors.JOSEError && error.code === 'ERR_JOSE_GENERIC'
  return bare || (error instanceof TypeError && error.message === 'fetch failed')
}

const rank = (role: Role) => roles.indexOf(role)

/** Denies by default: a route without an access rule answers 403 to everybody. */
export function allows(access: Access | undefined, role: Role): boolean {
  if (access === 'signed-in') return true
  if (access === 'instructor' || access === 'admin') return rank(role) >= rank(access)
  return false
}

/** Routes that ask for no access token: anybody's, or those whose handlers look at what was sent themselves. */
const open: readonly (Access | undefined)[] = ['public', 'signed-url', 'credentials']
const isOpen = (access: Access | undefined) => open.includes(access)

/** The scheme is case-insensitive, the token a b64token: RFC 6750 §2.1. */
const BEARER = /^Bearer ([A-Za-z0-9\-._~+/]+=*)$/i

function authenticate({ headers }: Pick<FastifyRequest, 'headers'>, verifyToken: VerifyToken) {
  const token = BEARER.exec(headers.authorization ?? '')?.[1]
  if (token === undefined) throw fail('UNAUTHENTICATED')
  return verifyToken(token)
}

/** Checks every request against its route's access rule, before the body is read. */
export function guardRoutes(app: FastifyInstance, verifyToken: VerifyToken) {
  app.decorateRequest('caller')
  const admit = (request: FastifyRequest, caller: Caller) => {
    request.caller = caller
    if (!allows(request.matched.config.access, caller.role)) throw fail('FORBIDDEN')
  }
  /** Most callers are known: those wait for nothing. */
  const guard = (request: FastifyRequest): Promise<void> | undefined => {
    const caller = authenticate(request, verifyToken)
    if (caller instanceof Promise) return caller.then((verified) => admit(request, verified))
    admit(request, caller)
    return undefined
  }
  app.addHook('onRequest', (request, _reply, done) => {
    if (isOpen(request.matched.config.access) || request.is404) return done()
    let refused: Error | undefined
    let verifying: Promise<void> | undefined
    try {
      verifying = guard(request)
    } catch (error) {
      refused = error as Error
    }
    if (verifying === undefined) done(refused)
    else verifying.then(() => done(), done)
  })
}
