import { BATCH_BEGAN, BATCH_ID, GONE } from '../keys.ts'

/**
 * KEYS: up to when the student's watch time is counted (ms), what is there where they must not be known. ARGV: ms
 * reported, most a report may hold, slack in ms. Answers the ms that count, the time, and 1 where they must not be known.
 * No more counts than really passed since the last report, and over all reports no more than passed on the clock. The
 * slack makes up for reports that the network held up a little.
 * Of somebody who is gone nothing counts, and the answer is -1.
 */
export const grantScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, slack = tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('GET', KEYS[1])
if known == '${GONE}' then return {-1, now, 0} end
local counted = math.min(tonumber(known or now - most), now)
local granted = math.min(tonumber(ARGV[1]), now - counted)
local upTo = math.max(counted + granted, now - slack)
redis.call('SET', KEYS[1], string.format('%.0f', upTo), 'PX', most)
return {granted, now, redis.call('EXISTS', KEYS[2])}
`

/** Of every script below: a batch has its id and its moment from birth, and its course is known to the flusher. */
const begin = `
if redis.call('HSETNX', KEYS[1], '${BATCH_ID}', ARGV[1]) == 1 then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], '${BATCH_BEGAN}', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
  redis.call('SADD', KEYS[2], ARGV[2])
end
`

/**
 * One number of the course's day. KEYS: live counts, dirty, events. ARGV: id for a new batch, course, what of the day,
 * how much, event or ''.
 */
export const countOneScript = `${begin}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HINCRBY', KEYS[1], math.floor(now / 86400000) .. ':' .. ARGV[3], ARGV[4])
if ARGV[5] ~= '' then
  redis.call('XADD', KEYS[3], '*', 'event', ARGV[5], 'at', string.format('%.0f', now))
end
return 1
`

/**
 * A report of a playback. KEYS: live counts, dirty, live heat, live people, the playback, its seconds, the users of the
 * course, of the lecture and of the day, events, live students. ARGV: id for a new batch, course, lecture, user, id for a new
 * playback, seconds for which it is the same one, day, the time in ms, ms watched, ms replayed, event or '', 1 where the user
 * may be known, and the seconds of the lecture that were played, as pairs: from, up to but without.
 * One call, so that a batch can be claimed before or after a report but not in the middle of it.
 */
export const countWatchingScript = `${begin}
local counts, heat, playback, seconds = KEYS[1], KEYS[3], KEYS[5], KEYS[6]
local lecture, granted, logged, named = ARGV[3], tonumber(ARGV[9]), ARGV[11] ~= '', ARGV[12] == '1'
local day = ARGV[7] .. ':'
local new = redis.call('HSETNX', playback, 'id', ARGV[5])
if new == 1 then
  redis.call('HSET', playback, 'start', ARGV[8])
  redis.call('EXPIRE', playback, ARGV[6])
  redis.call('DEL', seconds)
  redis.call('HINCRBY', counts, day .. lecture .. ':v', 1)
end
if granted > 0 then
  redis.call('HINCRBY', counts, day .. lecture .. ':t', ARGV[9])
  if named then redis.call('HINCRBY', KEYS[11], day .. ARGV[4], ARGV[9]) end
  redis.call('PFADD', KEYS[7], ARGV[4])
  redis.call('PFADD', KEYS[8], ARGV[4])
  redis.call('PFADD', KEYS[9], ARGV[4])
end
if ARGV[10] ~= '0' then redis.call('HINCRBY', counts, day .. 'rep', ARGV[10]) end
local known = redis.call('HMGET', playback, 'id', 'start', 'at', 'ms', 'far', 'again')
local before = tonumber(known[5] or -1)
local far, fresh, again = before, {}, {}
local firsts, repeats = 0, 0
if #ARGV > 12 then
  for i = 13, #ARGV, 2 do
    for second = tonumber(ARGV[i]), tonumber(ARGV[i + 1]) - 1 do
      local field = lecture .. ':' .. second
      if redis.call('SETBIT', seconds, second, 1) == 0 then
        redis.call('HINCRBY', heat, field .. ':w', 1)
        firsts = firsts + 1
        if logged then fresh[#fresh + 1] = second end
      else
        redis.call('HINCRBY', heat, field .. ':r', 1)
        repeats = repeats + 1
        if logged then again[#again + 1] = second end
      end
      if second > far then far = second end
    end
  end
  if firsts > 0 then redis.call('HINCRBY', counts, day .. lecture .. ':f', firsts) end
  if before < 0 then redis.call('PEXPIRE', seconds, math.max(redis.call('PTTL', playback), 1)) end
  if far > before then
    if before >= 0 then redis.call('HINCRBY', heat, lecture .. ':' .. before .. ':e', -1) end
    redis.call('HINCRBY', heat, lecture .. ':' .. far .. ':e', 1)
  end
end
-- Always later than the one before, so that of two snapshots the larger time is the later one.
local at = string.format('%.0f', math.max(tonumber(ARGV[8]), tonumber(known[3] or 0) + 1))
local ms = tonumber(known[4] or 0) + granted
repeats = repeats + tonumber(known[6] or 0)
redis.call('HSET', playback, 'at', at, 'ms', ms, 'far', far, 'again', repeats)
if named and ms > 0 then
  local bits = far < 0 and '' or redis.call('GET', seconds) or ''
  redis.call('HSET', KEYS[4], known[1],
    table.concat({lecture, ARGV[4], known[2], at, string.format('%.0f,%.0f', ms, repeats), bits}, '|'))
end
if logged then
  redis.call('XADD', KEYS[10], '*', 'event', ARGV[11], 'at', ARGV[8], 'playback', known[1], 'new', new,
    'fresh', table.concat(fresh, ','), 'again', table.concat(again, ','), 'before', before, 'after', far)
end
return 1
`
