--[[
  Appends an entry to the audit trail, if no other entry was written since it was prepared. Included in every
  script that makes a change and records it in one step.

  list      the entries
  head      place and signature of the newest entry
  expected  the head that the entry was prepared for
  next      the head after the entry
  entry     JSON

  Returns false if the trail has moved on.
]]
local function appendEntry(list, head, expected, next, entry)
  local current = redis.call('GET', head) or '0:genesis'
  if current ~= expected then return false end
  redis.call('RPUSH', list, entry)
  redis.call('SET', head, next)
  return true
end
