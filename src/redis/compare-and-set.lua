--[[
  Replaces, adds or removes a versioned value in a hash, if its version is still the one that was read.

  KEYS[1] hash
  ARGV[1] field         holds the value
  ARGV[2] versionField  holds its version; '' where the value is JSON with a `version`
  ARGV[3] expected      the version that was read; 0 for a value that was not there
  ARGV[4] version       of the new value
  ARGV[5] value         '' removes the field
  ARGV[6] ttlMs         how long the hash is kept from now; '' leaves it as it is

  Returns 1, or 0 if another version is stored.
]]
local hash = KEYS[1]
local field, versionField, expected, version, value, ttlMs =
  ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]

local stored
if versionField == '' then
  local text = redis.call('HGET', hash, field)
  stored = text and cjson.decode(text).version
else
  stored = redis.call('HGET', hash, versionField)
end
if tonumber(stored or 0) ~= expected then return 0 end

if value == '' then redis.call('HDEL', hash, field) else redis.call('HSET', hash, field, value) end
if versionField ~= '' then redis.call('HSET', hash, versionField, version) end
if ttlMs ~= '' then redis.call('PEXPIRE', hash, ttlMs) end
return 1
