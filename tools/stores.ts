import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findVideoPrograms } from '@aetherlearn/local-stack/stores'
import type { Env } from './stages.ts'
import { startServers, stopServers, type TestServers } from './test-servers.ts'

/** Starts one mongod and one redis-server for all tests of a run, unless the user gave the addresses of some. */
export async function withStores<Result>(use: (env: Env) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-test-'))
  let servers: TestServers = {}
  let interrupted = false
  const interrupt = () => (interrupted = true)
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const { MONGO_URL, REDIS_STATE_URL, REDIS_CACHE_URL } = process.env
    const say = console.log
    // Once for all: test files run side by side, and two installations at a time do not.
    await findVideoPrograms(say)
    const missing = [
      ...(MONGO_URL === undefined ? ['mongo' as const] : []),
      ...(REDIS_STATE_URL === undefined ? ['redis' as const] : []),
    ]
    servers = await startServers(missing, { folder, choice: process.env['TEST_STORES'], say })
    if (interrupted) throw new Error('Interrupted')
    const mongo = MONGO_URL ?? servers.mongo?.url
    const redis = REDIS_STATE_URL ?? servers.redis?.url
    return await use({ MONGO_URL: mongo, REDIS_STATE_URL: redis, REDIS_CACHE_URL: REDIS_CACHE_URL ?? redis })
  } finally {
    await stopServers(servers)
    await rm(folder, { recursive: true, force: true })
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
