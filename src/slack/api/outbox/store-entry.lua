--[[
  Stores an entry if it still holds what was read, and says when something is due.

  KEYS[1] entry
  KEYS[2] due       names of entries, scored by the time at which something is due (ms since the epoch)
  KEYS[3] leases    holder of each entry that is being delivered, as "until holder"
  ARGV[1] name
  ARGV[2] expected  the text that was read; '' for an entry that was not there
  ARGV[3] value
  ARGV[4] waitMs    time from now until something is due; '' if nothing will be
  ARGV[5] holder    lets go of this holder's lease, and stores nothing without it; '' leaves the lease as it is
  ARGV[6] ttlMs     how long the entry is kept from now
  ARGV[7] maxDue    maximum entries

  Returns 1; 0 if the entry or its lease changed meanwhile; -1 if there are too many entries.
]]
--- @include "../../../redis/includes/now-ms"
local entry, due, leases = KEYS[1], KEYS[2], KEYS[3]
local name, expected, value, waitMs, holder = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

if (redis.call('GET', entry) or '') ~= expected then return 0 end
if holder ~= '' then
  local lease = redis.call('HGET', leases, name)
  if not lease or string.sub(lease, string.find(lease, ' ', 1, true) + 1) ~= holder then return 0 end
  redis.call('HDEL', leases, name)
end
if expected == '' and redis.call('ZCARD', due) >= tonumber(ARGV[7]) then return -1 end
redis.call('SET', entry, value, 'PX', ARGV[6])
if waitMs == '' then redis.call('ZREM', due, name) else redis.call('ZADD', due, nowMs() + tonumber(waitMs), name) end
return 1
