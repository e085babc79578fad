import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ZodType, z } from 'zod';
import type { RedisClient } from './redis';

interface ScriptDefinition<Key extends string, Arg extends string, Reply> {
  /** Absolute path of the `.lua` file, which stands next to the store that runs it. */
  readonly file: string;
  /** Names of KEYS, in order. Keys of one script share a hash tag, so that Redis Cluster keeps them in one slot. */
  readonly keys: readonly Key[];
  /** Names of ARGV, in order. */
  readonly args: readonly Arg[];
  readonly reply: ZodType<Reply>;
}

/** Runs the script in one atomic step. `fields` follow the named arguments in ARGV as name, value, name, value. */
type Script<Key extends string, Arg extends string, Reply> = (
  redis: RedisClient,
  keys: Readonly<Record<Key, string>>,
  args: Readonly<Record<Arg, string | number>>,
  fields?: Readonly<Record<string, string>>,
) => Promise<Reply>;

/**
 * Loads a Lua script and returns the function that runs it.
 *
 * @example
 * const releaseScript = defineScript({
 *   file: join(__dirname, 'release-lock.lua'),
 *   keys: ['lock'],
 *   args: ['holder'],
 *   reply: flag,
 * });
 * await releaseScript(redis, { lock: 'peering:lock' }, { holder });
 */
export const defineScript = <Key extends string, Arg extends string, Reply>({
  file,
  keys: keyNames,
  args: argNames,
  reply,
}: ScriptDefinition<Key, Arg, Reply>): Script<Key, Arg, Reply> => {
  const lua = readLua(file);
  const sha = createHash('sha1').update(lua).digest('hex');
  return async (redis, keys, args, fields = {}) => {
    const values = [
      ...keyNames.map((name) => keys[name]),
      ...argNames.map((name) => args[name]),
      ...Object.entries(fields).flat(),
    ];
    const raw: unknown = await redis.evalsha(sha, keyNames.length, ...values).catch((error: unknown) => {
      // A node that does not know the script, for example after a restart, needs its text.
      if (!isUnknownScript(error)) throw error;
      return redis.eval(lua, keyNames.length, ...values);
    });
    return reply.parse(raw);
  };
};

/** Reply of a script that returns 1 or 0. */
export const flag = z.number().transform((reply) => reply === 1);

const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT');

/**
 * Reads a script with the files that it includes, each of them once: a line `--- @include "path"` names one,
 * relative to the file that includes it and without its extension.
 */
const readLua = (file: string, included = new Set<string>()): string =>
  readFileSync(file, 'utf8').replaceAll(/^--- @include "([^"]+)"$/gm, (_, name: string) => {
    const path = resolve(dirname(file), `${name}.lua`);
    if (included.has(path)) return '';
    included.add(path);
    return readLua(path, included);
  });
