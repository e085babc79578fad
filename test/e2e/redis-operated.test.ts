import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { binary, describeWith } from '../lab/binaries';
import { freePorts, sleep, startManaged, temporaryFolder, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(180_000);

/** Each types one command, so that ten a minute are no limit here. */
const persons = Array.from({ length: 300 }, (_, index) => `U8PERSON${index}`);

/** Each way to operate Redis, and what the README says of it. */
describeWith(['redis'], 'the bot on Redis as it is operated', () => {
  let cluster: ServedCluster;
  let slack: Workspace;
  let next = 0;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    const [recording] = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
    if (recording === undefined) throw new Error('there is no recording');
    cluster = await serveRecording(recording, { token: 'recorded', delayMs: 0 });
  });
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    for (const id of persons) slack.state.users.set(id, { ...people.requester, id });
    next = 0;
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const redisWith = async (options: Parameters<typeof startRedis>[0] = {}): Promise<RedisServer> => {
    const server = await startRedis(options);
    ends.push(server.stop);
    return server;
  };
  const adminOf = (url: string): Redis => {
    const admin = new Redis(url);
    admin.on('error', () => undefined);
    ends.push(() => admin.disconnect());
    return admin;
  };
  const startBot = async (redisUrl: string): Promise<BotProcess> => {
    const bot = await startBotProcess({
      slack,
      redisUrl,
      clusters: `clusters:\n  east: { address: '${cluster.address}', token: { env: CONSUL_TOKEN } }\naccess:\n  - { allow: [mute, unmute, mutes, digest], users: [${persons.join(', ')}] }\n`,
      env: { CONSUL_TOKEN: 'recorded', LOG_LEVEL: 'info' },
    });
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  const type = async (line: string, person = persons[next++] ?? ''): Promise<string> => {
    const { ack } = await slack.typeCommand(person, channels.platform, `/peering ${line}`);
    return JSON.stringify(ack ?? 'none');
  };
  const answered = () =>
    slack.messages(channels.platform).filter(({ text }) => /ready for peering|could not be read/.test(text));
  /** Types the command until it is accepted, and waits for its one answer, and for Redis to see the end of its job. */
  const check = async (redis?: Redis): Promise<void> => {
    const before = answered().length;
    await waitFor(
      'a command to be accepted',
      async () => {
        await sleep(300);
        return (await type('check east')) === '{}';
      },
      { timeoutMs: 40_000 },
    );
    await slack.until(() => answered().length === before + 1, 'the answer', 45_000);
    // A job that Redis did not see end is run again after its lock, and the next command would join it.
    if (redis === undefined) await sleep(500);
    else await waitFor('the end of the job', async () => (await redis.llen('{peering}:checks:active')) === 0);
  };
  /** The first private answer to a command. */
  const privately = async (line: string): Promise<string> => {
    const person = persons[next++] ?? '';
    await type(line, person);
    return JSON.stringify(
      await slack.until(() => slack.ephemerals(person)[0], `the answer to ${line}`, 20_000),
    );
  };
  const mute = (): Promise<string> => privately('mute east mesh-gateway-mode for 7d because of a test');
  const showsMute = async (): Promise<boolean> =>
    (await privately('mutes east')).includes('because of a test');

  it('goes on with the new master after a failover of its sentinels', async () => {
    const master = await redisWith();
    const replica = await redisWith({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
    const folder = await temporaryFolder('sentinel');
    ends.push(folder.remove);
    const [port = 0] = await freePorts(1);
    const file = join(folder.path, 'sentinel.conf');
    await writeFile(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds mymaster 1000',
        'sentinel failover-timeout mymaster 3000',
      ].join('\n'),
    );
    const sentinel = startManaged(binary('redis'), [file, '--sentinel'], { folder: folder.path });
    ends.push(() => sentinel.end('SIGKILL'));
    const ask = adminOf(`redis://127.0.0.1:${port}`);
    await waitFor('the sentinel to know the replica', async () =>
      JSON.stringify(await ask.call('SENTINEL', 'REPLICAS', 'mymaster')).includes(String(replica.port)),
    );
    await startBot(`redis-sentinel://127.0.0.1:${port}/mymaster`);
    await check();
    await mute();
    await waitFor('replication', () => adminOf(replica.url).exists('peering:mutes:east'));
    await master.kill();
    await check();
    expect(await showsMute()).toBe(true);
    expect(await adminOf(replica.url).exists('peering:latest')).toBe(1);
  });

  it('refuses commands while Redis is a replica that answers READONLY, and goes on when it is a master', async () => {
    const server = await redisWith();
    const admin = adminOf(server.url);
    await startBot(server.url);
    await check(admin);
    const [nobody = 0] = await freePorts(1);
    await admin.replicaof('127.0.0.1', nobody);
    expect(await type('check east')).toMatch(/could not be queued|not confirmed/);
    await admin.replicaof('NO', 'ONE');
    await check(admin);
  });

  it('refuses commands while the memory of Redis is full, and goes on when it is not', async () => {
    const server = await redisWith();
    const admin = adminOf(server.url);
    await startBot(server.url);
    await check(admin);
    await mute();
    await admin.config('SET', 'maxmemory', '1');
    expect(await type('check east')).toMatch(/could not be queued|not confirmed/);
    await admin.config('SET', 'maxmemory', '0');
    await check(admin);
    expect(await showsMute()).toBe(true);
  });

  it('works with a Redis Cluster of three masters', async () => {
    const servers = await Promise.all(
      [0, 1, 2].map(() =>
        redisWith({ settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } }),
      ),
    );
    const admins = servers.map(({ url }) => adminOf(url));
    const share = Math.ceil(16_384 / admins.length);
    for (const [index, admin] of admins.entries()) {
      const last = Math.min(16_383, (index + 1) * share - 1);
      await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(index * share), String(last));
    }
    for (const { port } of servers.slice(1))
      await admins[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(port));
    for (const admin of admins) {
      await waitFor('the cluster', async () => {
        const info = String(await admin.call('CLUSTER', 'INFO'));
        return info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3');
      });
    }
    const bot = await startBot(`redis-cluster://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`);
    await check();
    await mute();
    expect(await showsMute()).toBe(true);
    await type('digest add east weekdays 8:30');
    await slack.until(
      () => slack.messages(channels.platform).find(({ text }) => text.includes('added digest')),
      'it',
      20_000,
    );
    await type('history east');
    const sizes = await Promise.all(admins.map((admin) => admin.dbsize()));
    expect(sizes.every((size) => size > 0)).toBe(true);
    expect(bot.output()).not.toMatch(/CROSSSLOT|MOVED/);
  });

  it('loses nothing with the append-only file where Redis is killed', async () => {
    const server = await redisWith({ appendOnly: true });
    await startBot(server.url);
    await mute();
    await server.kill();
    await server.restart();
    await check();
    expect(await showsMute()).toBe(true);
  });

  it('loses what came after the last snapshot where Redis has no append-only file', async () => {
    const server = await redisWith();
    const admin = adminOf(server.url);
    await startBot(server.url);
    await admin.save();
    await mute();
    await server.kill();
    await server.restart();
    await check();
    expect(await showsMute()).toBe(false);
  });
});
