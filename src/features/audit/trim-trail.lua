--[[
  Removes the oldest entries and sets the anchor, unless another process has just done so.

  KEYS[1] list
  KEYS[2] anchor
  ARGV[1] count      of the entries to remove
  ARGV[2] first      the entry that must still be the oldest
  ARGV[3] newAnchor  signed place where the trail begins from now on

  Returns 1, or 0 if another entry is the oldest.
]]
local list, anchor = KEYS[1], KEYS[2]
local count, first, newAnchor = tonumber(ARGV[1]), ARGV[2], ARGV[3]

if redis.call('LINDEX', list, 0) ~= first then return 0 end
redis.call('LTRIM', list, count, -1)
redis.call('SET', anchor, newAnchor)
return 1
