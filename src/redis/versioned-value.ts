import { join } from 'node:path';
import { z } from 'zod';
import type { Sealer } from '../signing/seal-record';
import type { RedisClient } from './redis';
import { defineScript, flag } from './script';

const compareAndSetScript = defineScript({
  file: join(__dirname, 'compare-and-set.lua'),
  keys: ['hash'],
  args: ['field', 'expected', 'value', 'ttlMs'],
  reply: flag,
});

const takeFieldScript = defineScript({
  file: join(__dirname, 'take-field.lua'),
  keys: ['hash'],
  args: ['field'],
  reply: z.string().nullable(),
});

/** A change of a value in a hash that is made only if no one else changed the value since it was read. */
interface Change {
  readonly field: string;
  /** The stored text that was read; empty for a value that was not there. */
  readonly expected: string;
  /** The new text; null removes it. */
  readonly next: string | null;
  /** Time from now until the whole hash expires, in ms. */
  readonly ttlMs?: number;
}

/** Makes a change of a value. False: another process changed or removed the value meanwhile. */
export const compareAndSet = (
  redis: RedisClient,
  hash: string,
  { field, expected, next, ttlMs }: Change,
): Promise<boolean> =>
  compareAndSetScript(redis, { hash }, { field, expected, value: next ?? '', ttlMs: ttlMs ?? '' });

/** Removes a field of a hash and returns its value; null if there is none. */
export const takeField = (redis: RedisClient, hash: string, field: string): Promise<string | null> =>
  takeFieldScript(redis, { hash }, { field });

/** A hash of sealed JSON records that count their changes in `version`. A record that is not genuine does not exist. */
export interface VersionedRecords<T extends { readonly version: number }> {
  readonly all: () => Promise<readonly T[]>;
  readonly find: (field: string) => Promise<T | undefined>;
  /** Adds a record (version 0), or replaces one of `expected` version. False: the stored version is another. */
  readonly put: (field: string, expected: number, record: T) => Promise<boolean>;
  /** Removes a record of `expected` version. False: the stored version is another. */
  readonly remove: (field: string, expected: number) => Promise<boolean>;
  /** Removes a record of any version, and returns it. */
  readonly take: (field: string) => Promise<T | undefined>;
}

interface VersionedHash<T> {
  /** The hash. */
  readonly key: string;
  /** Names its records in logs and metrics. */
  readonly kind: string;
  readonly schema: z.ZodType<T>;
}

export const versionedRecords = <T extends { readonly version: number }>(
  redis: RedisClient,
  sealer: Sealer,
  { key, kind, schema }: VersionedHash<T>,
): VersionedRecords<T> => {
  const read = (field: string, stored: string | null): T | undefined => {
    const text = stored === null ? undefined : sealer.open({ kind, key, field }, stored);
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  };
  const change = async (field: string, version: number, next: string | null): Promise<boolean> => {
    const stored = await redis.hget(key, field);
    if ((read(field, stored)?.version ?? 0) !== version) return false;
    return compareAndSet(redis, key, { field, expected: stored ?? '', next });
  };
  return {
    all: async () =>
      Object.entries(await redis.hgetall(key))
        .map(([field, stored]) => read(field, stored))
        .filter((record) => record !== undefined),
    find: async (field) => read(field, await redis.hget(key, field)),
    put: (field, expected, record) =>
      change(field, expected, sealer.seal({ kind, key, field }, JSON.stringify(schema.parse(record)))),
    remove: (field, expected) => change(field, expected, null),
    take: async (field) => read(field, await takeField(redis, key, field)),
  };
};
