import { pino, type Logger, type LoggerOptions } from 'pino'

/** Never written to a log, wherever they turn up: credentials, and grants inside media URLs. */
const redact = {
  paths: [
    'authorization',
    'password',
    'refreshToken',
    'accessToken',
    '*.authorization',
    '*.password',
    '*.token',
  ],
  censor: '[redacted]',
}
const GRANT_IN_URL = /(\/api\/v1\/media\/)[^/]+/

export const withoutSecrets = (url: string) =>
  url.replace(GRANT_IN_URL, '$1[redacted]').split('?', 1)[0] ?? ''

let at = 0
let atText = ''
/** RFC 3339, put into words once in a millisecond. */
function isoTime() {
  const now = Date.now()
  if (now !== at) {
    at = now
    atText = `,"time":"${new Date(now).toISOString()}"`
  }
  return atText
}

/**
 * Lines are written together, a tenth of a second late at most and at the end of the process, so that no request waits
 * for whoever reads them. A reader that has stopped costs lines, not memory.
 */
const batches = { dest: 1, sync: false, minLength: 16_000, periodicFlush: 100, maxLength: 8 * 1024 * 1024 }

export function createLogger(name: string, level: string): Logger {
  const options: LoggerOptions = {
    name,
    level,
    redact,
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  return pino(options, pino.destination(batches))
}
