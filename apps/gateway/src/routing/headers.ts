import type { IncomingHttpHeaders } from 'node:http'
import { CONTENT_ORIGIN_HEADER, PUBLIC_ORIGIN_HEADER } from '@aetherlearn/contracts/course/package-routes'
import type { Place } from '../origins/rules.ts'

/**
 * What a service may see of a client's headers; everything else stops here: identities a client claims for itself
 * (`x-user-id`), addresses it claims to come from (`x-forwarded-for`, `forwarded`), and what only concerns the
 * connection to us.
 */
const passed = new Set([
  'accept',
  'accept-language',
  'accept-encoding',
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'content-disposition',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
  'cache-control',
  'user-agent',
  'host',
  'sec-gpc',
  'dnt',
  'x-checksum-sha256',
  'x-experience-api-version',
  'tus-resumable',
  'upload-length',
  'upload-offset',
  'upload-metadata',
  'upload-checksum',
  'upload-concat',
  'upload-defer-length',
])

export type Identified = { id: string; traceId: string }

/** RFC 9110 §7.6.1 and the ids of the kit, so that one request has one id in every log. */
export function headersForService(
  headers: IncomingHttpHeaders,
  request: Identified,
  spanId: string,
  { publicOrigin, contentOrigin }: Place,
): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(([name]) => passed.has(name))
  return {
    ...Object.fromEntries(kept),
    'x-request-id': request.id,
    traceparent: `00-${request.traceId}-${spanId}-01`,
    [PUBLIC_ORIGIN_HEADER]: publicOrigin,
    ...(contentOrigin === undefined ? {} : { [CONTENT_ORIGIN_HEADER]: contentOrigin }),
  }
}

/** RFC 9110 §7.6.1: they belong to the connection between us and the service. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'proxy-connection', 'upgrade'])

export const headersForClient = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !ofConnection.has(name)))
