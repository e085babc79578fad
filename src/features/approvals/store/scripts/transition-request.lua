--[[
  Moves a request from one state to the next, together with its entry in the audit trail.

  KEYS[1] request
  KEYS[2] due             requests by the time of their next step
  KEYS[3] open            open requests of the requester
  KEYS[4] auditList
  KEYS[5] auditHead
  KEYS[6] cards           requests by the time when their card is checked
  KEYS[7] unused          requests by the time when their token counts as unused
  ARGV[1] expectedHead
  ARGV[2] newHead
  ARGV[3] entry           JSON
  ARGV[4] id
  ARGV[5] from            expected state
  ARGV[6] to              new state
  ARGV[7] fence           expected fence, or ''
  ARGV[8] when            'before': only while not yet due, 'after': only once due, or ''
  ARGV[9] dueInMs         until the new state is due, 'same' to leave it, or '' for never
  ARGV[10] stillOpen      '1' if the new state counts as open, or ''
  ARGV[11] ttlMs          how long an ended request is kept, or ''
  ARGV[12] cardInMs       until its card is checked
  ARGV[13] unusedInMs     until its token counts as unused, or ''
  ARGV[14] yesesSig       expected signature of the yeses, or '' if there are none
  ARGV[15…] fields        of the request: name, value, …

  Returns 'ok', or why nothing changed: 'missing', 'state', 'fence', 'late', 'early', or 'audit' if the trail has
  moved on.
]]
--- @include "../../../../redis/includes/now-ms"
--- @include "../../../../redis/includes/set-fields"
--- @include "../../../audit/includes/append-entry"
local request, due, open, auditList, auditHead, cards, unused =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local expectedHead, newHead, entry, id = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local from, to, fence, when = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local dueInMs, stillOpen, ttlMs, cardInMs, unusedInMs = ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[13]
local yesesSig = ARGV[14]

local now = nowMs()
local state = redis.call('HGET', request, 'state')
if not state then return 'missing' end
if state ~= from then return 'state' end
if (redis.call('HGET', request, 'yesesSig') or '') ~= yesesSig then return 'state' end
if fence ~= '' and redis.call('HGET', request, 'fence') ~= fence then return 'fence' end
local dueAt = tonumber(redis.call('ZSCORE', due, id) or '0')
if when == 'before' and now >= dueAt then return 'late' end
if when == 'after' and now < dueAt then return 'early' end
if not appendEntry(auditList, auditHead, expectedHead, newHead, entry) then return 'audit' end

redis.call('HSET', request, 'state', to, 'since', now)
if to == 'running' then redis.call('HINCRBY', request, 'fence', 1) end
setFields(request, 15)
if dueInMs == '' then
  redis.call('ZREM', due, id)
elseif dueInMs ~= 'same' then
  redis.call('ZADD', due, now + dueInMs, id)
end
if stillOpen ~= '1' then redis.call('SREM', open, id) end
if ttlMs ~= '' then redis.call('PEXPIRE', request, ttlMs) end
redis.call('ZADD', cards, now + cardInMs, id)
if unusedInMs ~= '' then redis.call('ZADD', unused, now + unusedInMs, id) end
return 'ok'
