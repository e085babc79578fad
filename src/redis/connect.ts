import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { failure, type Result, success } from '../result';
import { gatherWrites } from './gather-writes';
import type { RedisClient } from './redis';
import { omitUndefined } from '../omit-undefined';

interface Host {
  readonly host: string;
  readonly port: number;
}

/** The address of Redis, from `parseRedisUrl`. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  readonly hosts: readonly Host[];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** Sentinel's name for the group, such as `mymaster`. */
  readonly group: string;
  readonly sentinelPassword?: string;
}

const help =
  'expected redis://[user:password@]host[:port][/db], redis-sentinel://host:port,host:port/group[/db] or ' +
  'redis-cluster://host:port,host:port (rediss… for TLS)';
const pattern =
  /^(rediss?)(?:-(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?]+)(?:\/([^/?]*))?(?:\/(\d{1,4}))?(?:\?sentinel_password=([^&]*))?$/;

/**
 * Reads `REDIS_URL`. A single server has the usual address. Sentinels and cluster nodes are listed with commas:
 * `redis-sentinel://s1:26379,s2:26379/mymaster/0`, `redis-cluster://n1:6379,n2:6379`; `rediss…` speaks TLS. User
 * and password are those of the data nodes; `?sentinel_password=` is the sentinels' own. Parts are
 * percent-encoded. A failure says what was expected, and never repeats a password.
 */
export const parseRedisUrl = (url: string): Result<RedisAddress> => {
  const wrong = failure(`REDIS_URL cannot be read: ${help}`);
  const [, scheme, kind = 'single', user = '', list = '', first = '', second, sentinelPassword] =
    pattern.exec(url.trim()) ?? [];
  if (scheme === undefined || !isKind(kind)) return wrong;
  const hosts = list.split(',').map((host) => readHost(host, kind === 'sentinel' ? 26_379 : 6379));
  if (!hosts.every((host) => host !== undefined)) return wrong;
  if (kind === 'single' && hosts.length > 1) return wrong;
  const db = kind === 'sentinel' ? (second ?? '0') : first || '0';
  if (!/^\d{1,4}$/.test(db) || (kind !== 'sentinel' && second !== undefined)) return wrong;
  if (kind === 'sentinel' && first === '') return wrong;
  if (kind === 'cluster' && db !== '0') return wrong;
  try {
    const [name = '', ...rest] = user.split(':').map(decodeURIComponent);
    const value: RedisAddress = {
      kind,
      hosts,
      tls: scheme === 'rediss',
      ...omitUndefined({
        username: name || undefined,
        password: rest.length > 0 ? rest.join(':') : undefined,
      }),
      db: Number(db),
      group: kind === 'sentinel' ? decodeURIComponent(first) : '',
      ...omitUndefined({
        sentinelPassword: sentinelPassword ? decodeURIComponent(sentinelPassword) : undefined,
      }),
    };
    return success(value);
  } catch {
    // decodeURIComponent refuses a stray percent sign, and its error quotes the text.
    return wrong;
  }
};

const isKind = (kind: string): kind is RedisAddress['kind'] =>
  kind === 'single' || kind === 'sentinel' || kind === 'cluster';

const readHost = (text: string, port: number): Host | undefined => {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(text);
  if (!match?.[1]) return undefined;
  return { host: match[1].replace(/^\[|\]$/g, ''), port: match[2] === undefined ? port : Number(match[2]) };
};

/** Delay of a reconnect: starts at 100 ms and grows to 1 s at most, so that the bot is back soon after Redis. */
const retryDelayMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 10), 1000);

/**
 * The use of a connection.
 * - `asking`: a person waits for the answer. Fails at once while Redis is away, and after 2 s if it hangs.
 * - `working`: a BullMQ worker, which blocks on it and must outlast any outage.
 */
export type RedisUse = 'asking' | 'working';

/**
 * A connection that answers nothing for this long (ms) is replaced: a network that drops packets silently would leave
 * it open for a quarter of an hour. Longer than BullMQ blocks.
 */
const silenceMs = 12_000;
/** Interval of pings in ms, so that a silent connection is noticed even if no command is sent. */
const pingMs = 5000;

const useOptions = {
  asking: {
    enableOfflineQueue: false,
    commandTimeout: 2000,
    maxRetriesPerRequest: 0,
    // After `disconnect`, ioredis keeps the process for this long (ms) even if Redis was never reached. Default 2000.
    disconnectTimeout: 100,
  },
  working: { enableOfflineQueue: true, maxRetriesPerRequest: null },
} as const satisfies Record<RedisUse, RedisOptions>;

/** Opens a connection that always reconnects. Listen to `error`: without a listener it would throw. */
export const connectRedis = (address: RedisAddress, use: RedisUse): RedisClient => {
  const redis = open(address, use);
  if (use === 'asking') {
    if (redis instanceof Cluster) redis.on('+node', gatherWrites);
    else gatherWrites(redis);
  }
  const pings = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => undefined);
  }, pingMs).unref();
  redis.on('end', () => clearInterval(pings));
  return redis;
};

const open = (address: RedisAddress, use: RedisUse): RedisClient => {
  const { kind, hosts, tls, username, password, db, group, sentinelPassword } = address;
  const common = {
    ...useOptions[use],
    ...omitUndefined({ username, password }),
    ...omitUndefined({ tls: tls ? {} : undefined }),
    connectTimeout: 5000,
    socketTimeout: silenceMs,
    retryStrategy: retryDelayMs,
    // After a failover the former master answers READONLY: look up the new one.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  } satisfies RedisOptions;
  if (kind === 'cluster') {
    return new Cluster([...hosts], {
      enableOfflineQueue: use === 'working',
      clusterRetryStrategy: retryDelayMs,
      redisOptions: common,
    });
  }
  if (kind === 'sentinel') {
    return new Redis({
      ...common,
      db,
      sentinels: [...hosts],
      name: group,
      sentinelRetryStrategy: retryDelayMs,
      ...omitUndefined({ sentinelPassword }),
      enableTLSForSentinelMode: tls,
      ...omitUndefined({ sentinelTLS: tls ? {} : undefined }),
    });
  }
  const [{ host, port } = { host: '127.0.0.1', port: 6379 }] = hosts;
  return new Redis({ ...common, db, host, port });
};

/** Reasons that do not pass by themselves: wrong users, passwords, databases and certificates. */
const misconfigured = /NOAUTH|WRONGPASS|NOPERM|ERR (?!max number of clients)|certificate|SSL routines/;

/** Waits until a new connection is ready. Returns undefined if it is, else one line that says why it is not. */
export const redisProblem = async (
  redis: RedisClient,
  address: RedisAddress,
  withinMs: number,
): Promise<string | undefined> => (await awaitRedis(redis, address, withinMs))?.message;

/** Waits like `redisProblem`, and also tells whether the problem can pass by itself. */
export const awaitRedis = async (
  redis: RedisClient,
  { hosts }: RedisAddress,
  withinMs: number,
): Promise<{ readonly message: string; readonly temporary: boolean } | undefined> => {
  const where = hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  let reason = `no answer in ${withinMs / 1000} s`;
  const failed = (error: Error): void => {
    reason = error.message || error.name;
  };
  redis.on('error', failed);
  try {
    const end = Date.now() + withinMs;
    while (redis.status !== 'ready' && Date.now() < end && !misconfigured.test(reason)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    if (redis.status === 'ready') {
      await redis.ping();
      return undefined;
    }
  } catch (error) {
    reason = error instanceof Error ? error.message : 'unknown';
  } finally {
    redis.off('error', failed);
  }
  const message = `Redis at ${where} cannot be used (${reason}): check REDIS_URL`;
  return { message, temporary: !misconfigured.test(reason) };
};
