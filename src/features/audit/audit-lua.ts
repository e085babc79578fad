import type { RedisClient } from '../../redis/redis';
import { runScript } from '../../redis/script';

interface Keys {
  readonly list: string;
  readonly head: string;
  readonly anchor: string;
}

/** An entry as text, which fits only where the head of the trail is the expected one. */
export interface Appending {
  readonly expectedHead: string;
  readonly newHead: string;
  readonly text: string;
}

/** The same steps at the end of every script that writes an entry together with a change. */
export const auditStep = `
local function audit(list, head, expected, after, entry)
  local now = redis.call('GET', head) or '0:genesis'
  if now ~= expected then return false end
  redis.call('RPUSH', list, entry)
  redis.call('SET', head, after)
  return true
end
`;

const append = `${auditStep}
if audit(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]) then return 1 end
return 0
`;

/** Writes an entry; false where the trail has moved on since it was prepared. */
export const appendAudit = async (redis: RedisClient, keys: Keys, prepared: Appending): Promise<boolean> =>
  (await runScript(
    redis,
    append,
    [keys.list, keys.head],
    [prepared.expectedHead, prepared.newHead, prepared.text],
  )) === 1;

const trim = `
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
redis.call('LTRIM', KEYS[1], tonumber(ARGV[1]), -1)
redis.call('SET', KEYS[2], ARGV[3])
return 1
`;

/** Cuts entries off the beginning and sets the anchor, unless somebody else has just done so. */
export const trimAudit = async (
  redis: RedisClient,
  keys: Keys,
  count: number,
  first: string,
  anchor: string,
): Promise<boolean> => (await runScript(redis, trim, [keys.list, keys.anchor], [count, first, anchor])) === 1;

const whole = `
return { redis.call('LRANGE', KEYS[1], 0, -1), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3]) }
`;

/** The whole trail as it is at one moment: read in parts, an entry written meanwhile would look like a gap. */
export const readWhole = async (
  redis: RedisClient,
  keys: Keys,
): Promise<{
  readonly texts: readonly string[];
  readonly head: string | null;
  readonly anchor: string | null;
}> => {
  const [texts, head, anchor] = (await runScript(redis, whole, [keys.list, keys.head, keys.anchor], [])) as [
    string[],
    string | null,
    string | null,
  ];
  return { texts, head, anchor };
};
