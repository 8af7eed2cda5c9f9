import type { EventType, Payload } from '@aetherlearn/contracts/shape'
import { apps, type AppName } from '@aetherlearn/contracts/system'
import { Schema, type Connection } from 'mongoose'
import type { Logger } from 'pino'
import { Compile } from 'typebox/compile'
import { eventQueue, openWorker } from './jobs.ts'
import { isDuplicateKey, transaction, type Session } from './mongo.ts'

const HEARD_KEPT_SECONDS = 30 * 24 * 3600

const heardSchema = new Schema(
  { _id: String, at: { type: Date, default: () => new Date() } },
  { versionKey: false, collection: 'heardEvents' },
)
heardSchema.index({ at: 1 }, { expireAfterSeconds: HEARD_KEPT_SECONDS })
export const heardModel = (connection: Connection) =>
  connection.models['HeardEvent'] ?? connection.model('HeardEvent', heardSchema)

/** Work after the commit that may be lost, such as a message to a browser. */
export type AfterCommit = () => Promise<void>
type Handle = (payload: unknown, session: Session, traceId: string) => Promise<AfterCommit | undefined>
export type EventHandler = { type: EventType; handle: Handle }

/** Binds a handler to an event. It runs in a transaction together with the note that the event was heard. */
export function on<E extends EventType>(
  type: E,
  handle: (payload: Payload<E>, session: Session, traceId: string) => Promise<AfterCommit | void>,
): EventHandler {
  const check = Compile(type.payload)
  return {
    type,
    handle: async (payload, session, traceId) => {
      if (!check.Check(payload)) throw new Error(`The payload of ${type.name} has the wrong form`)
      return (await handle(payload as Payload<E>, session, traceId)) ?? undefined
    },
  }
}

export type ListenerOptions = { app: AppName; connection: Connection; redisUrl: string; log: Logger }

/** Hears the events that the map gives to `app`, each with exactly one effect by its id. */
export function startListener(options: ListenerOptions, handlers: EventHandler[]) {
  const { app, connection, redisUrl, log } = options
  assertComplete(app, handlers)
  const Heard = heardModel(connection)
  const byName = new Map(handlers.map((handler) => [handler.type.name, handler]))
  const open = openWorker(
    {
      redisUrl,
      queue: eventQueue(app),
      concurrency: 8,
      onError: (error) => log.warn({ err: error }, 'event not handled, trying again'),
    },
    async (job) => {
      const { id, name, payload, traceId } = job.data
      const handler = byName.get(name)
      const heard = async (after?: AfterCommit) => {
        await after?.()
        // The job is kept for a day; what it says of people need not be.
        await job.updateData({ ...job.data, payload: null })
      }
      // An event of an older version of the map: nobody here listens any more.
      if (handler === undefined || (await Heard.exists({ _id: id }))) return heard()
      const after = await transaction(connection, async (session) => {
        await Heard.create([{ _id: id }], { session })
        return handler.handle(payload, session, traceId)
      }).catch((error: unknown) => {
        if (isDuplicateKey(error)) return undefined
        throw error
      })
      await heard(after)
    },
  )
  return { stop: open.close }
}

function assertComplete(app: AppName, handlers: EventHandler[]) {
  const heard = apps[app].hears.map((event) => event.name).sort()
  const handled = handlers.map((handler) => handler.type.name).sort()
  if (heard.join() !== handled.join()) {
    throw new Error(`${app} handles [${handled.join(', ')}] but the map says it hears [${heard.join(', ')}]`)
  }
}
