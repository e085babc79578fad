--[[
  Acquires a lock, or renews it for its holder.

  KEYS[1] lock
  ARGV[1] holder
  ARGV[2] leaseMs  how long the lock lasts without being renewed

  Returns 1, or 0 while another holder has it.
]]
local lock = KEYS[1]
local holder, leaseMs = ARGV[1], ARGV[2]

local current = redis.call('GET', lock)
if current and current ~= holder then return 0 end
redis.call('SET', lock, holder, 'PX', leaseMs)
return 1
