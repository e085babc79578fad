--[[
  Reads the whole trail at one moment: read in parts, an entry written meanwhile would look like a gap.

  KEYS[1] list
  KEYS[2] head
  KEYS[3] anchor

  Returns the entries, the head and the anchor.
]]
local list, head, anchor = KEYS[1], KEYS[2], KEYS[3]

return { redis.call('LRANGE', list, 0, -1), redis.call('GET', head), redis.call('GET', anchor) }
