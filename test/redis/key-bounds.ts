import type { Redis } from 'ioredis';

/** A key that does not expire, and its bound in number. */
interface KeyBound {
  readonly pattern: RegExp;
  /** Maximum number of such keys. Absent: one for each thing that `why` names. */
  readonly maxKeys?: number;
  /** Maximum number of entries in it. Absent: one for each thing that `why` names. */
  readonly maxEntries?: number;
  /** The reason for its bound. */
  readonly why: string;
}

const perQueue = 3;
/** BullMQ trims lists and streams with some tolerance. */
const finishedJobs = 1_100;

/** Every key without a time to live. Whatever is not listed here has one. */
const keyBounds: readonly KeyBound[] = [
  { pattern: /^peering:latest$/, maxKeys: 1, why: 'one field for each configured cluster' },
  { pattern: /^peering:incidents$/, maxKeys: 1, why: 'one field for each configured cluster' },
  { pattern: /^peering:digests$/, maxKeys: 1, why: 'one field for each digest, of which a channel has 25' },
  { pattern: /^peering:subscriptions$/, maxKeys: 1, why: 'one field for each channel and cluster' },
  { pattern: /^peering:\{outbox\}:(due|leases)$/, maxKeys: 2, why: 'one entry for each answer on its way' },
  {
    pattern: /^\{peering\}:\w+:(meta|id|marker|limiter|stalled|pc)$/,
    maxKeys: perQueue * 6,
    why: 'a counter or a flag of a queue',
  },
  {
    pattern: /^\{peering\}:\w+:(wait|active|delayed|prioritized|paused|waiting-children)$/,
    maxKeys: perQueue * 6,
    why: 'one entry for each unfinished job; a person queues ten a minute',
  },
  {
    pattern: /^\{peering\}:\w+:(completed|failed)$/,
    maxKeys: perQueue * 2,
    maxEntries: finishedJobs,
    why: 'finished jobs: 1000, completed ones for an hour, failed ones for a day',
  },
  { pattern: /^\{peering\}:\w+:events$/, maxKeys: perQueue, maxEntries: 11_000, why: 'trimmed to 10,000' },
  {
    pattern: /^\{peering\}:\w+:repeat(:.+)?$/,
    why: 'one for each scheduler: digests and subscriptions',
  },
  { pattern: /^\{peering\}:\w+:de:.+$/, why: 'one for each unfinished job that others join' },
  {
    pattern: /^peering-bot:\{approvals\}:audit(:head|:anchor)?$/,
    maxKeys: 3,
    why: 'entries of the audit trail for as long as it is kept',
  },
  {
    pattern: /^peering-bot:\{approvals\}:(due|cards|unused)$/,
    maxKeys: 3,
    why: 'one entry for each request that is not over',
  },
  {
    pattern: /^peering-bot:\{approvals\}:(request|open):.+$/,
    why: 'open requests, of which a person has a few',
  },
];

const jobKey = /^\{peering\}:(\w+):([^:]+)$/;
const states = [
  'wait',
  'active',
  'delayed',
  'prioritized',
  'completed',
  'failed',
  'paused',
  'waiting-children',
];

/** Ids of the jobs that a queue knows of. */
const jobsOf = async (redis: Redis, queue: string): Promise<ReadonlySet<string>> => {
  const lists = await Promise.all(
    states.map(async (state) => {
      const key = `{peering}:${queue}:${state}`;
      const type = await redis.type(key);
      if (type === 'list') return redis.lrange(key, '0', '-1');
      return type === 'zset' ? redis.zrange(key, '0', '-1') : [];
    }),
  );
  return new Set(lists.flat());
};

const entriesOf = async (redis: Redis, key: string): Promise<number> => {
  const type = await redis.type(key);
  if (type === 'hash') return redis.hlen(key);
  if (type === 'list') return redis.llen(key);
  if (type === 'set') return redis.scard(key);
  if (type === 'zset') return redis.zcard(key);
  return type === 'stream' ? redis.xlen(key) : 1;
};

/** Walks all keys. Returns a line for each one without a bound in time or number. */
export const findUnboundedKeys = async (redis: Redis): Promise<readonly string[]> => {
  const found: string[] = [];
  const counts = new Map<KeyBound, number>();
  const jobs = new Map<string, Promise<ReadonlySet<string>>>();
  for await (const batch of redis.scanStream({ count: 1000 }) as AsyncIterable<string[]>) {
    for (const key of new Set(batch)) {
      if ((await redis.pttl(key)) !== -1) continue;
      const bound = keyBounds.find(({ pattern }) => pattern.test(key));
      if (bound !== undefined) {
        counts.set(bound, (counts.get(bound) ?? 0) + 1);
        const { maxEntries } = bound;
        if (maxEntries !== undefined && (await entriesOf(redis, key)) > maxEntries)
          found.push(`${key} has more than ${maxEntries} entries`);
        continue;
      }
      const [, queue = '', id = ''] = jobKey.exec(key) ?? [];
      const known = jobs.get(queue) ?? jobsOf(redis, queue);
      jobs.set(queue, known);
      // It may have ended between the two reads.
      if (queue === '' || (!(await known).has(id) && (await redis.exists(key)) === 1))
        found.push(`${key} never expires and belongs to nothing`);
    }
  }
  for (const [{ pattern, maxKeys }, count] of counts) {
    if (maxKeys !== undefined && count > maxKeys) found.push(`${count} keys like ${String(pattern)}`);
  }
  return found;
};
