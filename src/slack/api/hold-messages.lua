--[[
  Holds all messages to a channel, unless they are already held for longer.

  KEYS[1] rateLimit  when the next message may go to the channel
  ARGV[1] holdMs

  Returns how long they are held (ms).
]]
--- @include "../../redis/includes/now-ms"
local rateLimit = KEYS[1]
local holdMs = tonumber(ARGV[1])

local now = nowMs()
local at = math.max(now + holdMs, tonumber(redis.call('GET', rateLimit) or '0'))
redis.call('SET', rateLimit, at, 'PX', at - now + 1000)
return at - now
