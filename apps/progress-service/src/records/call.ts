import type { IncomingHttpHeaders } from 'node:http'
import { fail } from '@aetherlearn/service-kit/errors'
import { refuse, type Check } from './values.ts'

/** What was asked, however it was written down. */
export type Call = {
  method: string
  headers: IncomingHttpHeaders
  parameters: ReadonlyMap<string, string>
  body: Buffer
}
type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: unknown }

const asHeaders = new Set([
  'authorization',
  'x-experience-api-version',
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
])
const NOTHING = Buffer.alloc(0)

/**
 * Communication 1.3: clients that can send forms alone say the method in the query, and all else in the form: headers,
 * parameters and, as `content`, the body.
 */
export function callOf({ method, url, headers, body }: Received): Call {
  const bytes = Buffer.isBuffer(body) ? body : NOTHING
  const query = new URLSearchParams(url.split('?')[1] ?? '')
  const instead = query.get('method')
  if (instead === null) return { method, headers, parameters: once(query), body: bytes }
  if (method !== 'POST') throw refuse('query.method', 'can only be there with POST')
  if ([...query].length > 1) throw refuse('query', 'must name the method alone; all else stands in the form')
  return ofForm(instead, headers, new URLSearchParams(bytes.toString()))
}

function ofForm(method: string, headers: IncomingHttpHeaders, form: URLSearchParams): Call {
  if (!['GET', 'PUT', 'POST', 'DELETE'].includes(method))
    throw refuse('query.method', 'is not a known method')
  const fields = [...form]
  const said = fields
    .filter(([name]) => asHeaders.has(name.toLowerCase()))
    .map(([name, value]) => [name.toLowerCase(), value])
  const content = form.get('content')
  const sends = method === 'PUT' || method === 'POST'
  if (sends && content === null) throw refuse('body.content', 'is required')
  const parameters = fields.filter(([name]) => name !== 'content' && !asHeaders.has(name.toLowerCase()))
  // What the form does not say is as with JSON; its own type is that of the form.
  const own: IncomingHttpHeaders = { ...headers, 'content-type': 'application/json' }
  return {
    method,
    headers: { ...own, ...Object.fromEntries(said) },
    parameters: once(new URLSearchParams(parameters)),
    body: Buffer.from(content ?? ''),
  }
}

function once(query: URLSearchParams): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of query) {
    if (found.has(name)) throw refuse(`query.${name}`, 'must be there once')
    found.set(name, value)
  }
  return found
}

export const LATEST = '1.0.3'
/** Communication 3.3. */
export function requireVersion({ headers }: Call) {
  const version = headers['x-experience-api-version']
  if (typeof version !== 'string' || !/^1\.0(\.\d+)?$/.test(version))
    throw refuse('x-experience-api-version', 'must be 1.0.3, or another 1.0.x')
}

/** Takes exactly these parameters, each as its check asks; a check of null takes it as it is. */
export function only({ parameters }: Call, known: Record<string, Check | null>) {
  for (const [name, value] of parameters) {
    if (!Object.hasOwn(known, name)) throw refuse(`query.${name}`, 'is not a known parameter')
    known[name]?.(value, `query.${name}`)
  }
}
export function required({ parameters }: Call, name: string): string {
  const value = parameters.get(name)
  if (value === undefined || value === '') throw refuse(`query.${name}`, 'is required')
  return value
}

/** Refuses where what is there is not what the caller expects (communication 3.1). */
export function checkPreconditions({ headers }: Call, etag: string | undefined) {
  const tags = (value: string) => value.split(',').map((tag) => tag.trim().replace(/^(W\/)?"?|"?$/g, ''))
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  const holds = (value: string) =>
    value.trim() === '*' ? etag !== undefined : tags(value).includes(etag ?? '')
  if (match !== undefined && !holds(match)) throw fail('PRECONDITION_FAILED')
  if (noneMatch !== undefined && holds(noneMatch)) throw fail('PRECONDITION_FAILED')
}
export const hasPreconditions = ({ headers }: Call) =>
  headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
