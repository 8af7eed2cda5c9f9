/**
 * KEYS: up to when the student's watch time is counted (ms). ARGV: ms reported, most a report may hold, slack in ms.
 * Answers the ms that count: no more than really passed since the last report, and over all reports no more than
 * passed on the clock. The slack makes up for reports that the network held up a little.
 */
export const grantScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, slack = tonumber(ARGV[2]), tonumber(ARGV[3])
local counted = math.min(tonumber(redis.call('GET', KEYS[1]) or now - most), now)
local granted = math.min(tonumber(ARGV[1]), now - counted)
local upTo = math.max(counted + granted, now - slack)
redis.call('SET', KEYS[1], string.format('%.0f', upTo), 'PX', most)
return granted
`

/** KEYS: live batch. ARGV: id for a new batch, field. */
export const countViewScript = `
redis.call('HSETNX', KEYS[1], '__id', ARGV[1])
return redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
`

/**
 * KEYS: live batch, the playback, the users of the course, the users of the lecture. ARGV: id for a new batch, seconds
 * for which this playback is the same view, user, ms watched, fields of lecture views, lecture time and course time.
 * One call, so that a batch can be claimed before or after a report but not in the middle of it.
 */
export const countWatchingScript = `
redis.call('HSETNX', KEYS[1], '__id', ARGV[1])
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ARGV[2]) then redis.call('HINCRBY', KEYS[1], ARGV[5], 1) end
if tonumber(ARGV[4]) > 0 then
  redis.call('HINCRBY', KEYS[1], ARGV[6], ARGV[4])
  redis.call('HINCRBY', KEYS[1], ARGV[7], ARGV[4])
  redis.call('PFADD', KEYS[3], ARGV[3])
  redis.call('PFADD', KEYS[4], ARGV[3])
end
return 1
`
