import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';
import { runScript } from '../redis/script';

/** Counts one more in a window that begins with the first, and says how long the window still lasts (ms). */
const count = `
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}`;

const windowMs = 60_000;

export interface Limit {
  readonly exceeded: boolean;
  /** How long until commands are taken again, in ms. */
  readonly waitMs: number;
}

/**
 * Counts a person's command. Ten in a minute are fine. Throws while Redis is away: the caller lets the command
 * pass then, as nothing that costs anything can be queued without Redis either.
 */
export const countCommand = async (
  redis: RedisClient,
  { team, user }: { readonly team: string; readonly user: string },
  allowed = 10,
): Promise<Limit> => {
  const [commands, leftMs] = (await runScript(redis, count, [keys.commands(team, user)], [windowMs])) as [
    number,
    number,
  ];
  return { exceeded: commands > allowed, waitMs: Math.max(leftMs, 0) };
};
