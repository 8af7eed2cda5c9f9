import { createTransport } from 'nodemailer'
import type { Transport } from './mailer.ts'

const CONNECTIONS = 2
const WAIT_MS = 10_000

/** A mail server by its address: a few connections, kept while there is something to send. */
export function openTransport(smtpUrl: string): { transport: Transport; close(): void } {
  const transporter = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: CONNECTIONS,
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: 3 * WAIT_MS,
    // What we hand over is ours; nothing in it may be read from disk or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return { transport: (letter) => transporter.sendMail(letter), close: () => transporter.close() }
}
