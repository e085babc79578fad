--[[
  Claims ids that are due, by making them due again later: of several processes, one gets each.

  KEYS[1] due
  ARGV[1] maxIds
  ARGV[2] delayMs  until they are due again

  Returns the ids.
]]
--- @include "../../../../redis/includes/now-ms"
local due = KEYS[1]
local maxIds, delayMs = ARGV[1], ARGV[2]

local now = nowMs()
local ids = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, maxIds)
for _, id in ipairs(ids) do
  redis.call('ZADD', due, now + delayMs, id)
end
return ids
