import { join } from 'node:path';
import { z } from 'zod';
import { keys } from '../redis/keys';
import type { RedisClient } from '../redis/redis';
import { defineScript } from '../redis/script';

const countScript = defineScript({
  file: join(__dirname, 'count-command.lua'),
  keys: ['counter'],
  args: ['windowMs'],
  reply: z.tuple([z.number(), z.number()]),
});

const windowMs = 60_000;

export interface Limit {
  readonly exceeded: boolean;
  /** Time until commands are accepted again, in ms. */
  readonly waitMs: number;
}

/**
 * Counts a person's command: ten a minute are allowed by default. Throws while Redis is away: the caller lets the
 * command pass then, since nothing expensive can be queued without Redis.
 */
export const countCommand = async (
  redis: RedisClient,
  { team, user }: { readonly team: string; readonly user: string },
  allowed = 10,
): Promise<Limit> => {
  const [count, leftMs] = await countScript(redis, { counter: keys.commands(team, user) }, { windowMs });
  return { exceeded: count > allowed, waitMs: Math.max(leftMs, 0) };
};
