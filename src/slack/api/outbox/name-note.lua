--[[
  Names the note that tells a person about each of their unanswered requests, unless it has a name already.

  KEYS[1] requests  one field for each request
  KEYS[2] notes     the name of the note of each of them
  ARGV[1] note      the name for those that have none
  ARGV[2] ttlMs     how long the names are kept from now

  Returns the requests and the names of their notes, one after the other.
]]
local requests, notes = KEYS[1], KEYS[2]
local note, ttlMs = ARGV[1], ARGV[2]

local named = {}
for _, request in ipairs(redis.call('HKEYS', requests)) do
  redis.call('HSETNX', notes, request, note)
  table.insert(named, request)
  table.insert(named, redis.call('HGET', notes, request))
end
if #named > 0 then redis.call('PEXPIRE', notes, ttlMs) end
return named
