--[[
  Renews the lease of a run that may still write, and stores what it is about to do.

  KEYS[1] request
  KEYS[2] due      requests by the time of their next step
  ARGV[1] id
  ARGV[2] fence    of the run
  ARGV[3] leaseMs
  ARGV[4…] fields  of the request: name, value, …

  Returns 1, or 0 if the run may no longer write.
]]
--- @include "../../../../redis/includes/now-ms"
--- @include "../../../../redis/includes/set-fields"
local request, due = KEYS[1], KEYS[2]
local id, fence, leaseMs = ARGV[1], ARGV[2], ARGV[3]

local now = nowMs()
if redis.call('HGET', request, 'state') ~= 'running' then return 0 end
if redis.call('HGET', request, 'fence') ~= fence then return 0 end
if now >= tonumber(redis.call('ZSCORE', due, id) or '0') then return 0 end
setFields(request, 4)
redis.call('ZADD', due, now + leaseMs, id)
return 1
