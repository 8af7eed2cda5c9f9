import type { Redis, Result } from 'ioredis'
import { heatOf, type Heat as CourseHeat } from '../batch.ts'
import { courseKeys } from '../keys.ts'
import type { Heat } from './heat.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    readHeat(
      liveCounts: string,
      liveHeat: string,
      pendingCounts: string,
      pendingHeat: string,
      lectureId: string,
      seconds: number,
    ): Result<[id: string, flat: string[]][], Context>
  }
}

/**
 * KEYS: counts and heat of the live batch, counts and heat of the claimed one. ARGV: lecture, its seconds or 0. Answers of
 * each batch that there is its id, and fields and counts of the lecture by turns. One call: a batch claimed between two
 * would be seen as live and as claimed. A hash that has more than the lecture could have is asked for what it could have.
 */
const readScript = `
local answer = {}
local lecture, seconds = ARGV[1], tonumber(ARGV[2])
for batch = 1, 3, 2 do
  local id = redis.call('HGET', KEYS[batch], '__id')
  local heat, found = KEYS[batch + 1], {}
  if id and seconds > 0 and redis.call('HLEN', heat) > 3 * seconds then
    for from = 0, seconds - 1, 1000 do
      local names = {}
      for second = from, math.min(from + 1000, seconds) - 1 do
        for _, kind in ipairs({'w', 'r', 'e'}) do names[#names + 1] = lecture .. ':' .. second .. ':' .. kind end
      end
      for i, count in ipairs(redis.call('HMGET', heat, unpack(names))) do
        if count then
          found[#found + 1] = names[i]
          found[#found + 1] = count
        end
      end
    end
  elseif id then
    local all, prefix = redis.call('HGETALL', heat), lecture .. ':'
    for i = 1, #all, 2 do
      if string.sub(all[i], 1, #prefix) == prefix then
        found[#found + 1] = all[i]
        found[#found + 1] = all[i + 1]
      end
    end
  end
  if id then answer[#answer + 1] = {id, found} end
end
return answer
`

/** Of a batch that may or may not have reached MongoDB. */
export type HeatPart = { id: string; heat: Heat }
export type LiveHeat = {
  /** What Redis has of a lecture, all at one moment and in one round trip. */
  read(courseId: string, lecture: { lectureId: string; durationSeconds: number }): Promise<HeatPart[]>
}

export function createLiveHeat(redis: Redis): LiveHeat {
  redis.defineCommand('readHeat', { numberOfKeys: 4, lua: readScript })
  return {
    async read(courseId, { lectureId, durationSeconds }) {
      const { liveBatch, pendingBatch } = courseKeys(courseId)
      const found = await redis.readHeat(
        liveBatch.counts,
        liveBatch.heat,
        pendingBatch.counts,
        pendingBatch.heat,
        lectureId,
        Math.ceil(durationSeconds),
      )
      return found.map(([id, flat]) => ({ id, heat: lectureIn(heatOf(pairs(flat)), lectureId) }))
    },
  }
}

const lectureIn = (course: CourseHeat, lectureId: string): Heat => course.get(lectureId) ?? new Map()

function* pairs(flat: string[]): Generator<[string, string]> {
  for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? '']
}
