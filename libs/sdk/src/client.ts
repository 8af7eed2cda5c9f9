import type { Problem } from '@aetherlearn/contracts/errors'
import type { Api, Endpoint } from '@aetherlearn/contracts/shape'
import type { Static, TSchema } from 'typebox'

type SchemaOf<E extends Endpoint, K extends 'params' | 'querystring' | 'body'> = E['schema'][K]
/** What `fetch` can send as it is; spelt so that it means the same in Node and in a browser. */
type RawBody = NonNullable<RequestInit['body']>

type NoRequiredKeys<T> = Record<never, never> extends T ? true : false
/** A body without a field that is required may be left out. */
type BodyPart<S> = S extends TSchema
  ? NoRequiredKeys<Static<S>> extends true
    ? { body?: Static<S> }
    : { body: Static<S> }
  : unknown
type Part<S, Name extends string> = S extends TSchema ? { [K in Name]: Static<S> } : unknown
/** What a call takes: the parts its schema declares, raw bytes or a form for uploads, and a signal. */
export type CallInput<E extends Endpoint> = Part<SchemaOf<E, 'params'>, 'params'> &
  (SchemaOf<E, 'querystring'> extends TSchema
    ? { query?: Partial<Static<SchemaOf<E, 'querystring'>>> }
    : unknown) &
  BodyPart<SchemaOf<E, 'body'>> & {
    raw?: RawBody
    headers?: Record<string, string>
    signal?: AbortSignal
  }

type Success<R> = { [K in keyof R]: R[K] extends TSchema ? Static<R[K]> : never }[keyof R]
export type CallOutput<E extends Endpoint> = Success<E['schema']['response']>

type Call<E extends Endpoint> =
  NoRequiredKeys<CallInput<E>> extends true
    ? (input?: CallInput<E>) => Promise<CallOutput<E>>
    : (input: CallInput<E>) => Promise<CallOutput<E>>
export type Client<A extends Api> = { [K in keyof A]: Call<A[K]> }

export type ClientOptions = {
  /** Origin of the gateway or of one service, without a slash at its end. Empty: the page's own origin. */
  origin: string
  /** The access token for the next request, or nothing for a public one. */
  token?: () => Promise<string | undefined> | string | undefined
  fetch?: typeof fetch
}

/** A problem document as an error: `code` is one of the codes in `@aetherlearn/contracts/errors`. */
export class ApiError extends Error {
  readonly problem: Problem
  readonly retryAfterSeconds: number | undefined
  constructor(problem: Problem, retryAfterSeconds?: number) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiError'
    this.problem = problem
    this.retryAfterSeconds = retryAfterSeconds
  }
  get code() {
    return this.problem.code
  }
  get status() {
    return this.problem.status
  }
}

type AnyInput = {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
  raw?: RawBody
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Turns an api object of the contracts into functions, one per entry. Errors are thrown as `ApiError`. */
export function createClient<A extends Api>(api: A, options: ClientOptions): Client<A> {
  const calls = Object.entries(api).map(([name, entry]) => [
    name,
    (input: AnyInput = {}) => call(entry, input, options),
  ])
  return Object.fromEntries(calls) as Client<A>
}

async function call(entry: Endpoint, input: AnyInput, options: ClientOptions): Promise<unknown> {
  const text = await (await request(entry, input, options)).text()
  // Some answers say everything in their headers.
  return text === '' ? undefined : JSON.parse(text)
}

/** The answer as it is, for routes that answer a file. Errors are thrown as `ApiError`. */
export const download = <E extends Endpoint>(
  entry: E,
  input: CallInput<E>,
  options: ClientOptions,
): Promise<Response> => request(entry, input, options)

async function request(entry: Endpoint, input: AnyInput, options: ClientOptions): Promise<Response> {
  const token = await options.token?.()
  const headers: Record<string, string> = { ...input.headers }
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`
  if (input.body !== undefined) headers['content-type'] = 'application/json'
  const body = input.raw ?? (input.body === undefined ? undefined : JSON.stringify(input.body))
  const send = options.fetch ?? fetch
  const response = await send(options.origin + addressOf(entry, input), {
    method: entry.method,
    headers,
    ...(body === undefined ? {} : { body }),
    ...(input.signal ? { signal: input.signal } : {}),
  })
  if (!response.ok) throw await errorOf(response)
  return response
}

/** The path and query string of a call. */
export function addressOf(entry: Endpoint, input: Pick<AnyInput, 'params' | 'query'>): string {
  const params = input.params ?? {}
  const path = entry.url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const set = Object.entries(input.query ?? {}).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(set.map(([key, value]): [string, string] => [key, String(value)]))
  return query.size > 0 ? `${path}?${query}` : path
}

async function errorOf(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get('retry-after'))
  const retryAfterSeconds = wait > 0 ? wait : undefined
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  if (isProblem) return new ApiError((await response.json()) as Problem, retryAfterSeconds)
  const problem = {
    type: 'about:blank',
    title: `The server answered ${response.status}`,
    status: response.status,
    code: 'UNAVAILABLE',
    requestId: response.headers.get('x-request-id') ?? '',
  }
  return new ApiError(problem, retryAfterSeconds)
}
