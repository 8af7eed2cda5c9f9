import type { IncomingHttpHeaders } from 'node:http'

/**
 * What a browser says with each request: Global Privacy Control (W3C, `Sec-GPC: 1`), and what came before it, `DNT: 1`.
 * It holds for the request that says it.
 */
export const saysNo = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-gpc'] === '1' || headers['dnt'] === '1'
