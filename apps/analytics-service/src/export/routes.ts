import { Readable } from 'node:stream'
import { analyticsExportApi } from '@aetherlearn/contracts/analytics/export'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import type { RequireStaff } from '../courses/access.ts'
import { isDay, type Period } from '../dashboard/periods.ts'
import type { Exported, Files } from './files.ts'

type Pieces = AsyncGenerator<string | Uint8Array>
export type ExportDeps = { requireStaff: RequireStaff; files: Files }

const PIECE_CHARACTERS = 32 * 1024
/** Before and after all days there are. */
const [FIRST_DAY, LAST_DAY] = ['1970-01-01', '9999-12-31']

export const exportRoutes: FastifyPluginAsyncTypebox<ExportDeps> = async (app, deps) => {
  const { requireStaff, files } = deps
  /** The file that a person is being sent: one at a time, as it reads all that there is for as long as they take. */
  const sending = new Map<string, Pieces>()

  function streamed(callerId: string, pieces: Pieces): Readable {
    const end = () => {
      if (sending.get(callerId) === pieces) sending.delete(callerId)
    }
    sending.set(callerId, pieces)
    // At its end, or as soon as the client goes away.
    return Readable.from(endedBy(pieces, end)).once('close', end)
  }

  /** What is asked for, by somebody who may have it. */
  async function exportedTo(caller: Caller, courseId: string, query: Partial<Period>): Promise<Exported> {
    const period = periodOf(query)
    const course = await requireStaff(caller, courseId)
    if (sending.has(caller.id)) throw fail('RATE_LIMITED', { retryAfterSeconds: 10 })
    return { courseId, course, period }
  }

  app.route({
    ...analyticsExportApi.exportCsv,
    handler: async ({ caller, params: { courseId }, query }, reply) => {
      const pieces = files.csv(await exportedTo(caller, courseId, query))
      headers(reply, `course-${courseId}.csv`)
      return reply.type('text/csv; charset=utf-8; header=present').send(streamed(caller.id, gathered(pieces)))
    },
  })

  app.route({
    ...analyticsExportApi.exportXapi,
    handler: async ({ caller, params: { courseId }, query }, reply) => {
      const pieces = files.xapi(await exportedTo(caller, courseId, query))
      headers(reply, `course-${courseId}-xapi.json`)
      return reply.type('application/json; charset=utf-8').send(streamed(caller.id, gathered(pieces)))
    },
  })

  app.route({
    ...analyticsExportApi.exportParquet,
    handler: async ({ caller, params: { courseId }, query: { of, ...period } }, reply) => {
      const exported = await exportedTo(caller, courseId, period)
      const pieces = of === 'playbacks' ? files.playbacks(exported) : files.lectureDays(exported)
      headers(reply, `course-${courseId}-${of}.parquet`)
      return reply.type('application/vnd.apache.parquet').send(streamed(caller.id, pieces))
    },
  })
}

function headers(reply: FastifyReply, fileName: string) {
  void reply.header('content-disposition', `attachment; filename="${fileName}"`)
  void reply.header('cache-control', 'no-store')
}

/** Small pieces as larger ones, as each is sent by itself. */
async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
    if (text.length < PIECE_CHARACTERS) continue
    yield text
    text = ''
  }
  yield text
}

/** `end` comes before the last piece: whoever has that may ask for the next file at once. */
async function* endedBy<P>(pieces: AsyncIterable<P>, end: () => void): AsyncGenerator<P> {
  let last: P | undefined
  for await (const piece of pieces) {
    if (last !== undefined) yield last
    last = piece
  }
  end()
  if (last !== undefined) yield last
}

function periodOf({ from = FIRST_DAY, to = LAST_DAY }: Partial<Period>): Period {
  const noDays = Object.entries({ from, to })
    .filter(([, text]) => !isDay(text))
    .map(([name]) => ({ field: `query.${name}`, message: 'is not a day of the calendar' }))
  const errors =
    noDays.length === 0 && to < from ? [{ field: 'query.to', message: 'is before from' }] : noDays
  if (errors.length > 0) throw fail('INVALID_INPUT', { errors })
  return { from, to }
}
