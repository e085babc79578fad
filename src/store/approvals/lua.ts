import { auditStep } from '../audit-lua';

/** Every change of a request is decided inside Redis, in one step with its entry in the audit trail. */

const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * Creates a request.
 * KEYS: request, due, open requests of the person, audit list, audit head.
 * ARGV: expected head, new head, entry, id, due at, most open, then fields and values.
 */
export const createScript = `${auditStep}
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
if redis.call('SCARD', KEYS[3]) >= tonumber(ARGV[6]) then return 'too-many' end
if not audit(KEYS[4], KEYS[5], ARGV[1], ARGV[2], ARGV[3]) then return 'audit' end
for i = 7, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[2], ARGV[5], ARGV[4])
redis.call('SADD', KEYS[3], ARGV[4])
return 'ok'
`;

/**
 * Moves a request from one state to the next.
 * KEYS: request, due, open requests of the person, audit list, audit head.
 * ARGV: expected head, new head, entry, id, expected state, new state, expected fence or '',
 *   'before' (only while not yet due), 'after' (only once due) or '',
 *   due in ms from now or '' for never, '1' where it stays open, ms to keep an ended request,
 *   then fields and values.
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
for i = 12, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if ARGV[9] == '' then redis.call('ZREM', KEYS[2], ARGV[4]) else redis.call('ZADD', KEYS[2], now + ARGV[9], ARGV[4]) end
if ARGV[10] ~= '1' then redis.call('SREM', KEYS[3], ARGV[4]) end
if ARGV[11] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[11]) end
return 'ok'
`;

/**
 * Whether a run may still write, and if so its lease is renewed.
 * KEYS: request, due. ARGV: id, fence, lease in ms.
 */
export const holdScript = `${clock}
if redis.call('HGET', KEYS[1], 'state') ~= 'running' then return 0 end
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[2] then return 0 end
if now >= tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0') then return 0 end
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
return 1
`;

/** Ids that are due by Redis's clock. KEYS: due. ARGV: most. */
export const dueScript = `${clock}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
`;

/** Sets fields that decide nothing, such as where the card stands. KEYS: request. ARGV: fields and values. */
export const noteScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
`;
