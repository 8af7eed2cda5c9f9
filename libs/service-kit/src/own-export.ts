import { Readable } from 'node:stream'
import type { Endpoint } from '@aetherlearn/contracts/shape'
import { fail } from './errors.ts'
import type { Server } from './server.ts'

export type OwnExport = {
  endpoint: Endpoint
  fileName: string
  /** What the file holds of a person after its heading: one `section` or more. */
  sections: (userId: string) => AsyncIterable<string>
  now: () => number
}

/** Everything that a service holds about the caller, as one file of JSON, however long it is. */
export function ownExport(app: Server, { endpoint, fileName, sections, now }: OwnExport) {
  const reading = new Set<string>()
  app.route({
    ...endpoint,
    handler: ({ caller: { id: userId } }, reply) => {
      // Each reads all that there is, for as long as its client takes.
      if (reading.has(userId)) throw fail('RATE_LIMITED', { retryAfterSeconds: 10 })
      reading.add(userId)
      reply.raw.once('close', () => reading.delete(userId))
      const heading = { schemaVersion: 1, userId, exportedAt: new Date(now()).toISOString() }
      void reply.header('content-disposition', `attachment; filename="${fileName}"`)
      void reply.header('cache-control', 'no-store')
      const pieces = piecesOf(heading, sections(userId))
      return reply.type('application/json; charset=utf-8').send(Readable.from(pieces))
    },
  })
}

async function* piecesOf(heading: object, sections: AsyncIterable<string>) {
  yield JSON.stringify(heading).slice(0, -1)
  yield* sections
  yield '}\n'
}

/** A list as a member of the file, row by row: a person may have tens of thousands. */
export async function* section(name: string, rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield `,"${name}":[`
  let separator = ''
  for await (const row of rows) {
    yield separator + JSON.stringify(row)
    separator = ','
  }
  yield ']'
}
