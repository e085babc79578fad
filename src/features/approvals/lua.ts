import { auditStep } from '../audit';

/** Every change of a request is decided inside Redis, in one step with its entry in the audit trail. */

const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Creates a request.
 * KEYS: request, due, open requests of the person, audit list, audit head, cards.
 * ARGV: expected head, new head, entry, id, due at, most open, when its card is to be looked at, then fields and
 *   values.
 */
export const createScript = `${auditStep}
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[6]) then return 'too-many' end
if not audit(KEYS[4], KEYS[5], ARGV[1], ARGV[2], ARGV[3]) then return 'audit' end
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[4])
redis.call('ZADD', KEYS[6], ARGV[7], ARGV[4])
return 'ok'
`;

/**
 * Moves a request from one state to the next.
 * KEYS: request, due, open requests of the person, audit list, audit head, cards, unused tokens.
 * ARGV: expected head, new head, entry, id, expected state, new state, expected fence or '',
 *   'before' (only while not yet due), 'after' (only once due) or '',
 *   due in ms from now or '' for never, '1' where it stays open, ms to keep an ended request or '',
 *   ms until its card is looked at, ms until its token is taken for unused or '', then fields and values.
 */
export const moveScript = `${auditStep}${clock}
local state = redis.call('HGET', KEYS[1], 'state')
if not state then return 'missing' end
if state ~= ARGV[5] then return 'state' end
if ARGV[7] ~= '' and redis.call('HGET', KEYS[1], 'fence') ~= ARGV[7] then return 'fence' end
local due = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[4]) or '0')
if ARGV[8] == 'before' and now >= due then return 'late' end
if ARGV[8] == 'after' and now < due then return 'early' end
if not audit(KEYS[4], KEYS[5], ARGV[1], ARGV[2], ARGV[3]) then return 'audit' end
redis.call('HSET', KEYS[1], 'state', ARGV[6], 'since', now)
if ARGV[6] == 'running' then redis.call('HINCRBY', KEYS[1], 'fence', 1) end
for i = 14, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if ARGV[9] == '' then redis.call('ZREM', KEYS[2], ARGV[4]) else redis.call('ZADD', KEYS[2], now + ARGV[9], ARGV[4]) end
if ARGV[10] ~= '1' then redis.call('SREM', KEYS[3], ARGV[4]) end
if ARGV[11] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[11]) end
redis.call('ZADD', KEYS[6], now + ARGV[12], ARGV[4])
if ARGV[13] ~= '' then redis.call('ZADD', KEYS[7], now + ARGV[13], ARGV[4]) end
return 'ok'
`;

/**
 * Whether a run may still write, and if so its lease is renewed and what it is about to do is kept.
 * KEYS: request, due. ARGV: id, fence, lease in ms, then fields and values.
 */
export const holdScript = `${clock}
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[2] then return 0 end
if now >= tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0') then return 0 end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1
`;

/** Ids that are due by Redis's clock. KEYS: due. ARGV: most. */
export const dueScript = `${clock}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
`;

/** Takes ids that are due, for so many ms: of several processes that ask, one gets each. KEYS: due. ARGV: most, ms. */
export const claimScript = `${clock}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], now + ARGV[2], id) end
return ids
`;

/** The same for one id: 1 where it was due. KEYS: due. ARGV: id, ms. */
export const claimOneScript = `${clock}
if now < tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or tostring(now + 1)) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
return 1
`;

/**
 * The card shows a request as it stood in some state: if it still stands so, nobody need look at it for so many ms,
 * or any more. KEYS: request, cards. ARGV: id, state, since, ms or ''.
 */
export const shownScript = `${clock}
local current = redis.call('HMGET', KEYS[1], 'state', 'since')
if current[1] ~= ARGV[2] or current[2] ~= ARGV[3] then
  redis.call('ZADD', KEYS[2], now, ARGV[1])
elseif ARGV[4] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[1])
end
return 1
`;

/** Sets fields that decide nothing, such as where the card stands. KEYS: request. ARGV: fields and values. */
export const noteScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`;
