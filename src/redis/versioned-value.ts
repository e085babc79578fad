import { join } from 'node:path';
import { z } from 'zod';
import type { RedisClient } from './redis';
import { defineScript, flag } from './script';

const compareAndSetScript = defineScript({
  file: join(__dirname, 'compare-and-set.lua'),
  keys: ['hash'],
  args: ['field', 'versionField', 'expected', 'version', 'value', 'ttlMs'],
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
  /** Field that holds the version; by default the value is JSON with a `version`. */
  readonly versionField?: string;
  /** The version that was read; 0 for a value that was not there. */
  readonly expected: number;
  /** The version and text of the new value; null removes it. */
  readonly next: { readonly version: number; readonly value: string } | null;
  /** Time from now until the whole hash expires, in ms. */
  readonly ttlMs?: number;
}

/** Makes a change of a versioned value. False: another process changed or removed the value meanwhile. */
export const compareAndSet = (
  redis: RedisClient,
  hash: string,
  { field, versionField = '', expected, next, ttlMs }: Change,
): Promise<boolean> =>
  compareAndSetScript(
    redis,
    { hash },
    {
      field,
      versionField,
      expected,
      version: next?.version ?? 0,
      value: next?.value ?? '',
      ttlMs: ttlMs ?? '',
    },
  );

/** Removes a field of a hash and returns its value; null if there is none. */
export const takeField = (redis: RedisClient, hash: string, field: string): Promise<string | null> =>
  takeFieldScript(redis, { hash }, { field });

/** A hash of JSON records that count their changes in `version`. */
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

export const versionedRecords = <T extends { readonly version: number }>(
  redis: RedisClient,
  hash: string,
  schema: z.ZodType<T>,
): VersionedRecords<T> => {
  const parse = (text: string): T => schema.parse(JSON.parse(text));
  const parseFound = (text: string | null): T | undefined => (text === null ? undefined : parse(text));
  return {
    all: async () => (await redis.hvals(hash)).map(parse),
    find: async (field) => parseFound(await redis.hget(hash, field)),
    put: (field, expected, record) => {
      const next = { version: record.version, value: JSON.stringify(schema.parse(record)) };
      return compareAndSet(redis, hash, { field, expected, next });
    },
    remove: (field, expected) => compareAndSet(redis, hash, { field, expected, next: null }),
    take: async (field) => parseFound(await takeField(redis, hash, field)),
  };
};
