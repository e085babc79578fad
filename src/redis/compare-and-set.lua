--[[
  Replaces, adds or removes a field of a hash, if it still holds what was read. The process that calls it has verified
  what it read, so the script need not understand it.

  KEYS[1] hash
  ARGV[1] field
  ARGV[2] expected  what was read; '' for a field that was not there
  ARGV[3] value     '' removes the field
  ARGV[4] ttlMs     how long the hash is kept from now; '' leaves it as it is

  Returns 1, or 0 if the field holds something else.
]]
local hash = KEYS[1]
local field, expected, value, ttlMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if (redis.call('HGET', hash, field) or '') ~= expected then return 0 end

if value == '' then redis.call('HDEL', hash, field) else redis.call('HSET', hash, field, value) end
if ttlMs ~= '' then redis.call('PEXPIRE', hash, ttlMs) end
return 1
