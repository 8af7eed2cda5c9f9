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

export function createLogger(name: string, level: string): Logger {
  const options: LoggerOptions = {
    name,
    level,
    redact,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  return pino(options)
}
