import { NO_MORE } from './scripts.ts'

/** What stands for a student's wall time is kept so long after its last use: reports come up to 30 days late. */
const CLOCK_KEPT_MS = 31 * 24 * 3600 * 1000

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- Credited at once, for what was played while the first report was on its way.
local HEAD_START = 3000
`

/**
 * KEYS: the student's clock, what is there when the student is erased. From here on time counts that may be claimed as
 * watched; a clock that runs goes on.
 */
export const openClockScript = `${now}
if redis.call('EXISTS', KEYS[1], KEYS[2]) == 0 then
  redis.call('SET', KEYS[1], string.format('%.0f||', now - HEAD_START), 'PX', ${CLOCK_KEPT_MS})
end
return 1
`

/** Numbers and stretches as `packed.ts` writes them; stretches are flat lists here: from, to, from, to. */
const stretches = `
local function pack(numbers)
  return string.format(string.rep('%07x', #numbers), unpack(numbers))
end
local function unpackAll(text, digits, base)
  local numbers = {}
  for i = 1, #text, digits do numbers[#numbers + 1] = tonumber(string.sub(text, i, i + digits - 1), base) end
  return numbers
end
local function add(list, from, to)
  list[#list + 1] = from
  list[#list + 1] = to
end
local function lengthOf(list)
  local length = 0
  for i = 1, #list, 2 do length = length + list[i + 1] - list[i] end
  return length
end
local function unite(a, b, gap)
  local united, i, j = {}, 1, 1
  while a[i] or b[j] do
    local from, to
    if not b[j] or (a[i] and a[i] <= b[j]) then
      from, to, i = a[i], a[i + 1], i + 2
    else
      from, to, j = b[j], b[j + 1], j + 2
    end
    local last = #united
    if last > 0 and from <= united[last] + gap then
      if to > united[last] then united[last] = to end
    else
      add(united, from, to)
    end
  end
  return united
end
local function without(list, taken)
  local left, j = {}, 1
  for i = 1, #list, 2 do
    local from, to = list[i], list[i + 1]
    while taken[j] and taken[j + 1] <= from do j = j + 2 end
    local k = j
    while taken[k] and taken[k] < to do
      if taken[k] > from then add(left, from, taken[k]) end
      from, k = taken[k + 1], k + 2
    end
    if from < to then add(left, from, to) end
  end
  return left
end
local function firstOf(list, length)
  local first = {}
  for i = 1, #list, 2 do
    local part = math.min(list[i + 1] - list[i], length)
    if part > 0 then add(first, list[i], list[i] + part) end
    length = length - part
  end
  return first
end
`

/**
 * A save with what was watched, or with the device's clock. KEYS: the student's positions in a course, the bucket's dirty
 * set, the student's clock, what is there when the student is erased. ARGV: as in `saveScript`, then the claimed
 * stretches; seconds of media that one second of wall time is good for; the moment on the device's clock and the player's
 * names in this lecture and in this course, all '' where they are not known. Answers hundredths of seconds: how much of
 * the claim now counts, how much of the lecture counted before, and how much now.
 *
 * The clock is `free|players|spans`: the moment up to which the student's wall time is used up, the latest moment that
 * each of the last players told, and the stretches of wall time that were used.
 */
export const saveWatchedScript = `${now}${stretches}
-- Hundredths of seconds: nobody misses a gap as short as this, and it has to be paid for like the rest.
local GAP, MOST_PIECES = 25, 300
-- Ms of wall time that may be claimed later than they passed.
local MOST_FREE = 60000
local PLAYERS, PLAYER_NAME, PLAYER = 16, 6, 17
-- Seconds.
local EPOCH, SPAN_GAP, MOST_SPANS, SPANS_KEPT = 1577836800, 60, 50, 31 * 24 * 3600

local field = 'w' .. ARGV[1]
local before, packed = unpack(redis.call('HMGET', KEYS[1], 'v', field))
if not before and redis.call('EXISTS', KEYS[4]) == 1 then return { ${NO_MORE}, 0, 0 } end

local speed = tonumber(ARGV[7])
local free, players, spans = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+)|(%w*)|(%w*)$')
free = math.min(now, math.max(tonumber(free or now - HEAD_START), now - MOST_FREE))
players, spans = players or '', spans or ''

local function isNewest(name)
  for i = 1, #players, PLAYER do
    if string.sub(players, i, i + PLAYER_NAME - 1) == name then
      local last = string.sub(players, i + PLAYER_NAME, i + PLAYER - 1)
      if tonumber(last, 16) > tonumber(ARGV[8], 16) then return false end
      players = string.sub(players, 1, i - 1) .. string.sub(players, i + PLAYER)
      break
    end
  end
  players = string.sub(name .. ARGV[8] .. players, 1, PLAYERS * PLAYER)
  return true
end

local DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
local function packSeconds(numbers)
  local text = ''
  for i = #numbers, 1, -1 do
    local number = numbers[i]
    for _ = 1, 6 do
      local digit = number % 36
      text = string.sub(DIGITS, digit + 1, digit + 1) .. text
      number = (number - digit) / 36
    end
  end
  return text
end

local function use(ms)
  local from, to = math.floor(free / 1000) - EPOCH, math.ceil((free + ms) / 1000) - EPOCH
  free = free + ms
  local last = unpackAll(string.sub(spans, -12), 6, 36)
  if last[1] and from <= last[2] + SPAN_GAP then
    spans = string.sub(spans, 1, -7) .. packSeconds({ math.max(last[2], to) })
    return
  end
  spans = spans .. packSeconds({ from, to })
  if #spans <= 12 * MOST_SPANS then return end
  local list, narrowest = unpackAll(spans, 6, 36), 2
  for i = 4, #list - 1, 2 do
    if list[i + 1] - list[i] < list[narrowest + 1] - list[narrowest] then narrowest = i end
  end
  -- Nothing of what was used is forgotten for as long as it could be claimed again.
  local old = list[2] < now / 1000 - EPOCH - SPANS_KEPT
  if old then narrowest = 1 end
  table.remove(list, narrowest)
  table.remove(list, narrowest)
  spans = packSeconds(list)
end

local held = unpackAll(packed or '', 7, 16)
local claimed = unpackAll(ARGV[6], 7, 16)
local watched = unite(held, claimed, GAP)
local fresh = without(watched, held)
local gained, accepted = lengthOf(fresh), lengthOf(claimed)
local affordable = math.floor((now - free) * speed / 10)
if gained > affordable or #watched > 2 * MOST_PIECES then
  watched = unite(held, firstOf(fresh, affordable), 0)
  if #watched > 2 * MOST_PIECES then watched = held end
  gained = lengthOf(watched) - lengthOf(held)
  accepted = accepted - lengthOf(without(claimed, watched))
end
if gained > 0 then use(math.min(now - free, math.ceil(gained * 10 / speed))) end

local moves, isLast = true, true
if ARGV[9] ~= '' then
  moves = isNewest(ARGV[9]) or not before
  isLast = isNewest(ARGV[10]) or not before
end
redis.call('SET', KEYS[3], string.format('%.0f', free) .. '|' .. players .. '|' .. spans, 'PX', ${CLOCK_KEPT_MS})

if moves or gained > 0 then
  local v = now
  if before and tonumber(before) >= v then v = tonumber(before) + 1 end
  local stamp = string.format('%.0f', v)
  local fields = { 'v', stamp }
  if gained > 0 then add(fields, field, pack(watched)) end
  if moves then add(fields, ARGV[1], ARGV[2] .. '|' .. stamp) end
  if moves and isLast then add(fields, 'last', ARGV[1]) end
  redis.call('HSET', KEYS[1], unpack(fields))
  if redis.call('ZADD', KEYS[2], 'NX', stamp, ARGV[3]) == 1 then redis.call('PERSIST', KEYS[1]) end
end
if moves then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return { accepted, lengthOf(held), lengthOf(watched) }
`
