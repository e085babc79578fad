--[[
  Reads a request and, at the same moment, the audit trail from the entry that created it to the end.

  KEYS[1] request    or the head again, to read the trail alone
  KEYS[2] auditList
  KEYS[3] auditHead
  ARGV[1] idInEntry  the id as an entry holds it: in what people wrote, its quotes are escaped
  ARGV[2] fromSeq    reads at least from this entry on, or ''
  ARGV[3] sinceMs    reads no page of entries that are older (ms since the epoch), or '' to read all

  Returns the fields of the request, the head, and the entries, newest first.
]]
local request, auditList, auditHead = KEYS[1], KEYS[2], KEYS[3]
local idInEntry, fromSeq, sinceMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local fields = request == auditHead and {} or redis.call('HGETALL', request)
local head = redis.call('GET', auditHead)
local entries = {}
local found = false
local to = redis.call('LLEN', auditList)
while to > 0 do
  local from = math.max(0, to - 100)
  local page = redis.call('LRANGE', auditList, from, to - 1)
  for i = #page, 1, -1 do
    entries[#entries + 1] = page[i]
    if string.find(page[i], idInEntry, 1, true) and string.find(page[i], '"action":"request"', 1, true) then
      found = true
    end
  end
  local oldest = entries[#entries]
  local seq = tonumber(string.match(oldest, '"seq":(%d+)') or '0')
  local at = tonumber(string.match(oldest, '"at":(%d+)') or '0')
  if (found or (sinceMs and at < sinceMs)) and (not fromSeq or seq <= fromSeq) then break end
  to = from
end
return { fields, head, entries }
