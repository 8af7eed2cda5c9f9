import { listenersOf } from '@aetherlearn/contracts/system'
import type { Connection } from 'mongoose'
import type { Logger } from 'pino'
import { eventQueue, openQueue, type Envelope, type OpenQueue } from './jobs.ts'
import { BY_AGE, jobIdOf, outboxModel, type Outbox, type OutboxRow } from './outbox.ts'
import { patientRedis } from './redis.ts'
import { createSendings } from './sendings.ts'
import { within } from './within.ts'

const BATCH = 100
/** Rows of another instance that died before it sent them wait this long at most. */
const ROUND_MS = 1000
const STOP_MS = 1000

export type Sender = {
  /** Answers how many rows were sent. */
  sendDue(): Promise<number>
  close(): Promise<void>
}
export type Relay = Pick<Sender, 'sendDue'> & { stop(): Promise<void> }
export type RelayOptions = { connection: Connection; outbox: Outbox; redisUrl: string; log: Logger }

const queuesOf = (row: OutboxRow): string[] =>
  row.kind === 'job' ? [row.name] : listenersOf(row.name).map(eventQueue)

/**
 * Turns outbox rows into BullMQ jobs when it is called, any number of senders side by side. A crash between the two
 * steps sends a row again under the same job id, and listeners are idempotent by event id. What a Redis lost is sent
 * again, too.
 */
export function openSender({ connection, redisUrl, log }: Omit<RelayOptions, 'outbox'>): Sender {
  const Row = outboxModel(connection)
  const queues = new Map<string, OpenQueue>()
  const queueOf = (name: string) => {
    const open = queues.get(name) ?? openQueue(redisUrl, name)
    queues.set(name, open)
    return open.queue
  }
  const redis = patientRedis(redisUrl)
  const sendings = createSendings(connection, redis, log)
  const addJobs = async (row: OutboxRow) => {
    const envelope: Envelope = {
      id: String(row._id),
      name: row.name,
      payload: row.payload,
      traceId: row.traceId,
    }
    const jobId = jobIdOf(row)
    await Promise.all(queuesOf(row).map((name) => queueOf(name).add(row.name, envelope, { jobId })))
  }
  return {
    sendDue: async () => {
      const reached = await sendings.recallLost()
      const rows = await Row.find({ sentAt: null }).sort(BY_AGE).limit(BATCH).lean<OutboxRow[]>()
      if (rows.length === 0) return 0
      for (const row of rows) await addJobs(row)
      const sent = { $set: { sentAt: new Date(), sending: await sendings.count(reached) } }
      // Not those that another has marked, nor those that are to be sent under another id by now.
      const as = rows.map(({ _id, again }) => ({ _id, sentAt: null, again: again ?? null }))
      await Row.bulkWrite(as.map((filter) => ({ updateOne: { filter, update: sent } })))
      return rows.length
    },
    close: async () => {
      redis.disconnect()
      await Promise.all([...queues.values()].map((open) => open.close()))
    },
  }
}

/** Sends what is due as soon as it is left, and looks for what others left behind. */
export function startRelay(options: RelayOptions): Relay {
  const { outbox, log } = options
  const { sendDue, close } = openSender(options)
  const rounds = runRounds(sendDue, log)
  outbox.added.on('rows', rounds.wake)
  return {
    sendDue,
    stop: async () => {
      outbox.added.off('rows', rounds.wake)
      // A round that waits for Redis to come back has marked nothing as sent.
      await within(STOP_MS, rounds.stop())
      await close()
    },
  }
}

/** Calls `round` when woken and at least every `ROUND_MS`, never twice at once, until stopped. */
function runRounds(round: () => Promise<number>, log: Logger) {
  let stopping = false
  let due = true
  let wake = () => {}
  const turn = async () => {
    due = false
    try {
      if ((await round()) === BATCH) due = true
    } catch (error) {
      log.warn({ err: error }, 'outbox not relayed, trying again')
    }
  }
  const loop = async () => {
    while (!stopping) {
      await turn()
      if (due || stopping) continue
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, ROUND_MS)
      wake = resolve
      await promise
      clearTimeout(timer)
    }
  }
  const done = loop()
  const start = () => {
    due = true
    wake()
  }
  return {
    wake: start,
    stop: async () => {
      stopping = true
      wake()
      await done
    },
  }
}
