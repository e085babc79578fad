--[[
  Stores a new request together with its entry in the audit trail.

  KEYS[1] request
  KEYS[2] due            requests by the time of their next step
  KEYS[3] open           open requests of the requester
  KEYS[4] auditList
  KEYS[5] auditHead
  KEYS[6] cards          requests by the time when their card is checked
  ARGV[1] expectedHead
  ARGV[2] newHead
  ARGV[3] entry          JSON
  ARGV[4] id
  ARGV[5] dueAt          ms since the epoch
  ARGV[6] maxOpen        per requester
  ARGV[7] cardAt         ms since the epoch
  ARGV[8…] fields        of the request: name, value, …

  Returns 'ok', 'exists', 'too-many', or 'audit' if the trail has moved on.
]]
--- @include "../../../../redis/includes/set-fields"
--- @include "../../../audit/includes/append-entry"
local request, due, open, auditList, auditHead, cards =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local expectedHead, newHead, entry, id, dueAt, maxOpen, cardAt =
  ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7]

if redis.call('EXISTS', request) == 1 then return 'exists' end
if redis.call('SCARD', open) >= maxOpen then return 'too-many' end
if not appendEntry(auditList, auditHead, expectedHead, newHead, entry) then return 'audit' end
setFields(request, 8)
redis.call('ZADD', due, dueAt, id)
redis.call('SADD', open, id)
redis.call('ZADD', cards, cardAt, id)
return 'ok'
