import { join } from 'node:path';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { createReports } from '../../src/features/history/reports.store';
import { keys } from '../../src/redis/keys';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { startTls } from '../probe/servers';
import { connectTestRedis } from '../redis-client';
import { sealer } from '../sealer';
import { type BotProcess, manifest, startBotProcess } from './support';

jest.setTimeout(180_000);

/** The bot, and a worker that reaches Redis and Consul but finds other servers on loopback. */
describeWith(['consul', 'redis'], 'a cluster that is probed from two places', () => {
  let agent: ConsulAgent;
  let server: RedisServer;
  let redis: RedisClient;
  let slack: Workspace;
  let first: BotProcess;
  let second: BotProcess;
  let start: (options: Partial<Parameters<typeof startBotProcess>[0]>) => Promise<BotProcess>;
  /** Options of a process that is the second vantage point. */
  let elsewhere: Partial<Parameters<typeof startBotProcess>[0]>;
  /** Ports at which nothing answers, only the bot gets an answer, and only the other vantage point gets one. */
  let [nowhere = 0, here = 0, there = 0]: readonly number[] = [];
  const ends: (() => unknown)[] = [];

  beforeAll(async () => {
    [nowhere = 0, here = 0, there = 0] = await freePorts(3);
    [agent, server, slack] = await Promise.all([
      startConsul({ acl: 'off' }),
      startRedis(),
      startWorkspace({ manifest }),
    ]);
    ends.push(agent.stop, server.stop, slack.stop);
    redis = connectTestRedis(server.url, 'asking');
    ends.push(() => redis.disconnect());
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    });
    const { TrustDomain } = await agent.call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots');
    const uri = `spiffe://${TrustDomain}/gateway/mesh/dc/dc1`;
    const [onlyHere, onlyThere] = await Promise.all([startTls({ uri, port: here }), startTls({ uri })]);
    ends.push(onlyHere.stop, onlyThere.stop);
    const { port: consul } = new URL(agent.address);
    const reaches = { [server.port]: server.port, [consul]: Number(consul), [there]: onlyThere.port };

    const bot = {
      slack,
      redisUrl: server.url,
      clusters: `clusters: { east: { address: '${agent.address}', probe: { from: dmz } } }`,
    };
    elsewhere = {
      args: ['--probe-from', 'dmz'],
      nodeArgs: ['-r', join(__dirname, '../lab/elsewhere.cjs')],
      env: {
        SLACK_BOT_TOKEN: '',
        SLACK_APP_TOKEN: '',
        SLACK_API_URL: '',
        REACHES: JSON.stringify(reaches),
      },
    };
    start = async (options) => {
      const started = await startBotProcess({ ...bot, ...options });
      ends.push(() => started.end('SIGKILL'));
      return started;
    };
    [first, second] = await Promise.all([start({}), start(elsewhere)]);
  });
  afterAll(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const runs = (): Promise<string[]> => redis.zrange(keys.reportsOf('east'), '0', '-1');

  /** The finding about the gateway at this port, and the outcomes at both vantage points. */
  const check = async (port: number): Promise<readonly unknown[]> => {
    await agent.call('PUT', '/v1/agent/service/register', {
      Kind: 'mesh-gateway',
      Name: 'mesh-gateway',
      Address: '127.0.0.1',
      Port: port,
    });
    await waitFor('the gateway to be in the catalog', async () => {
      const found = await agent.call<{ ServicePort: number }[]>('GET', '/v1/catalog/service/mesh-gateway');
      return found[0]?.ServicePort === port;
    });
    const before = await runs();
    const ended = (): number => first.output().split('"job":"check-cluster","outcome"').length;
    const endedBefore = ended();
    await slack.typeCommand(people.requester.id, channels.platform, '/peering check east');
    const run = await waitFor('the report', async () => (await runs()).find((one) => !before.includes(one)), {
      timeoutMs: 60_000,
    });
    // A command before that would join this one.
    await waitFor('the end of the job', () => ended() > endedBefore);
    const report = await createReports(redis, sealer, { reports: 100, maxAgeMs: 3_600_000 }).find(run);
    const probed = report?.probes?.find(({ use }) => use === 'gateway');
    const found = report?.results.find(({ id }) => id === 'mesh-gateway-healthy')?.findings ?? [];
    return [...found.map(({ severity }) => severity), probed?.outcome, probed?.second?.outcome];
  };

  /** A worker that starts, or that comes back, is not connected to Redis at once. */
  const bothProbe = (): Promise<unknown> =>
    waitFor('both to probe', async () => (await check(nowhere)).at(-1) === 'refused', { timeoutMs: 60_000 });

  it('has an error only where both get no answer', async () => {
    await bothProbe();
    expect(await check(nowhere)).toEqual(['error', 'refused', 'refused']);
    expect(await check(here)).toEqual(['warning', 'tls', 'refused']);
    expect(await check(there)).toEqual(['warning', 'refused', 'tls']);

    // It is still connected, and answers nobody.
    process.kill(second.pid, 'SIGSTOP');
    expect(await check(nowhere)).toEqual(['warning', 'refused', null]);
    process.kill(second.pid, 'SIGCONT');
    await bothProbe();
    expect(await check(nowhere)).toEqual(['error', 'refused', 'refused']);

    await second.end('SIGTERM');
    expect(second.status()).toBe(0);
    expect(second.output()).not.toContain('"level":"error"');
    expect(await check(nowhere)).toEqual(['warning', 'refused', null]);
    expect(await redis.exists('{peering}:probes-dmz:wait', '{peering}:probes-dmz:active')).toBe(0);

    // A worker whose clusters file does not name the vantage point refuses, and the check says so at once.
    const clusters = `clusters: { east: { address: '${agent.address}', probe: true } }`;
    await start({ ...elsewhere, clusters });
    const refusals = (): number => first.output().split('not-configured').length;
    const before = refusals();
    await waitFor(
      'the other worker to refuse',
      async () => {
        expect(await check(nowhere)).toEqual(['warning', 'refused', null]);
        return refusals() > before;
      },
      { timeoutMs: 60_000 },
    );
  });
});
