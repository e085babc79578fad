--[[
  Records that the card shows a request in some state. The card is checked at once if the state has changed since,
  and else later or never again.

  KEYS[1] request
  KEYS[2] cards      requests by the time when their card is checked
  ARGV[1] id
  ARGV[2] state      that the card shows
  ARGV[3] since      when the request came into it
  ARGV[4] delayMs  until the card is checked again, or ''

  Returns 1 if the card shows the current state, or else 0.
]]
--- @include "../../../../redis/includes/now-ms"
local request, cards = KEYS[1], KEYS[2]
local id, state, since, delayMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local now = nowMs()
local current = redis.call('HMGET', request, 'state', 'since')
if current[1] ~= state or current[2] ~= since then
  redis.call('ZADD', cards, now, id)
  return 0
end
if delayMs == '' then redis.call('ZREM', cards, id) else redis.call('ZADD', cards, now + delayMs, id) end
return 1
