/** What a save answers to somebody who is erased. Their positions were removed: it is asked only where there are none. */
export const NO_MORE = -1

/**
 * KEYS: the student's positions in a course, the bucket's dirty set, what is there when the student is erased. ARGV:
 * lecture, second, member of the dirty set, channel and message for the student's other devices, who so hear positions in
 * the order in which they were saved. Answers the stamp: the time in ms, or one more than the last stamp where the clock
 * has not moved on. Being time, it goes on growing after Redis was wiped, where a counter would begin again below what
 * MongoDB has.
 */
export const saveScript = `
local time = redis.call('TIME')
local v = time[1] * 1000 + math.floor(time[2] / 1000)
local before = redis.call('HGET', KEYS[1], 'v')
if not before and redis.call('EXISTS', KEYS[3]) == 1 then return ${NO_MORE} end
if before and tonumber(before) >= v then v = tonumber(before) + 1 end
local stamp = string.format('%.0f', v)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. stamp, 'last', ARGV[1], 'v', stamp)
-- The score is the moment since which something is not in MongoDB. It was clean: clean positions expire, dirty must not.
if redis.call('ZADD', KEYS[2], 'NX', stamp, ARGV[3]) == 1 then redis.call('PERSIST', KEYS[1]) end
redis.call('PUBLISH', ARGV[4], ARGV[5])
return v
`

/**
 * KEYS: the bucket's dirty set, then the positions of each member. ARGV: how long clean positions are kept (ms), then
 * for each member its name and the stamp that was read ('' where there were no positions). What was saved again
 * since then stays dirty, since what was read. Answers how many became clean.
 */
export const cleanScript = `
local cleaned = 0
for i = 2, #KEYS do
  local member, read = ARGV[2 * i - 2], ARGV[2 * i - 1]
  if (redis.call('HGET', KEYS[i], 'v') or '') == read then
    redis.call('ZREM', KEYS[1], member)
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
    cleaned = cleaned + 1
  elseif read ~= '' then
    redis.call('ZADD', KEYS[1], 'XX', 'GT', read, member)
  end
end
return cleaned
`

/**
 * KEYS: the bucket's dirty set, the student's clock, the student's positions in each course. ARGV: for each course its member
 * of the dirty set. From now on nothing of it can be flushed.
 */
export const eraseScript = `
for i = 3, #KEYS do redis.call('ZREM', KEYS[1], ARGV[i - 2]) end
return redis.call('UNLINK', unpack(KEYS, 2))
`
