import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection } from 'mongoose'
import { freePort, startChild, untilReady, type Child } from './child.ts'
import { findMongod } from './mongod.ts'

const READY_SECONDS = 30

export type MongoOptions = {
  folder: string
  port: number
  say?: (line: string) => void
  /** Breaks off the start. */
  signal?: AbortSignal | undefined
}
export type RunningMongo = {
  url: string
  port: number
  stop(): Promise<void>
  /** How the process that was started first ended. */
  exited: Promise<string>
  /** SIGSTOP freezes it, SIGCONT wakes it; SIGKILL kills it and waits until it is gone. */
  signal(signal: NodeJS.Signals): Promise<void>
  /** Starts it again on the same port and data after a kill. */
  restart(): Promise<void>
}

/** A mongod as a replica set of one node, on the data in `folder`; `port` 0 takes a free one. */
export async function startMongo(options: MongoOptions): Promise<RunningMongo> {
  const { folder, say = () => {}, signal } = options
  const program = await findMongod(say, signal)
  const port = options.port === 0 ? await freePort() : options.port
  await mkdir(join(folder, 'data'), { recursive: true })
  const url = `mongodb://127.0.0.1:${port}/?replicaSet=rs0`
  const start = () => launch(program, folder, port, signal)
  let child = await start()
  return {
    url,
    port,
    stop: () => child.stop(),
    exited: child.exited,
    signal: async (signal) => {
      child.process.kill(signal)
      if (signal === 'SIGKILL') await child.exited
    },
    restart: async () => {
      await child.stop('SIGKILL')
      child = await start()
    },
  }
}

async function launch(
  program: string,
  folder: string,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Child> {
  const data = join(folder, 'data')
  const spec = {
    name: 'mongod',
    program,
    args: [
      '--dbpath',
      data,
      '--port',
      `${port}`,
      '--bind_ip',
      '127.0.0.1',
      '--replSet',
      'rs0',
      '--nounixsocket',
    ],
    logFile: join(folder, 'mongod.log'),
    pidFile: join(folder, 'mongod.pid'),
  }
  // A cache of its default size would take half of the machine.
  spec.args.push('--wiredTigerCacheSizeGB', '0.5', '--setParameter', 'diagnosticDataCollectionEnabled=false')
  await rm(spec.logFile, { force: true })
  // What a killed service had locked stays locked for so long, a minute by itself; ours last 2 s at most.
  spec.args.push('--setParameter', 'transactionLifetimeLimitSeconds=5')
  const child = await startChild(spec)
  await untilReady(child, spec, READY_SECONDS, () => becamePrimary(`127.0.0.1:${port}`), signal)
  return child
}

type Hello = { isWritablePrimary?: boolean; setName?: string }

/**
 * True when the mongod at `address` takes writes; one without a replica set is made the only node of a new one, where
 * `member` is its address as it reaches itself.
 */
export async function becamePrimary(address: string, member = address): Promise<boolean> {
  const url = `mongodb://${address}/?directConnection=true`
  const connection = await createConnection(url, { serverSelectionTimeoutMS: 500 }).asPromise()
  try {
    const admin = connection.getClient().db('admin')
    const hello = (await admin.command({ hello: 1 })) as Hello
    if (hello.isWritablePrimary === true) return true
    if (hello.setName === undefined) {
      const members = [{ _id: 0, host: member }]
      await admin.command({ replSetInitiate: { _id: 'rs0', members } }).catch(() => moveTo(member, admin))
    }
    return false
  } finally {
    await connection.close()
  }
}

type Admin = { command(command: object): Promise<object> }

/** Data of a set that had another port: the configuration is told the new one. */
async function moveTo(member: string, admin: Admin) {
  const { config } = (await admin.command({ replSetGetConfig: 1 })) as { config: { version: number } }
  const members = [{ _id: 0, host: member }]
  await admin.command({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true })
}
