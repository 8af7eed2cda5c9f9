import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Redis } from 'ioredis'
import { createConnection } from 'mongoose'
import { startMongo } from './mongo.ts'
import { pause } from './pause.ts'
import { startRedis } from './redis.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-stack-'))
after(() => rm(folder, { recursive: true, force: true }))

async function withMongo<T>(url: string, use: (notes: ReturnType<typeof notesOf>) => Promise<T>): Promise<T> {
  const connection = await createConnection(url, { dbName: 'stack-test' }).asPromise()
  try {
    return await use(notesOf(connection))
  } finally {
    await connection.close()
  }
}
const notesOf = (connection: Awaited<ReturnType<ReturnType<typeof createConnection>['asPromise']>>) => ({
  connection,
  notes: connection.collection('notes'),
})

test('mongod runs transactions, and finds its data again after a kill and on another port', async () => {
  const home = join(folder, 'mongo')
  const first = await startMongo({ folder: home, port: 0 })
  await withMongo(first.url, ({ connection, notes }) =>
    connection.transaction(async (session) => void (await notes.insertOne({ text: 'kept' }, { session }))),
  )
  await first.signal('SIGKILL')
  await first.restart()
  assert.equal(await withMongo(first.url, ({ notes }) => notes.countDocuments()), 1)
  await first.stop()
  const second = await startMongo({ folder: home, port: 0 })
  assert.notEqual(second.port, first.port)
  assert.equal(await withMongo(second.url, ({ notes }) => notes.countDocuments()), 1)
  await second.stop()
})

const withRedis = async <T>(url: string, use: (redis: Redis) => Promise<T>) => {
  const redis = new Redis(url)
  return use(redis).finally(() => redis.disconnect())
}

test('redis-server keeps what it acknowledged when it is killed', async () => {
  const redis = await startRedis({ folder: join(folder, 'redis'), port: 0, appendonly: true })
  await withRedis(redis.url, (client) => client.set('kept', 'yes'))
  await redis.signal('SIGKILL')
  await redis.restart()
  assert.equal(await withRedis(redis.url, (client) => client.get('kept')), 'yes')
  await redis.stop()
})

/** A run of its own that starts a redis-server on `home` and then waits. */
async function otherRun(home: string) {
  const script = `import { startRedis } from ${JSON.stringify(join(import.meta.dirname, 'redis.ts'))}
    const { url } = await startRedis({ folder: ${JSON.stringify(home)}, port: 0, appendonly: false })
    console.log(url)`
  const run = spawn(process.execPath, ['--input-type=module', '--eval', script])
  const [line] = (await once(run.stdout, 'data')) as [Buffer]
  return { run, url: String(line).trim() }
}

const answers = async (url: string) => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {
    // `connect` rejects.
  })
  return redis.connect().then(
    () => (redis.disconnect(), true),
    () => false,
  )
}

test('the data of a run that is alive is refused, and its stores end with it when it is killed', async () => {
  const home = join(folder, 'left')
  const { run, url } = await otherRun(home)
  const start = () => startRedis({ folder: home, port: 0, appendonly: false })
  await assert.rejects(start(), new RegExp(`Process ${run.pid} is running AetherLearn on this data already`))
  assert.equal(await answers(url), true)
  run.kill('SIGKILL')
  await once(run, 'exit')
  while (await answers(url)) await pause(20)
  const next = await start()
  await next.stop()
})
