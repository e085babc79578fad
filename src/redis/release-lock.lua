--[[
  Releases a lock, unless another holder has acquired it since.

  KEYS[1] lock
  ARGV[1] holder

  Returns 1 if the holder had it, or else 0.
]]
local lock = KEYS[1]
local holder = ARGV[1]

if redis.call('GET', lock) ~= holder then return 0 end
redis.call('DEL', lock)
return 1
