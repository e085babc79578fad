import { gunzipSync, gzipSync } from 'node:zlib';
import type { Redis } from 'ioredis';
import { queuePrefix } from '../../../src/redis/keys';

/** Moves of somebody who reads and writes all of Redis, and knows how the bot stores what is there. */

export const areas = ['requests', 'records', 'jobs', 'schedules'] as const;
export type Area = (typeof areas)[number];

const patterns: Readonly<Record<Area, string>> = {
  requests: 'peering-bot:*',
  records: 'peering:*',
  jobs: `${queuePrefix}:*`,
  schedules: `${queuePrefix}:*:repeat:*`,
};

/** Nth element of a list, counted around. */
export const pick = <T>(list: readonly T[], at: number): T | undefined => list[at % Math.max(1, list.length)];

/** Words that an attacker puts instead of others. */
const replacements: readonly (readonly [string, string])[] = [
  ['CHOME', 'CEVIL'],
  ['CLAB', 'CEVIL'],
  ['not-ready', 'ready'],
  ['known', 'EVIL'],
  ['9191', 'evil'],
];

const seal = /sealed:[0-9a-f]{8}:[\w-]{43}:/;

const changeText = (text: string, keepsSeal: boolean): string => {
  const replaced = replacements.reduce((changed, [from, to]) => changed.replaceAll(from, to), text);
  return keepsSeal ? replaced : replaced.replaceAll(new RegExp(seal, 'g'), '');
};

/** Changes words of a stored value, compressed or not, under its old seal or without one. */
const changeValue = (value: Buffer, keepsSeal: boolean): Buffer => {
  const zipped = value.indexOf(Buffer.from([0x1f, 0x8b]));
  if (zipped < 0) return Buffer.from(changeText(value.toString(), keepsSeal));
  const head = keepsSeal ? value.subarray(0, zipped) : Buffer.alloc(0);
  return Buffer.concat([head, gzipSync(changeText(gunzipSync(value.subarray(zipped)).toString(), true))]);
};

export const createAttacker = (redis: Redis) => {
  const keysOf = async (area: Area): Promise<readonly string[]> =>
    (await redis.keys(patterns[area]))
      .filter((key) => area !== 'jobs' || (!key.endsWith(':wait') && !key.includes(':repeat:')))
      .toSorted();
  const keyOf = async (area: Area, at: number): Promise<string> => pick(await keysOf(area), at) ?? 'none';
  /** Queues a job again that is stored. */
  const requeue = async (key: string): Promise<void> => {
    const [, queue = '', ...id] = key.split(':');
    await redis.rpush(`${queuePrefix}:${queue}:wait`, id.join(':'));
  };
  const copyField = async (from: string, to: string, at: number): Promise<void> => {
    const [fields, others] = [await redis.hkeys(from), await redis.hkeys(to)];
    const value = await redis.hgetBuffer(from, pick(fields, at) ?? '');
    if (value === null) return;
    for (const field of others) await redis.hset(to, field, value);
  };
  const makeDue = async (): Promise<void> => {
    const ids = (await keysOf('requests')).flatMap((key) => /:request:(.*)$/.exec(key)?.[1] ?? []);
    const lists = ['due', 'cards', 'unused'].map((name) => `peering-bot:{approvals}:${name}`);
    for (const list of lists) for (const id of ids) await redis.zadd(list, 0, id);
  };
  return {
    keysOf,
    /** Copies one value over another of its kind. A job is queued again under its new id. */
    copy: async (area: Area, from: number, to: number): Promise<void> => {
      const [one, other] = [await keyOf(area, from), await keyOf(area, to)];
      if (one === other || (await redis.type(one)) !== (await redis.type(other))) return;
      if (area === 'records' && (await redis.type(one)) === 'hash') return copyField(one, other, from);
      await redis.copy(one, other, 'REPLACE');
      if (area === 'jobs') await requeue(other);
    },
    /** Changes the words of one value, and runs it if it is a job. */
    replace: async (area: Area, at: number, keepsSeal: boolean): Promise<void> => {
      const key = await keyOf(area, at);
      const type = await redis.type(key);
      if (type === 'string') {
        const value = await redis.getBuffer(key);
        if (value !== null) await redis.set(key, changeValue(value, keepsSeal));
      }
      if (type !== 'hash') return;
      for (const [field, value] of Object.entries(await redis.hgetallBuffer(key)))
        if (field !== 'name') await redis.hset(key, field, changeValue(value, keepsSeal));
      if (area === 'jobs') await requeue(key);
    },
    /** Runs a job again: as it is, under another id, in another queue; or a schedule before its time. */
    replay: async (area: Area, at: number, how: 'same' | 'other-id' | 'other-queue'): Promise<void> => {
      const key = await keyOf(area, at);
      const [, queue = '', ...rest] = key.split(':');
      const other = how === 'other-queue' ? (queue === 'checks' ? 'digests' : 'checks') : queue;
      const id = area === 'schedules' ? `${rest.join(':')}:${Date.now() + 3_600_000}` : rest.join(':');
      const copied = `${queuePrefix}:${other}:${how === 'other-id' ? `${id}-again` : id}`;
      if (!['jobs', 'schedules'].includes(area)) return;
      await redis.copy(key, copied, 'REPLACE');
      await requeue(copied);
    },
    remove: async (area: Area, at: number): Promise<void> => {
      await redis.del(await keyOf(area, at));
    },
    /** Keeps all values of an area as they are now. */
    keep: async (area?: Area): Promise<ReadonlyMap<string, Buffer>> => {
      const kept = new Map<string, Buffer>();
      const all = area === undefined ? await redis.keys('*') : await keysOf(area);
      for (const key of all.toSorted()) {
        const dump = await redis.dumpBuffer(key);
        if (dump !== null) kept.set(key, dump);
      }
      return kept;
    },
    putBack: async (kept: ReadonlyMap<string, Buffer>, at: number): Promise<void> => {
      const [key, dump] = pick([...kept], at) ?? [];
      if (key === undefined || dump === undefined) return;
      await redis.restore(key, 0, dump, 'REPLACE');
      if (key.startsWith(queuePrefix) && !key.endsWith(':wait') && !key.includes(':repeat:'))
        await requeue(key);
    },
    /** Makes everything what it was, and runs all jobs again that were there. */
    putAllBack: async (kept: ReadonlyMap<string, Buffer>): Promise<void> => {
      await redis.flushdb();
      for (const [key, dump] of kept) await redis.restore(key, 0, dump, 'REPLACE');
      for (const key of await keysOf('jobs')) await requeue(key);
    },
    /** Adds a job, a schedule or a record of its own, with the fields of a genuine one; makes every request due for all. */
    add: async (area: Area, at: number): Promise<void> => {
      const key = `${queuePrefix}:${at % 2 === 0 ? 'checks' : 'digests'}:`;
      const content = JSON.stringify({ at: Date.now(), payload: { channel: 'CEVIL', words: 'EVIL' } });
      const job = { name: 'tell', data: JSON.stringify({ sealed: content }) };
      if (area === 'requests') await makeDue();
      if (area === 'schedules') await redis.hset(`${key}repeat:evil-${at}`, job);
      if (area === 'records') await redis.zadd('peering:reports:lab', Date.now(), `prod-${at % 2}`);
      if (area !== 'jobs') return;
      await redis.hset(`${key}evil-${at}`, job);
      await requeue(`${key}evil-${at}`);
    },
    /** Everything that is readable in any value. */
    readAll: async (): Promise<string> => {
      const texts: string[] = [];
      for (const key of await redis.keys('*')) {
        const type = await redis.type(key);
        if (type === 'string') texts.push((await redis.get(key)) ?? '');
        if (type === 'hash') texts.push(...Object.values(await redis.hgetall(key)));
        if (type === 'list') texts.push(...(await redis.lrange(key, 0, -1)));
      }
      return texts.join('\n');
    },
  };
};
