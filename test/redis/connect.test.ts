import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { connectRedis, parseRedisUrl, type RedisAddress, redisProblem } from '../../src/redis/connect';
import type { RedisClient } from '../../src/redis/redis';
import { binary, describeWith } from '../lab/binaries';
import { freePorts, type Managed, startManaged, temporaryFolder, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';

const parsed = (url: string): RedisAddress => {
  const address = parseRedisUrl(url);
  if (!address.ok) throw new Error(address.error);
  return address.value;
};

describe('parseRedisUrl', () => {
  it.each([
    ['redis://localhost', { kind: 'single', hosts: [{ host: 'localhost', port: 6379 }], tls: false, db: 0 }],
    ['redis://localhost/', { kind: 'single', db: 0 }],
    ['rediss://r.example:6380/2', { hosts: [{ host: 'r.example', port: 6380 }], tls: true, db: 2 }],
    ['redis://:p%40ss%2F@[::1]:7000', { hosts: [{ host: '::1', port: 7000 }], password: 'p@ss/' }],
    ['redis://bot:a:b@h', { username: 'bot', password: 'a:b' }],
    [
      'redis-sentinel://:pw@s1,s2:26380/mymaster/3?sentinel_password=x%26y',
      {
        kind: 'sentinel',
        hosts: [
          { host: 's1', port: 26_379 },
          { host: 's2', port: 26_380 },
        ],
        group: 'mymaster',
        db: 3,
        password: 'pw',
        sentinelPassword: 'x&y',
      },
    ],
    ['rediss-sentinel://s1/main', { kind: 'sentinel', tls: true, db: 0, group: 'main' }],
    ['redis-cluster://n1:7001,n2:7002', { kind: 'cluster', hosts: [{ port: 7001 }, { port: 7002 }] }],
  ])('reads %s', (url, expected) => expect(parsed(url)).toMatchObject(expected));

  it.each([
    'http://localhost',
    'redis://',
    'redis://a,b',
    'redis://host:port',
    'redis://host/one',
    'redis://host/0/1',
    'redis-sentinel://s1',
    'redis-cluster://n1/2',
    'redis://:hunter2%@host',
    'localhost:6379',
  ])('refuses %s, saying what was expected and no password', (url) => {
    const address = parseRedisUrl(url);
    expect(address.ok).toBe(false);
    expect(!address.ok && address.error).toMatch(/REDIS_URL.*expected redis:/);
    expect(!address.ok && address.error).not.toContain('hunter2');
  });
});

describeWith(['redis'], 'connectRedis', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });
  const redisWith = async (settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> => {
    const server = await startRedis({ settings });
    ends.push(server.stop);
    return server;
  };
  const connect = (url: string, use: 'asking' | 'working' = 'working'): RedisClient => {
    const redis = connectRedis(parsed(url), use);
    redis.on('error', () => undefined);
    ends.push(() => redis.disconnect());
    return redis;
  };

  it('signs in and selects a database', async () => {
    const { port } = await redisWith({ requirepass: 's3cret' });
    const redis = connect(`redis://:s3cret@127.0.0.1:${port}/4`);
    await redis.set('a', 'b');
    expect(await redis.info('keyspace')).toContain('db4');
    expect(await redisProblem(redis, parsed(`redis://:s3cret@127.0.0.1:${port}`), 2000)).toBeUndefined();
  });

  it('says in one line what is wrong with a server that does not answer, or not to us', async () => {
    const { port } = await redisWith({ requirepass: 's3cret' });
    const [closed = 0] = await freePorts(1);
    for (const url of [
      `redis://127.0.0.1:${port}`,
      `redis://:hunter2@127.0.0.1:${port}`,
      `redis://127.0.0.1:${closed}`,
    ]) {
      const problem = await redisProblem(connect(url, 'asking'), parsed(url), 1000);
      expect(problem).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot be used \(.+\): check REDIS_URL$/);
      expect(problem).not.toContain('hunter2');
    }
  });

  it('fails at once while the server is away and somebody waits, and is back with it', async () => {
    const server = await redisWith();
    const redis = connect(server.url, 'asking');
    await waitFor('the connection', () => redis.status === 'ready');
    await server.kill();
    await waitFor('the loss', () => redis.status !== 'ready');
    await expect(redis.get('a')).rejects.toThrow(/writeable|closed/);
    await server.restart();
    await waitFor('the return', () => redis.ping(), { timeoutMs: 3000 });
  });

  it('does not wait for ever for a server that hangs', async () => {
    const server = await redisWith();
    const redis = connect(server.url, 'asking');
    await waitFor('the connection', () => redis.status === 'ready');
    const blocker = connect(server.url);
    await blocker.call('CLIENT', 'PAUSE', '10000', 'ALL');
    await expect(redis.get('a')).rejects.toThrow(/timed out/);
  });

  it.each(['redis', 'redis-cluster'])(
    'writes at once what is asked in one turn, at %s://',
    async (scheme) => {
      const cluster = scheme === 'redis-cluster';
      const { port } = await redisWith(
        cluster ? { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } : {},
      );
      const admin = connect(`redis://127.0.0.1:${port}`);
      if (cluster) await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      if (cluster)
        await waitFor('it', async () => String(await admin.call('CLUSTER', 'INFO')).includes('state:ok'));
      const redis = connect(`${scheme}://127.0.0.1:${port}`, 'asking');
      await waitFor('the connection', () => redis.status === 'ready');
      await redis.ping();
      const [node] = 'nodes' in redis ? redis.nodes() : [redis];
      if (node === undefined) throw new Error('no node');
      const writes = jest.spyOn(node.stream, '_write');
      const gathered = jest.spyOn(node.stream, '_writev' as never);
      const answers = await Promise.all([redis.incr('a'), redis.incr('a'), redis.incr('a')]);
      expect(answers).toEqual([1, 2, 3]);
      expect([writes.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 1]);
    },
  );

  it('finds the master through its sentinels, and the new one after a failover', async () => {
    const master = await redisWith();
    const replica = await redisWith({ replicaof: `127.0.0.1 ${master.port}` });
    const folder = await temporaryFolder('sentinel');
    const [port = 0] = await freePorts(1);
    const settings = [
      `port ${port}`,
      'bind 127.0.0.1',
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 2000',
    ];
    await writeFile(`${folder.path}/sentinel.conf`, `${settings.join('\n')}\n`);
    const sentinel: Managed = startManaged(binary('redis'), [`${folder.path}/sentinel.conf`, '--sentinel'], {
      folder: folder.path,
    });
    ends.push(() => sentinel.end('SIGKILL'));
    const redis = connect(`redis-sentinel://127.0.0.1:${port}/mymaster`);
    await redis.set('who', 'master');
    await waitFor('replication', async () => (await redis.info('replication')).includes('state=online'));
    const ask = connect(`redis://127.0.0.1:${port}`);
    await waitFor('the sentinel to know the replica', async () =>
      JSON.stringify(await ask.call('SENTINEL', 'REPLICAS', 'mymaster')).includes(String(replica.port)),
    );
    await master.kill();
    await waitFor('a write to the new master', async () => (await redis.set('who', 'replica')) === 'OK', {
      timeoutMs: 15_000,
    });
    const direct = connect(replica.url);
    expect(await direct.get('who')).toBe('replica');
  }, 40_000);

  it('speaks TLS where the address says rediss', async () => {
    const first = new Promise<number | undefined>((resolve) => {
      const server = createServer((socket) => socket.once('data', (bytes) => resolve(bytes[0])));
      ends.push(() => server.close());
      server.listen(0, '127.0.0.1', () =>
        connect(`rediss://127.0.0.1:${(server.address() as AddressInfo).port}`),
      );
    });
    // The type of a TLS handshake record.
    expect(await first).toBe(0x16);
  });

  it('speaks to a Redis Cluster', async () => {
    const server = await redisWith({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    const admin = connect(server.url);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('the cluster', async () =>
      String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    const url = `redis-cluster://127.0.0.1:${server.port}`;
    const redis = connect(url, 'asking');
    expect(await redisProblem(redis, parsed(url), 5000)).toBeUndefined();
    await redis.set('a', '1');
    await redis.set('b', '2');
    expect([await redis.get('a'), await redis.get('b')]).toEqual(['1', '2']);
  });
});
