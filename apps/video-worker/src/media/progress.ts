import type { connectRedis } from '@aetherlearn/service-kit/redis'

/** Longer than any video is worked on. */
const KEPT_SECONDS = 3 * 24 * 3600
const TOLD_EVERY_MS = 1000

/**
 * Adds what one task has done to the sum over all of them, and answers the percent to be told, or nothing: when it is
 * no more than what was told before, or when another worker told some within the last second.
 */
const ADD = `
local before = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local share = tonumber(ARGV[2])
if share > before then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('HINCRBYFLOAT', KEYS[1], 'all', share - before)
end
redis.call('EXPIRE', KEYS[1], ${KEPT_SECONDS})
local percent = math.min(100, math.floor(tonumber(redis.call('HGET', KEYS[1], 'all') or '0') * 100 + 0.0001))
if percent <= tonumber(redis.call('HGET', KEYS[1], 'told') or '-1') then return false end
if percent < 100 and not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ${TOLD_EVERY_MS}) then return false end
redis.call('HSET', KEYS[1], 'told', percent)
return percent
`

export type Progress = ReturnType<typeof createProgress>

/** How much of each video is done, summed over all tasks of all workers, never falling. It may be lost: nothing depends on it. */
export function createProgress(redis: Pick<Awaited<ReturnType<typeof connectRedis>>, 'eval'>) {
  return {
    /** `share` of the whole video, 0 to 1, that this task has done. The percent that is to be told now, if any. */
    add: async (uploadId: string, task: string, share: number): Promise<number | undefined> => {
      const percent = await redis
        .eval(ADD, 2, `{progress:${uploadId}}`, `{progress:${uploadId}}:told`, `task:${task}`, share)
        .catch(() => undefined)
      return typeof percent === 'number' ? percent : undefined
    },
  }
}
