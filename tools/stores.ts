import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startMongo } from '@aetherlearn/local-stack/mongo'
import { startRedis } from '@aetherlearn/local-stack/redis'
import { findFfmpeg } from '@aetherlearn/local-stack/stores'
import type { Env } from './stages.ts'

type Server = { url: string; stop(): Promise<void> }

/** Starts one mongod and one redis-server for all tests of a run, unless the user gave the addresses of some. */
export async function withStores<Result>(use: (env: Env) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-test-'))
  const started: Server[] = []
  const urlOf = async (given: string | undefined, start: () => Promise<Server>) => {
    if (given !== undefined) return given
    const server = await start()
    started.push(server)
    return server.url
  }
  let interrupted = false
  const interrupt = () => (interrupted = true)
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const { MONGO_URL, REDIS_STATE_URL, REDIS_CACHE_URL } = process.env
    const say = console.log
    // Once for all: test files run side by side, and two installations at a time do not.
    await findFfmpeg(say)
    const mongo = await urlOf(MONGO_URL, () => startMongo({ folder: join(folder, 'mongo'), port: 0, say }))
    const redis = await urlOf(REDIS_STATE_URL, () =>
      startRedis({ folder: join(folder, 'redis'), port: 0, appendonly: false, say }),
    )
    if (interrupted) throw new Error('Interrupted')
    return await use({ MONGO_URL: mongo, REDIS_STATE_URL: redis, REDIS_CACHE_URL: REDIS_CACHE_URL ?? redis })
  } finally {
    await Promise.all(started.map((server) => server.stop()))
    await rm(folder, { recursive: true, force: true })
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
