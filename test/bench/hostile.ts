import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { createDefinitions } from '../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../src/features/digests/runs.store';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import type { RedisClient } from '../../src/redis/redis';
import { temporaryFolder, waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { sealer, signingKey } from '../sealer';
import { startConsulServer, type Tamper } from './consul-server';
import { acknowledged, signCommand } from './signed-command';
import { measuredBefore } from './hostile-before';
import { ms, type Row } from './table';

/**
 * A cluster that is huge or hostile, checked by a bot in a process of its own while people send commands, somebody
 * checks another cluster, and a digest of both runs.
 *
 * @param only words that the names of the attacks have
 */
export const benchHostile = async (only: string): Promise<readonly Row[]> => {
  const ends: (() => unknown)[] = [];
  try {
    const server = await startRedis();
    ends.push(server.stop);
    const address = parseRedisUrl(server.url);
    if (!address.ok) throw new Error(address.error);
    const redis = connectRedis(address.value, 'working');
    ends.push(() => redis.disconnect());
    const slack = await startWorkspace();
    ends.push(slack.stop);
    let attack: Tamper = () => undefined;
    const consul = await startConsulServer((token, url, recorded) =>
      token === tokens.hostile ? attack(token, url, recorded) : undefined,
    );
    ends.push(consul.stop);
    const { child, port } = await startMeasured(consul.address, server.url, slack, ends);
    const world: World = { redis, slack, child, port };
    // Code is compiled, and processes have started.
    await measure(world);
    const rows: Row[] = [];
    for (const [name, { tamper, command = 'check hostile' }] of Object.entries(attacks)) {
      if (!name.includes(only)) continue;
      process.stderr.write(`  ${name} …\n`);
      attack = tamper();
      rows.push(...rowsOf(name, command, await measure(world, command)));
    }
    return rows;
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

const tokens = { hostile: 'hostile-0', neighbour: 'neighbour-1' } as const;
const limits = { acknowledgementMs: 1000, eventLoopMs: 50, botMiB: 350 };

const json = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => ({
  status: 200,
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

const MiB = 2 ** 20;
const serviceList = '/v1/catalog/services';

/** Returns names of services, as long as real ones with a version in them, of this size in MiB. */
const names = (size: number) => (): Tamper => {
  const entry = (at: number): string =>
    `"checkout-service-of-tenant-${String(at).padStart(12, '0')}-v2024-11":[]`;
  const count = Math.ceil((size * MiB) / (entry(0).length + 1));
  const body = Buffer.from(`{${Array.from({ length: count }, (_, at) => entry(at)).join(',')}}`);
  return (_, url) => (url === serviceList ? json(body) : undefined);
};

/** 1 GiB, as 1 MiB: members of a gzip stream follow one another. */
const bomb = (): Tamper => {
  const member = gzipSync(Buffer.alloc(64 * MiB, ' '));
  const body = Buffer.concat(Array.from({ length: 16 }, () => member));
  return () => json(body, { 'content-encoding': 'gzip' });
};

/** A tenant's own proxy configuration, wherever the cluster has a proxy. */
const nested = (levels: number) => (): Tamper => {
  const deep = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  return (_, __, recorded) =>
    recorded?.body.includes('"Proxy":{')
      ? json(recorded.body.toString().replaceAll('"Proxy":{', `"Proxy":{"Config":{"x":${deep}},"Other":{},`))
      : undefined;
};

/** One config entry that exports what does not exist, so that the report is as large as it may be. */
const findings = (count: number) => (): Tamper => {
  const entry = {
    Kind: 'exported-services',
    Name: 'default',
    Services: Array.from({ length: count }, (_, at) => ({
      Name: `missing-${at}-${'x'.repeat(150)}`,
      Consumers: [{ Peer: 'west' }, { Peer: `nobody-${at}` }],
    })),
    CreateIndex: 1,
    ModifyIndex: 1,
  };
  const body = JSON.stringify([entry]);
  return (_, url) => (url === '/v1/config/exported-services' ? json(body) : undefined);
};

/** Rules of this many lines for each policy of each token. */
const rules = (count: number) => (): Tamper => {
  const lines = Array.from(
    { length: count },
    (_, at) => `service "tenant-${at}" { policy = "write" } # ${'x'.repeat(40)}`,
  );
  const text = JSON.stringify(`${lines.join('\n')}\nnode_prefix "" { policy = "read" }`);
  return (_, url, recorded) =>
    url.startsWith('/v1/acl/') && recorded?.body.includes('"Rules":"')
      ? json(recorded.body.toString().replaceAll(/"Rules":"(?:[^"\\]|\\.)*"/g, () => `"Rules":${text}`))
      : undefined;
};

/** A proxy with this many upstreams to a peer, each to another service. */
const upstreams = (count: number) => (): Tamper => {
  const all = Array.from({ length: count }, (_, at) => ({
    DestinationType: 'service',
    DestinationName: `called-service-of-tenant-${at}`,
    DestinationPeer: 'west',
    LocalBindPort: 10_000 + (at % 50_000),
  }));
  const text = JSON.stringify(all).slice(1, -1);
  return (_, url, recorded) =>
    url.startsWith('/v1/health/service/web-sidecar-proxy') && recorded
      ? json(recorded.body.toString().replaceAll('"Upstreams":[', `"Upstreams":[${text},`))
      : undefined;
};

/** This many instances of the proxy of a consumer. */
const instances = (count: number) => (): Tamper => (_, url, recorded) => {
  if (!url.startsWith('/v1/health/service/web-sidecar-proxy') || !recorded) return undefined;
  const row = recorded.body.toString().slice(1, -1);
  const id = /"ID":"(web-sidecar-proxy[^"]*)"/.exec(row)?.[1] ?? 'web-sidecar-proxy';
  const rows = Array.from({ length: count }, (_, at) => row.replaceAll(`"${id}"`, `"${id}-${at}"`));
  return json(`[${rows.join(',')}]`);
};

interface Attack {
  readonly tamper: () => Tamper;
  /** The command whose answer is waited for. Default: a check. */
  readonly command?: string;
}

const attacks: Readonly<Record<string, Attack>> = {
  '8 MiB of names': { tamper: names(8) },
  '20 MiB of names': { tamper: names(20) },
  '60 MiB of names': { tamper: names(60) },
  'a gzip bomb of 1 GiB in every answer': { tamper: bomb },
  'Proxy.Config nested 2,000 levels': { tamper: nested(2000) },
  'Proxy.Config nested 200,000 levels': { tamper: nested(200_000) },
  '20,000 exports with mistakes': { tamper: findings(20_000) },
  'acl of policies with 50,000 rules': { tamper: rules(50_000), command: 'acl hostile' },
  'trace from 5,000 instances': { tamper: instances(5000), command: 'trace hostile web api' },
  'impact on 20,000 calls': { tamper: upstreams(20_000), command: 'impact hostile west' },
};

interface World {
  readonly redis: RedisClient;
  readonly slack: Workspace;
  readonly child: ChildProcess;
  readonly port: number;
}

const startMeasured = async (
  consulAddress: string,
  redisUrl: string,
  slack: Workspace,
  ends: (() => unknown)[],
): Promise<Pick<World, 'child' | 'port'>> => {
  const folder = await temporaryFolder('bench');
  ends.push(folder.remove);
  const file = join(folder.path, 'clusters.yml');
  const clusters = Object.keys(tokens).map(
    (name) => `  ${name}: { address: '${consulAddress}', token: { env: TOKEN_${name} } }`,
  );
  const grant = `{ allow: [digest, acl, trace, impact], users: [${people.requester.id}] }`;
  writeFileSync(file, `clusters:\n${clusters.join('\n')}\naccess:\n  - ${grant}\n`);
  const child = fork(join(__dirname, 'measured-bot.ts'), [file], {
    env: {
      ...Object.fromEntries(Object.entries(tokens).map(([name, token]) => [`TOKEN_${name}`, token])),
      PATH: process.env['PATH'],
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PEERING_SIGNING_KEY: signingKey,
      REDIS_URL: redisUrl,
      PORT: '0',
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    },
    execArgv: ['-r', join(__dirname, '../lab/register.cjs')],
  });
  ends.push(async () => {
    const ended = once(child, 'exit');
    child.disconnect();
    await ended;
  });
  const [port] = (await once(child, 'message')) as [number];
  slack.setRequestUrl(`http://127.0.0.1:${port}/slack/events`);
  return { child, port };
};

/** The longest wait of the bot's event loop since it was last asked, in ms. */
const longestWait = async ({ child }: World): Promise<number> => {
  const answered = once(child, 'message');
  child.send('tell');
  const [waited] = (await answered) as [number];
  return waited;
};

interface Measured {
  readonly acknowledgements: readonly number[];
  readonly waitedMs: number;
  readonly botMiB: number;
  /** The largest process that reads clusters. */
  readonly processMiB: number;
  readonly hostile: Answer;
  readonly neighbour: Answer;
  /** Of the digest of both clusters: the verdict of each, null where it could not be read. */
  readonly digest: Readonly<Record<string, string | null>>;
  readonly digestMs: number;
}

interface Answer {
  readonly text: string;
  readonly afterMs: number;
}

const everyMs = 50;
const maxOpen = 20;

const measure = async (world: World, command = 'check hostile'): Promise<Measured> => {
  const { child, port, slack } = world;
  const memory = watchMemory(child.pid ?? 0);
  await longestWait(world);
  const agent = new Agent({ keepAlive: true });
  const acknowledgements: Promise<number>[] = [];
  let open = 0;
  const typing = setInterval(() => {
    if (open >= maxOpen) return;
    open += 1;
    const sent = acknowledged(port, agent, signCommand(slack, 'help'));
    // Awaited at the end, where nothing else has failed.
    sent.catch(() => undefined).finally(() => (open -= 1));
    acknowledgements.push(sent);
  }, everyMs);
  try {
    const [hostile, neighbour, digest] = await Promise.all([
      ask(world, command, channels.platform, people.requester.id),
      ask(world, 'check neighbour', channels.approvals, people.approver.id),
      runDigest(world),
    ]);
    clearInterval(typing);
    return {
      acknowledgements: await Promise.all(acknowledgements),
      waitedMs: await longestWait(world),
      ...memory.stop(),
      hostile,
      neighbour,
      ...digest,
    };
  } finally {
    clearInterval(typing);
    memory.stop();
    agent.destroy();
  }
};

/** Gives a command as a person does, until its answer no longer changes. Private answers count too. */
const ask = async ({ slack }: World, line: string, channel: string, user: string): Promise<Answer> => {
  const started = performance.now();
  const cluster = line.split(' ')[1] ?? '';
  const said = () => [...slack.messages(channel), ...slack.ephemerals(user, channel)];
  const before = new Set(said().map(({ ts }) => ts));
  await slack.typeCommand(user, channel, `/peering ${line}`);
  const ended = (text: string): boolean => !/reading|starting|waiting|checking|following|looking/i.test(text);
  const message = await slack.until(
    () => said().find(({ ts, text }) => !before.has(ts) && text.includes(cluster) && ended(text)),
    `the answer to ${line}`,
    120_000,
  );
  return { text: message.text.replaceAll(/\s+/g, ' '), afterMs: performance.now() - started };
};

/** A digest of both clusters that comes due at once. */
const runDigest = async ({ redis, slack }: World): Promise<Pick<Measured, 'digest' | 'digestMs'>> => {
  const started = performance.now();
  const definitions = createDefinitions(redis, sealer);
  const runs = createDigestRuns(redis, sealer);
  const due = new Date(Date.now() - 60_000);
  const definition = await definitions.add({
    channel: channels.leads,
    team: slack.teamId,
    owner: people.requester.id,
    clusters: ['all'],
    when: { cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`, zone: 'UTC', words: 'once' },
    onlyChanges: false,
    activeSince: Date.now() - 3_600_000,
    request: `digest-${started}`,
  });
  await waitFor('the digest', async () => (await runs.state(definition.id)).run, { timeoutMs: 180_000 });
  const rows = await runs.rows((await runs.state(definition.id)).run ?? '');
  await definitions.remove(definition);
  return {
    digest: Object.fromEntries([...rows].map(([cluster, { verdict }]) => [cluster, verdict])),
    digestMs: performance.now() - started,
  };
};

/** Peak memory of the bot and of the processes that it starts (MiB), from now on. */
const watchMemory = (bot: number): { readonly stop: () => Pick<Measured, 'botMiB' | 'processMiB'> } => {
  const readers = (): readonly number[] =>
    read(`/proc/${bot}/task/${bot}/children`).split(' ').filter(Boolean).map(Number);
  for (const pid of [bot, ...readers()]) forgetPeak(pid);
  let botMiB = 0;
  let processMiB = 0;
  const look = (): void => {
    botMiB = Math.max(botMiB, peakOf(bot));
    processMiB = Math.max(processMiB, ...readers().map(peakOf));
  };
  const timer = setInterval(look, 20);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return { botMiB, processMiB };
    },
  };
};

/** Empty where the process has ended. */
const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const peakOf = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;

const forgetPeak = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has ended.
  }
};

const rowsOf = (name: string, command: string, measured: Measured): readonly Row[] => {
  const before = measuredBefore.attacks[name];
  const { acknowledgements, waitedMs, botMiB, processMiB, hostile, neighbour, digest, digestMs } = measured;
  const worst = Math.max(...acknowledgements);
  const verdicts = Object.entries(digest).map(
    ([cluster, verdict]) => `${cluster} ${verdict ?? 'not readable'}`,
  );
  return [
    {
      what: `${name}: worst of ${acknowledgements.length} acknowledgements`,
      measured: ms(worst),
      beside: `the bot's event loop waited ${ms(waitedMs)} at most`,
      limit: `${limits.acknowledgementMs} ms and ${limits.eventLoopMs} ms`,
      holds: worst <= limits.acknowledgementMs && waitedMs <= limits.eventLoopMs,
      before: before?.acknowledged,
    },
    {
      what: '  peak memory of the bot',
      measured: `${botMiB.toFixed(0)} MiB`,
      beside: `of the process that read it ${processMiB.toFixed(0)} MiB`,
      limit: `${limits.botMiB} MiB`,
      holds: botMiB <= limits.botMiB,
      before: before && `${before.botMiB} MiB, and it read clusters itself`,
    },
    {
      what: `  the answer to ${command}`,
      measured: `after ${ms(hostile.afterMs)}`,
      beside: hostile.text.slice(0, 100),
      limit: 'an answer',
      holds: true,
      before: before?.check,
    },
    {
      what: '  another cluster beside it, and a digest of both',
      measured: `after ${ms(neighbour.afterMs)} and ${ms(digestMs)}`,
      beside: `${neighbour.text.slice(0, 50)}; ${verdicts.join(', ')}`,
      limit: 'as without it',
      holds: digest['neighbour'] !== null && digest['neighbour'] !== undefined,
      before: before && `digest: ${before.digest}`,
    },
  ];
};
