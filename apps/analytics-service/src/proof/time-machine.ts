import type { Redis } from 'ioredis'

type TestStores = { database: string; connectRedis(): Promise<Redis> }
export type TimeMachine<S extends TestStores> = {
  /** Whose Redis tells the machine's time to every script. */
  stores: S
  now(): number
  /** What expires in that time is gone afterwards. */
  letPass(ms: number): Promise<void>
}

/**
 * KEYS: the machine's time. ARGV: prefix of the keys that expire by it, ms that pass. Keys expire by Redis' own clock,
 * so what they have left is shortened.
 */
const passScript = `
local pattern, ms = ARGV[1], tonumber(ARGV[2])
local cursor = '0'
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1000)
  for _, key in ipairs(found[2]) do
    local left = redis.call('PTTL', key)
    if left >= 0 then redis.call('PEXPIRE', key, left - ms) end
  end
  cursor = found[1]
until cursor == '0'
`
const TIME = "redis.call('TIME')"
/** Times by which a key that still counts as there may be wrong: what passes in steps below this is passed at once. */
const STEP_MS = 5 * 60_000

/**
 * For tests: Redis cannot be told the time, but its scripts can. The time stands still until it is let pass, so that it is
 * known to the millisecond what a report should count.
 */
export async function startTimeMachine<S extends TestStores>(
  real: S,
  start: number,
): Promise<TimeMachine<S>> {
  const control = await real.connectRedis()
  const key = `time-of-${real.database}`
  let [now, unsaid] = [start, 0]
  const say = () => control.hset(key, 's', Math.floor(now / 1000), 'us', (now % 1000) * 1000)
  await say()

  const connectRedis = async () => {
    const shared = await real.connectRedis()
    const duplicate = shared.duplicate.bind(shared)
    shared.duplicate = (options) => {
      const redis = duplicate(options)
      const define = redis.defineCommand.bind(redis)
      redis.defineCommand = (name, script) =>
        define(name, {
          ...script,
          lua: script.lua.replaceAll(TIME, `redis.call('HMGET', '${key}', 's', 'us')`),
        })
      return redis
    }
    return shared
  }
  return {
    stores: { ...real, connectRedis },
    now: () => now,
    async letPass(ms) {
      now += ms
      unsaid += ms
      await say()
      if (unsaid < STEP_MS) return
      await control.eval(passScript, 1, key, `${real.database}:*`, unsaid)
      unsaid = 0
    },
  }
}
