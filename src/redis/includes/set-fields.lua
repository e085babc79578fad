--[[
  Sets fields of a hash that ARGV lists as name, value, name, value.

  key    the hash
  first  index of the first name in ARGV
]]
local function setFields(key, first)
  for i = first, #ARGV, 2 do
    redis.call('HSET', key, ARGV[i], ARGV[i + 1])
  end
end
