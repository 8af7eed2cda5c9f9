import type { ClientSession } from 'mongodb'
import { createConnection, type Connection } from 'mongoose'
import { fail, failureOf } from './errors.ts'

/** One operation, retries included; a frozen server must not hold a request longer than the 2 s we promise. */
const OPERATION_TIMEOUT_MS = 1500
/** A replica set may take this long to elect a primary while we start. */
const START_TIMEOUT_MS = 30_000
const DUPLICATE_KEY = 11_000
const DUPLICATE_KEY_TRIES = 3

export type Session = ClientSession
export type MongoConnection = Connection

/** A connection to this service's own database. Writes are acknowledged by a majority unless said otherwise. */
export async function connectMongo(options: { url: string; database: string }): Promise<Connection> {
  const { url, database } = options
  const settings = {
    dbName: database,
    serverSelectionTimeoutMS: OPERATION_TIMEOUT_MS,
    socketTimeoutMS: OPERATION_TIMEOUT_MS,
    waitQueueTimeoutMS: OPERATION_TIMEOUT_MS,
    writeConcern: { w: 'majority' as const },
    minPoolSize: 2,
    autoCreate: false,
    autoIndex: false,
    bufferCommands: false,
  }
  const connection = createConnection()
  connection.on('error', () => {
    // Every operation reports its own failure; without a listener the process would end.
  })
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      return await connection.openUri(url, settings)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

/** Makes collections and indexes of all models; before the service takes requests, as a transaction cannot make them. */
export async function prepareModels(connection: Connection) {
  for (const model of Object.values(connection.models)) {
    await patiently(() => model.createCollection())
    await patiently(() => model.createIndexes())
  }
}

/**
 * For work on whole collections, which may take longer than our connections wait. What was begun goes on in the server, so
 * it must be harmless to ask again.
 */
async function patiently(work: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      await work()
      return
    } catch (error) {
      if (failureOf(error)?.code !== 'UNAVAILABLE' || performance.now() > deadline) throw error
    }
  }
}

export const isDuplicateKey = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY

/**
 * Runs `change` in a transaction: snapshot reads, majority writes. It runs again after a write conflict and after a
 * duplicate key from two first writes, so it must be repeatable, and must pass the session to every call.
 */
export async function transaction<T>(
  connection: Connection,
  change: (session: Session) => Promise<T>,
): Promise<T> {
  const lastStart = performance.now() + OPERATION_TIMEOUT_MS
  const attempt = (session: Session) => {
    // The driver would try for two minutes, long after the caller was told that it failed.
    if (performance.now() > lastStart) throw fail('UNAVAILABLE', { internal: 'transaction ran out of time' })
    return change(session)
  }
  const run = () =>
    connection.getClient().withSession((session) =>
      session.withTransaction(() => attempt(session), {
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority' },
      }),
    )
  for (let tries = 1; ; tries += 1) {
    try {
      return await run()
    } catch (error) {
      if (!isDuplicateKey(error) || tries === DUPLICATE_KEY_TRIES) throw error
    }
  }
}

export const mongoCheck = (connection: Connection) => async () => {
  if (connection.db === undefined) throw new Error('not connected')
  await connection.db.command({ ping: 1 })
}
