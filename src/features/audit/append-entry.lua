--[[
  Appends an entry that records no change of a request, such as a refused click.

  KEYS[1] list
  KEYS[2] head
  ARGV[1] expectedHead
  ARGV[2] newHead
  ARGV[3] entry         JSON

  Returns 1, or 0 if the trail has moved on since the entry was prepared.
]]
--- @include "includes/append-entry"
local list, head = KEYS[1], KEYS[2]
local expectedHead, newHead, entry = ARGV[1], ARGV[2], ARGV[3]

if appendEntry(list, head, expectedHead, newHead, entry) then return 1 end
return 0
