--[[
  Removes a field of a hash and returns it.

  KEYS[1] hash
  ARGV[1] field

  Returns the value, or nil if there is none.
]]
local hash = KEYS[1]
local field = ARGV[1]

local value = redis.call('HGET', hash, field)
if value then redis.call('HDEL', hash, field) end
return value
