import { identityApi, type Session, type User } from '@aetherlearn/contracts/identity'
import { ApiError, createClient, type Client } from './client.ts'

/** Where the session outlives the page; `localStorage` in a browser. */
export type SessionStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
/** Runs `work` while no other holder of the same storage (another tab) runs its own. */
export type Exclusive = <T>(work: () => Promise<T>) => Promise<T>

export type SessionOptions = {
  /** Origin of the gateway, without a slash at its end. Empty: the page's own origin. */
  origin: string
  storage: SessionStorage
  /** Left out: nobody else refreshes this session. In a browser pass Web Locks. */
  exclusive?: Exclusive
  now?: () => number
  fetch?: typeof fetch
}

type Kept = Pick<Session, 'accessToken' | 'refreshToken' | 'user'> & { expiresAt: number }
type Listener = () => void

export type SignInState = {
  /** The signed-in person; the same object until something about them changes. */
  user(): User | undefined
  subscribe(listener: Listener): () => void
  /** An access token that still lives for a while, renewed first where needed; nothing when signed out. */
  token(): Promise<string | undefined>
  /** `fetch` for the client: an access token the server no longer takes is renewed once and the call repeated. */
  fetch: typeof fetch
  signIn(who: { email: string; password: string }): Promise<User>
  signUp(who: { email: string; password: string; fullName: string }): Promise<User>
  signOut(): Promise<void>
  /** Gets a new pair of tokens now, for example to learn of a changed role. */
  renew(): Promise<void>
  /** Reads the storage again, for changes that another tab made. */
  reload(): void
}

const STORAGE_KEY = 'aetherlearn.session'
/** Renewing this long before the end covers the way to the server. */
const RENEW_BEFORE_MS = 30_000

const alone: Exclusive = (work) => work()

/** The sign-in state of one browser or script: keeps the rotating pair of tokens and renews it, one call at a time. */
export function createSession(options: SessionOptions): SignInState {
  const { origin, exclusive = alone, now = Date.now } = options
  // Not a bare reference: browsers refuse to call fetch on another object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const identity = createClient(identityApi, { origin, fetch: send })
  const tokens = keepTokens(options.storage, now)
  let renewal: Promise<void> | undefined

  /** `stale` is the token that does not work; if another tab has replaced it meanwhile, that was the renewal. */
  function renew(stale: string | undefined) {
    renewal ??= exclusive(() => exchange(identity, tokens, stale)).finally(() => (renewal = undefined))
    return renewal
  }

  async function token() {
    const pair = tokens.current()
    if (pair !== undefined && pair.expiresAt - now() < RENEW_BEFORE_MS) await renew(pair.accessToken)
    return tokens.current()?.accessToken
  }

  const fetchSignedIn: typeof fetch = async (input, init) => {
    const response = await send(input, init)
    const used = bearerOf(init)
    if (response.status !== 401 || used === undefined) return response
    await renew(used)
    const pair = tokens.current()
    return pair === undefined
      ? response
      : send(input, { ...init, headers: withBearer(init, pair.accessToken) })
  }

  return {
    user: () => tokens.current()?.user,
    subscribe: tokens.subscribe,
    token,
    fetch: fetchSignedIn,
    signIn: async (who) => tokens.keep(await identity.signIn({ body: who })),
    signUp: async (who) => tokens.keep(await identity.signUp({ body: who })),
    signOut: async () => {
      const ended = await token().catch(() => tokens.current()?.accessToken)
      tokens.replace(undefined)
      if (ended !== undefined) await identity.signOut({ headers: { authorization: `Bearer ${ended}` } })
    },
    renew: () => renew(tokens.current()?.accessToken),
    reload: () => void tokens.reload(),
  }
}

type Tokens = ReturnType<typeof keepTokens>

/** The pair of tokens in memory and in the storage, and those who want to hear of changes. */
function keepTokens(storage: SessionStorage, now: () => number) {
  const listeners = new Set<Listener>()
  let kept = read(storage)
  const set = (next: Kept | undefined) => {
    kept = next && { ...next, user: sameUser(kept?.user, next.user) }
    for (const listener of listeners) listener()
  }
  function replace(next: Kept | undefined) {
    if (next === undefined) storage.removeItem(STORAGE_KEY)
    else storage.setItem(STORAGE_KEY, JSON.stringify(next))
    set(next)
  }
  return {
    current: () => kept,
    replace,
    keep({ accessToken, refreshToken, user, expiresInSeconds }: Session): User {
      replace({ accessToken, refreshToken, expiresAt: now() + expiresInSeconds * 1000, user })
      return user
    },
    /** Takes over what another tab wrote; false when that changed nothing. */
    reload(): boolean {
      const found = read(storage)
      if (found?.accessToken === kept?.accessToken) return false
      set(found)
      return true
    },
    subscribe(listener: Listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

async function exchange(identity: Client<typeof identityApi>, tokens: Tokens, stale: string | undefined) {
  tokens.reload()
  const pair = tokens.current()
  if (pair === undefined || pair.accessToken !== stale) return
  try {
    tokens.keep(await identity.refresh({ body: { refreshToken: pair.refreshToken } }))
  } catch (error) {
    if (!hasEnded(error)) throw error
    // Where nothing keeps tabs apart, another one may have used this refresh token first: its pair is ours then.
    if (!tokens.reload()) tokens.replace(undefined)
  }
}

/** Only the server's word ends a session; a network that is down does not. */
const hasEnded = (error: unknown) =>
  error instanceof ApiError && (error.status === 401 || error.status === 400)

/** The old object where nothing changed, so that those who compare by identity see no change. */
const sameUser = (before: User | undefined, after: User): User =>
  before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after

const headersOf = (init: RequestInit | undefined) => Object.fromEntries(new Headers(init?.headers))
const withBearer = (init: RequestInit | undefined, token: string) => ({
  ...headersOf(init),
  authorization: `Bearer ${token}`,
})
const bearerOf = (init: RequestInit | undefined) =>
  /^Bearer (.+)$/.exec(headersOf(init)['authorization'] ?? '')?.[1]

function read(storage: SessionStorage): Kept | undefined {
  const text = storage.getItem(STORAGE_KEY)
  if (text === null) return undefined
  try {
    const found = JSON.parse(text) as Kept
    return typeof found.refreshToken === 'string' && typeof found.user?.id === 'string' ? found : undefined
  } catch {
    // Written by something else, or cut short: the same as signed out.
    return undefined
  }
}
