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

const BATCH_LETTERS = 16_000
const BATCH_MS = 100
/** A write that is under way elsewhere when the process ends would be lost. */
const sink = { dest: 1, sync: true }

/**
 * Lines are written together, a tenth of a second late at most and at the end of the process: a write for each
 * costs as much as all the rest of it, and Pino's own batches measure what waits anew with every line.
 */
function inBatches(): { write(line: string): void } {
  const out = pino.destination(sink)
  let lines: string[] = []
  let letters = 0
  const flush = () => {
    if (letters === 0) return
    out.write(lines.join(''))
    lines = []
    letters = 0
  }
  setInterval(flush, BATCH_MS).unref()
  process.on('exit', flush)
  return {
    write: (line) => {
      lines.push(line)
      letters += line.length
      if (letters >= BATCH_LETTERS) flush()
    },
  }
}

export function createLogger(name: string, level: string): Logger {
  const options: LoggerOptions = {
    name,
    level,
    redact,
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
  }
  return pino(options, inBatches())
}
