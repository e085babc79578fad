import { Redis } from 'ioredis';
import { isRedisAway } from '../../src/redis/is-redis-away';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { freePorts, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { connectTestRedis } from '../redis-client';

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

it.each([
  ['a server that loads its data', 'LOADING Redis is loading the dataset in memory'],
  ['a cluster that misses a master', 'CLUSTERDOWN The cluster is down'],
  ['a slot that moves', 'TRYAGAIN Multiple keys request during rehashing of slot'],
  [
    'a replica without its master',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  ],
  ['a full disk', 'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist'],
  ['too few replicas', 'NOREPLICAS Not enough good replicas to write.'],
  ['a script that runs for long', 'BUSY Redis is busy running a script.'],
  ['a command that waited during a failover', 'UNBLOCKED force unblock from blocking operation'],
  ['too many clients', 'ERR max number of clients reached'],
  [
    'a replica, from a script of Redis 6',
    "ERR Error running script (call to f_1): @user_script:3: -READONLY You can't write against a read only replica.",
  ],
])('counts the answer of %s as an outage', (_, message) => {
  expect(isRedisAway(named('ReplyError', message))).toBe(true);
});

it.each([
  ['a wrong type', named('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value')],
  ['an unknown command', named('ReplyError', "ERR unknown command 'LOADING'")],
  ['a bug that names an answer', new Error('READONLY is not defined')],
  ['no error', 'READONLY x'],
])('does not count %s as an outage', (_, error) => {
  expect(isRedisAway(error)).toBe(false);
});

describeWith(['redis'], 'the answers of a real Redis', () => {
  let server: RedisServer;
  let admin: Redis;
  let redis: RedisClient;

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
    redis = connectTestRedis(server.url, 'asking');
    redis.on('error', () => undefined);
    await waitFor('a connection', () => redis.status === 'ready');
  }, 30_000);
  afterAll(async () => {
    admin.disconnect();
    redis.disconnect();
    await server.stop();
  });

  const errorsOf = async (): Promise<readonly unknown[]> => {
    await waitFor('a connection', () => redis.status === 'ready');
    const script = redis.eval("return redis.call('SET', KEYS[1], '1')", 1, 'key');
    return (await Promise.allSettled([redis.set('key', '1'), script])).map((one) =>
      one.status === 'rejected' ? one.reason : undefined,
    );
  };

  it('counts full memory as an outage, from commands and scripts', async () => {
    await admin.config('SET', 'maxmemory', '1');
    const errors = await errorsOf();
    await admin.config('SET', 'maxmemory', '0');
    expect(errors.map(isRedisAway)).toEqual([true, true]);
  });

  it('counts a replica that takes no writes as an outage, from commands and scripts', async () => {
    const [nobody = 0] = await freePorts(1);
    await admin.replicaof('127.0.0.1', nobody);
    const errors = await errorsOf();
    await admin.replicaof('NO', 'ONE');
    expect(errors.map(isRedisAway)).toEqual([true, true]);
  });
});
