import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '@aetherlearn/local-stack/child'
import { becamePrimary } from '@aetherlearn/local-stack/mongo'
import { findMongod } from '@aetherlearn/local-stack/mongod'
import { connectMongo, prepareModels, type MongoConnection } from '@aetherlearn/service-kit/mongo'

const READY_MS = 30_000

/**
 * What goes wrong, by MongoDB’s own fail point `failCommand`: with an error code, the connection is cut, or the command is
 * carried out and its answer says that this is not sure.
 */
export type Fault = {
  failCommands: string[]
  errorCode?: number
  errorLabels?: string[]
  closeConnection?: boolean
  writeConcernError?: { code: number; errmsg: string }
}
/** The next so many commands, or each with this probability. */
export type FaultMode = { times: number } | { skip: number } | { activationProbability: number }

/** A mongod of this test's own that fails when it is told to. */
export async function failingMongo() {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-failing-'))
  const [program, port] = [await findMongod(() => {}), await freePort()]
  const place = ['--dbpath', folder, '--port', `${port}`, '--bind_ip', '127.0.0.1', '--nounixsocket']
  const settings = [
    'enableTestCommands=1',
    'diagnosticDataCollectionEnabled=false',
    // What a client left locked stays so for a minute by itself: as in our other stores.
    'transactionLifetimeLimitSeconds=5',
  ]
  const size = ['--replSet', 'rs0', '--wiredTigerCacheSizeGB', '0.25']
  const args = [...place, ...size, ...settings.flatMap((setting) => ['--setParameter', setting])]
  const child = spawn(program, args, { stdio: 'ignore' })
  const isReady = () => becamePrimary(`127.0.0.1:${port}`).catch(() => false)
  for (const deadline = Date.now() + READY_MS; !(await isReady()); await pause(100))
    if (Date.now() > deadline) throw new Error('mongod did not become ready')
  const url = `mongodb://127.0.0.1:${port}/?replicaSet=rs0`
  const mongo = await connectMongo({ url, database: 'test' })
  const control = await connectMongo({ url, database: 'admin' })
  const set = async (mode: FaultMode | 'off', fault?: Fault) =>
    control.db?.command({ configureFailPoint: 'failCommand', mode, data: fault ?? {} })

  return {
    connectMongo: async (): Promise<MongoConnection> => mongo,
    prepare: prepareModels,
    /** Runs `work` while MongoDB has this fault. */
    async during<T>(mode: FaultMode, fault: Fault, work: () => Promise<T>): Promise<T> {
      await set(mode, fault)
      try {
        return await work()
      } finally {
        await set('off')
      }
    },
    async close() {
      await Promise.all([mongo.close(), control.close()])
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      await rm(folder, { recursive: true, force: true })
    },
  }
}
