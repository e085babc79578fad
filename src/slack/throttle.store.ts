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
 * `commands`: commands, clicks and modals. `homes`: how often App Home was opened. `previews`: messages with links. `prompts`:
 * how often prompts were suggested. `searches`: how often a form was searched for options, which every letter does.
 */
export type Counted = 'commands' | 'homes' | 'previews' | 'prompts' | 'searches';

/**
 * Counts a request of a person. Throws while Redis is away. The caller then lets the request pass, since
 * nothing expensive can be queued without Redis.
 */
export const countRequest = async (
  redis: RedisClient,
  { team, user }: { readonly team: string; readonly user: string },
  counted: Counted,
  allowed: number,
): Promise<Limit> => {
  const [count, leftMs] = await countScript(redis, { counter: keys[counted](team, user) }, { windowMs });
  return { exceeded: count > allowed, waitMs: Math.max(leftMs, 0) };
};
