import { queueNames, type QueueName } from '../../config/process-uses';
import { keys, queuePrefix } from '../../redis/keys';
import type { RedisClient } from '../../redis/redis';
import { isSealed, type RecordLocation } from '../../signing/seal-record';

interface RecordKind {
  readonly kind: string;
  /** The key, or the beginning of the keys, that holds such records. */
  readonly key: string;
  readonly type: 'string' | 'hash';
  /** The one field that is a record; absent: all fields are. */
  readonly field?: string;
}

/** Every kind of record that the bot seals, except jobs, at the location that its store uses. */
const recordKinds: readonly RecordKind[] = [
  { kind: 'report', key: keys.report(''), type: 'string' },
  { kind: 'message-ref', key: keys.messageRef(''), type: 'string' },
  { kind: 'outbox', key: keys.outboxEntry(''), type: 'string' },
  { kind: 'outbox-content', key: keys.outboxContent(''), type: 'string' },
  { kind: 'unanswered', key: keys.unanswered(''), type: 'hash' },
  { kind: 'run-summary', key: keys.runsOf(''), type: 'hash' },
  { kind: 'latest', key: keys.latest, type: 'hash' },
  { kind: 'pending', key: keys.pendingOf(''), type: 'hash' },
  { kind: 'mute', key: keys.mutesOf(''), type: 'hash' },
  { kind: 'subscription', key: keys.subscriptions, type: 'hash' },
  { kind: 'incident', key: keys.incidents, type: 'hash' },
  { kind: 'watch', key: keys.watch('', '').slice(0, -1), type: 'hash', field: 'watch' },
  { kind: 'digest', key: keys.digests, type: 'hash' },
  { kind: 'digest-state', key: keys.digestState(''), type: 'hash' },
  { kind: 'digest-row', key: keys.digestRows(''), type: 'hash' },
  { kind: 'digest-baseline', key: keys.digestBaselines(''), type: 'hash' },
];

/** A record as it is stored. */
export interface StoredRecord {
  readonly location: RecordLocation;
  /** Its value; only the beginning with `headOnly`. */
  readonly stored: Buffer;
}

/** A job or a scheduler as it is stored. */
export interface StoredJob {
  /** Its hash in Redis. */
  readonly key: string;
  readonly queue: QueueName;
  readonly name: string;
  /** The id of the job, or `repeat:` and the id of the scheduler. */
  readonly id: string;
  /** When it was queued (ms since the epoch). */
  readonly at: number;
  /** JSON of its payload. */
  readonly data: string;
}

const isOfKind = (key: string, kind: RecordKind): boolean =>
  kind.key.endsWith(':') ? key.startsWith(kind.key) : key === kind.key;

/** Lists the keys that match a pattern, on every node of a Redis Cluster. */
export async function* scanKeys(redis: RedisClient, pattern: string): AsyncGenerator<readonly string[]> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
  for (const node of nodes) {
    let cursor = '0';
    do {
      const [next, found] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 500);
      cursor = next;
      yield found;
    } while (cursor !== '0');
  }
}

const readKey = async (
  redis: RedisClient,
  key: string,
  headOnly: boolean,
): Promise<readonly StoredRecord[]> => {
  const found = recordKinds.find((one) => isOfKind(key, one));
  if (found === undefined) return [];
  const { kind, type, field } = found;
  if (type === 'string') {
    const stored = headOnly ? await redis.getrangeBuffer(key, 0, headBytes - 1) : await redis.getBuffer(key);
    return stored === null || stored.length === 0 ? [] : [{ location: { kind, key }, stored }];
  }
  return Object.entries(await redis.hgetallBuffer(key))
    .filter(([name]) => field === undefined || name === field)
    .map(([name, stored]) => ({ location: { kind, key, field: name }, stored }));
};

const headBytes = 64;

/** Reads every record that the bot seals, except jobs. */
export async function* walkRecords(
  redis: RedisClient,
  { headOnly = false } = {},
): AsyncGenerator<StoredRecord> {
  for await (const found of scanKeys(redis, 'peering:*')) {
    const records = await Promise.all(found.map((key) => readKey(redis, key, headOnly)));
    yield* records.flat();
  }
}

const readJob = async (redis: RedisClient, queue: QueueName, key: string): Promise<readonly StoredJob[]> => {
  if ((await redis.type(key)) !== 'hash') return [];
  const [name, data, timestamp] = await redis.hmget(key, 'name', 'data', 'timestamp');
  if (!name || !data) return [];
  const id = key.slice(`${queuePrefix}:${queue}:`.length);
  return [{ key, queue, name, id, at: Number(timestamp ?? 0), data }];
};

/** Reads every job, also those that ended, and every scheduler. */
export async function* walkJobs(redis: RedisClient): AsyncGenerator<StoredJob> {
  for (const queue of queueNames) {
    for await (const found of scanKeys(redis, `${queuePrefix}:${queue}:*`)) {
      const jobs = await Promise.all(found.map((key) => readJob(redis, queue, key)));
      yield* jobs.flat();
    }
  }
}

/** Tells whether the payload of a job is sealed, genuine or not. */
export const isSealedJob = ({ data }: StoredJob): boolean => data.startsWith('{"sealed":"');

/** Counts the records and jobs that no process has sealed: those of version 0.1.0. */
export const countUnsealed = async (redis: RedisClient): Promise<number> => {
  let count = 0;
  for await (const { stored } of walkRecords(redis, { headOnly: true })) if (!isSealed(stored)) count += 1;
  for await (const job of walkJobs(redis)) if (!isSealedJob(job)) count += 1;
  return count;
};
