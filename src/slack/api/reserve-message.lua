--[[
  Reserves the next free moment of a channel.

  KEYS[1] rateLimit   when the next message may go to the channel
  ARGV[1] intervalMs  between two messages
  ARGV[2] maxWaitMs   longest acceptable wait

  Returns 1 and the wait (ms); 0 and the wait if it is too long, in which case nothing is reserved.
]]
--- @include "../../redis/includes/now-ms"
local rateLimit = KEYS[1]
local intervalMs, maxWaitMs = tonumber(ARGV[1]), tonumber(ARGV[2])

local now = nowMs()
local at = math.max(now, tonumber(redis.call('GET', rateLimit) or '0'))
local waitMs = at - now
if waitMs > maxWaitMs then return { 0, waitMs } end
redis.call('SET', rateLimit, at + intervalMs, 'PX', waitMs + intervalMs + 1000)
return { 1, waitMs }
