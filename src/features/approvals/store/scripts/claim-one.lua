--[[
  Claims one id, by making it due again later: of several processes, one gets it.

  KEYS[1] due
  ARGV[1] id
  ARGV[2] delayMs  until it is due again

  Returns 1, or 0 if it is not due.
]]
--- @include "../../../../redis/includes/now-ms"
local due = KEYS[1]
local id, delayMs = ARGV[1], ARGV[2]

local now = nowMs()
local dueAt = tonumber(redis.call('ZSCORE', due, id) or tostring(now + 1))
if now < dueAt then return 0 end
redis.call('ZADD', due, now + delayMs, id)
return 1
