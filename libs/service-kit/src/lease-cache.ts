import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Who took a lease and died holds up the others for so long. */
const LEASE_MS = 1000
/** After a failure the server is let alone for so long, so that requests do not wait for one that hangs. */
const REST_MS = 500
/** A key whose pages are more is asked in too many ways to be worth keeping. */
const MAX_FIELDS = 400

const takeScript = (keptMs: number) => `
local value = redis.call('HGET', KEYS[1], 'v:' .. ARGV[1])
if value then return { 'value', value } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('HGET', KEYS[1], 'l:' .. ARGV[1])
if lease and tonumber(lease) > now then return { 'wait', '' } end
local token = redis.call('HGET', KEYS[1], 'g')
if not token then
  token = ARGV[2]
  redis.call('HSET', KEYS[1], 'g', token)
  redis.call('PEXPIRE', KEYS[1], ${keptMs})
end
redis.call('HSET', KEYS[1], 'l:' .. ARGV[1], now + ${LEASE_MS})
return { 'load', token }`

const FILL = `
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], 'l:' .. ARGV[1])
if ARGV[3] == '' or redis.call('HLEN', KEYS[1]) > ${MAX_FIELDS} then return 0 end
redis.call('HSET', KEYS[1], 'v:' .. ARGV[1], ARGV[3])
return 1`

/**
 * `load`: whoever gets this reads the source and leaves the value under the token. `wait`: another is about to.
 * `away`: the server cannot be asked, or what it holds is known to be out of date.
 */
export type Taken =
  { kind: 'value'; value: string } | { kind: 'load'; token: string } | { kind: 'wait' } | { kind: 'away' }

export type LeaseCache = ReturnType<typeof createLeaseCache>

/**
 * Pages under a key of a Redis server. The first who misses makes a random token; a value is taken only while that
 * token stands. Dropping a key takes its token away, and so does a server that lost everything, so that nothing read
 * before a change can be stored after it. A key is kept for `keptMs` from its first page on.
 */
export function createLeaseCache(redis: Redis, keptMs: number, now: () => number = Date.now) {
  redis.defineCommand('leaseTake', { numberOfKeys: 1, lua: takeScript(keptMs) })
  redis.defineCommand('leaseFill', { numberOfKeys: 1, lua: FILL })
  const commands = redis as unknown as {
    leaseTake(key: string, page: string, token: string): Promise<[Taken['kind'], string]>
    leaseFill(key: string, page: string, token: string, value: string): Promise<number>
  }
  /** Keys that the server may still hold although they are out of date. */
  const undropped = new Set<string>()
  let restUntil = 0
  const rest = () => {
    restUntil = now() + REST_MS
  }
  return {
    take: async (key: string, page: string): Promise<Taken> => {
      if (undropped.has(key) || now() < restUntil) return { kind: 'away' }
      try {
        const [kind, text] = await commands.leaseTake(key, page, randomUUID())
        if (kind === 'value') return { kind, value: text }
        return kind === 'load' ? { kind, token: text } : { kind: 'wait' }
      } catch {
        rest()
        return { kind: 'away' }
      }
    },

    /** Ends the lease; an empty value leaves nothing. */
    fill: async (key: string, page: string, token: string, value: string): Promise<void> => {
      await commands.leaseFill(key, page, token, value).catch(rest)
    },

    /**
     * Says so to `channel` too. The command is on its way when this returns: what this process asks afterwards comes
     * after it. False where the server did not confirm it: its values are not used until it does.
     */
    drop: async (keys: string[], channel: string): Promise<boolean> => {
      try {
        const all = new Set([...undropped, ...keys])
        // One by one, as the keys of a Redis Cluster lie on several servers.
        const dropped = [...all].map((key) => redis.del(key))
        await Promise.all([...dropped, redis.publish(channel, JSON.stringify([...all]))])
        for (const key of all) undropped.delete(key)
        return true
      } catch {
        for (const key of keys) undropped.add(key)
        rest()
        return false
      }
    },
    hasUndropped: () => undropped.size > 0,
  }
}
