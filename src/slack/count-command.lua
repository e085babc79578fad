--[[
  Counts one more command in a window that begins with the first.

  KEYS[1] counter
  ARGV[1] windowMs

  Returns the count, and how long the window still lasts (ms).
]]
local counter = KEYS[1]
local windowMs = ARGV[1]

local count = redis.call('INCR', counter)
if count == 1 then redis.call('PEXPIRE', counter, windowMs) end
return { count, redis.call('PTTL', counter) }
