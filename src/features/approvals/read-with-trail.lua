--[[
  Reads a request and, at the same moment, the audit trail from the entry that created it to the end.

  KEYS[1] request
  KEYS[2] auditList
  KEYS[3] auditHead
  ARGV[1] idInEntry  the id as an entry holds it: in what people wrote, its quotes are escaped

  Returns the fields of the request, the head, and the entries, newest first; none if the request is not in the
  trail.
]]
local request, auditList, auditHead = KEYS[1], KEYS[2], KEYS[3]
local idInEntry = ARGV[1]

local fields = redis.call('HGETALL', request)
local head = redis.call('GET', auditHead)
local entries = {}
local to = redis.call('LLEN', auditList)
while to > 0 do
  local from = math.max(0, to - 100)
  local page = redis.call('LRANGE', auditList, from, to - 1)
  for i = #page, 1, -1 do
    entries[#entries + 1] = page[i]
    if string.find(page[i], idInEntry, 1, true) and string.find(page[i], '"action":"request"', 1, true) then
      return { fields, head, entries }
    end
  end
  to = from
end
return { fields, head, {} }
