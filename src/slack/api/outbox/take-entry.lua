--[[
  Leases an entry to one process, or renews its lease.

  KEYS[1] due      names of entries, scored by the time at which something is due (ms since the epoch)
  KEYS[2] leases   holder of each entry that is being delivered, as "until holder"
  ARGV[1] holder
  ARGV[2] leaseMs  how long the lease lasts without being renewed
  ARGV[3] name     the entry; '' for any that is due
  ARGV[4] renew    1: only if the holder still has the lease

  Returns the name and 1 if a process stopped while it held the entry, or else 0; '' and 0 if there is nothing to do.
]]
--- @include "../../../redis/includes/now-ms"
local due, leases = KEYS[1], KEYS[2]
local holder, leaseMs, name, renew = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'

local now = nowMs()
local names = { name }
if name == '' then names = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 20) end

for _, one in ipairs(names) do
  local lease = redis.call('HGET', leases, one)
  local leasedUntil, by = 0, ''
  if lease then
    local at = string.find(lease, ' ', 1, true)
    leasedUntil, by = tonumber(string.sub(lease, 1, at - 1)), string.sub(lease, at + 1)
  end
  if renew and by ~= holder then return { '', 0 } end
  if by == holder or leasedUntil <= now then
    redis.call('HSET', leases, one, string.format('%.0f', now + leaseMs) .. ' ' .. holder)
    redis.call('ZADD', due, now + leaseMs, one)
    return { one, (by ~= '' and by ~= holder) and 1 or 0 }
  end
  -- Its holder reads the entry again before it releases the lease.
  redis.call('ZADD', due, leasedUntil, one)
end
return { '', 0 }
