import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { manifest } from '../local-manifest';
import { people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import type { ConsulAgent } from '../lab/consul';
import { startPeeredPair } from '../lab/pair';
import { freePorts, temporaryFolder, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { signingKey } from '../sealer';
import { createFleet, type Fleet } from './processes';
import type { RandomSource } from './random';
import { type MessageRecorder, recordMessages } from './record-messages';
import { type SlackProxy, startSlackProxy } from './slack-proxy';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

/** Clusters in clusters.yml; all are two real ones. */
export const clusterCount = 200;
/** Those of the last names, whose Consul never answers. */
export const stalledClusterCount = 50;
/** People in the workspace: each makes one request. */
const peopleCount = 10_000;
export const channelCount = 60;

export const clusterName = (index: number): string => `c${String(index).padStart(3, '0')}`;
export const personId = (index: number): string => `U9CHAOS${String(index).padStart(5, '0')}`;
export const channelId = (index: number): string => `C9CHAOS${String(index).padStart(3, '0')}`;
/** Channels beside those of the scenarios, so that no command in them holds up or joins another. */
export const spareChannels = [0, 1, 2].map((index) => channelId(channelCount + index));
const firstStalled = clusterCount - stalledClusterCount;

/** Real servers behind proxies, and the bot's processes in front of them. */
export interface ChaosStage {
  readonly slack: Workspace;
  readonly slackProxy: SlackProxy;
  readonly proxies: Readonly<Record<'slack' | 'redis' | 'consul', TcpProxy>>;
  readonly redis: RedisServer;
  /** A connection to Redis beside the proxy. */
  readonly admin: Redis;
  readonly fleet: Fleet;
  readonly recorder: MessageRecorder;
  /** Copies what is stored in Redis. */
  readonly saveRedis: () => Promise<void>;
  /** Kills Redis, and starts it again with the copy. */
  readonly restoreRedis: () => Promise<void>;
  /** Breaks Redis itself; the returned function repairs it. */
  readonly breakRedis: (how: 'crash' | 'read-only' | 'full') => Promise<() => Promise<void>>;
  readonly stop: () => Promise<void>;
}

export const startStage = async (
  random: RandomSource,
  logFolder: string,
  { bots = 2, workers = 3 }: { readonly bots?: number; readonly workers?: number } = {},
): Promise<ChaosStage> => {
  const ends: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const [slackPort = 0] = await freePorts(1);
    const folder = await temporaryFolder('chaos');
    ends.push(folder.remove);
    const [pair, redis] = await Promise.all([
      // All clusters are two real ones, reached from one address.
      startPeeredPair({ config: { limits: { http_max_conns_per_client: 10_000 } } }),
      // So that a crash loses nothing.
      startRedis({ appendOnly: true }),
    ]);
    ends.push(pair.stop, redis.stop);
    // More findings than a thread shows one by one, so that answers have replies and a file.
    await exportMissingServices(pair.east.agent, 5);

    const upstream = { origin: '' };
    const slackProxy = await startSlackProxy(upstream, random.next);
    const slackTcp = await startTcpProxy({ host: '127.0.0.1', port: slackProxy.port });
    const slack = await startWorkspace({
      manifest,
      port: slackPort,
      publicOrigin: `http://127.0.0.1:${slackTcp.port}`,
    });
    upstream.origin = slack.origin;
    ends.push(slack.stop, slackProxy.stop, slackTcp.stop);
    addPeople(slack);
    const recorder = recordMessages(slack);
    ends.push(recorder.stop);

    const targetOf = (address: string) => ({ host: '127.0.0.1', port: Number(new URL(address).port) });
    const proxyOf = async (address: string): Promise<TcpProxy> => {
      const proxy = await startTcpProxy(targetOf(address));
      ends.push(proxy.stop);
      return proxy;
    };
    const redisProxy = await proxyOf(redis.url);
    const east = await proxyOf(pair.east.agent.address);
    const west = await proxyOf(pair.west.agent.address);
    const dead = await proxyOf(pair.east.agent.address);
    dead.stall();

    const file = join(folder.path, 'clusters.yml');
    writeFileSync(file, clustersFile({ east: east.port, west: west.port, dead: dead.port }));
    const admin = new Redis(redis.url);
    admin.on('error', () => undefined);
    ends.push(() => admin.disconnect());
    const fleet = createFleet({
      folder: logFolder,
      env: {
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
        PEERING_CLUSTERS: file,
        PEERING_SIGNING_KEY: signingKey,
        EAST_TOKEN: pair.east.agent.token,
        WEST_TOKEN: pair.west.agent.token,
      },
    });
    ends.push(fleet.stop);
    for (let bot = 0; bot < bots; bot++) await fleet.start('bot');
    for (let worker = 0; worker < workers; worker++) await fleet.start('worker');
    await waitFor('Socket Mode', () => slack.sockets.connections() === bots * 2);

    const files = join(redis.folder, 'appendonlydir');
    const copy = join(folder.path, 'copy');
    return {
      slack,
      slackProxy,
      proxies: { slack: slackTcp, redis: redisProxy, consul: joinProxies([east, west]) },
      redis,
      admin,
      fleet,
      recorder,
      saveRedis: async () => {
        rmSync(copy, { recursive: true, force: true });
        cpSync(files, copy, { recursive: true });
      },
      restoreRedis: async () => {
        await redis.kill();
        rmSync(files, { recursive: true });
        cpSync(copy, files, { recursive: true });
        await redis.restart();
      },
      breakRedis: async (how) => {
        if (how === 'crash') {
          await redis.kill();
          return redis.restart;
        }
        if (how === 'full') {
          await admin.config('SET', 'maxmemory', '1');
          return async () => void (await admin.config('SET', 'maxmemory', '0'));
        }
        // A master that is not there.
        await admin.replicaof('127.0.0.1', 1);
        return async () => void (await admin.replicaof('NO', 'ONE'));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Exports services that do not exist, beside the one that does. */
const exportMissingServices = async (agent: ConsulAgent, count: number): Promise<void> => {
  const missing = Array.from({ length: count }, (_, index) => `missing-${index}`);
  await agent.call('PUT', '/v1/config', {
    Kind: 'exported-services',
    Name: 'default',
    Services: ['api', ...missing].map((Name) => ({ Name, Consumers: [{ Peer: 'west' }] })),
  });
};

const addPeople = ({ state }: Workspace): void => {
  for (let index = 0; index < peopleCount; index++) {
    const id = personId(index);
    state.users.set(id, { ...people.requester, id, name: id.toLowerCase() });
  }
  for (let index = 0; index < channelCount + spareChannels.length; index++) {
    const id = channelId(index);
    const members = new Set([people.bot.id, people.requester.id]);
    state.channels.set(id, {
      id,
      name: id.toLowerCase(),
      kind: 'public',
      shared: false,
      archived: false,
      members,
    });
  }
};

const clustersFile = (ports: Readonly<Record<'east' | 'west' | 'dead', number>>): string => {
  const rows = Array.from({ length: clusterCount }, (_, index) => {
    const side = index % 2 === 0 ? 'east' : 'west';
    const port = index < firstStalled ? ports[side] : ports.dead;
    return `  ${clusterName(index)}: { address: 'http://127.0.0.1:${port}', token: { env: ${side.toUpperCase()}_TOKEN } }`;
  });
  return `clusters:\n${rows.join('\n')}\naccess:\n  - { allow: [digest], users: [${people.requester.id}] }\n`;
};

/** Several proxies that fail together. */
const joinProxies = (all: readonly TcpProxy[]): TcpProxy => ({
  port: 0,
  connections: () => all.reduce((sum, one) => sum + one.connections(), 0),
  refuse: () => all.forEach((one) => one.refuse()),
  stall: () => all.forEach((one) => one.stall()),
  cut: () => all.forEach((one) => one.cut()),
  delay: (ms) => all.forEach((one) => one.delay(ms)),
  blackHole: (choose) => all[choose(all.length)]?.blackHole(choose),
  heal: async () => void (await Promise.all(all.map((one) => one.heal()))),
  stop: () => undefined,
});
