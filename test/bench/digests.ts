import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { connectRedis, parseRedisUrl } from '../../src/redis/connect';
import { createDefinitions, type Definition } from '../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../src/features/digests/runs.store';
import type { RedisClient } from '../../src/redis/redis';
import { createReports } from '../../src/features/history/reports.store';
import { type Managed, sleep, startManaged, temporaryFolder, waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { type ConsulServer, startConsulServer } from './consul-server';
import { ms, type Row } from './table';
import { sealer, signingKey } from '../sealer';

const clusters = 1000;
const schedules = 1000;
const inChannel = 25;
const root = resolve(__dirname, '../..');

/**
 * Digests of many clusters and many digests at once, by a worker in a process of its own, against one local
 * server that answers as all the clusters.
 */
export const benchDigests = async (): Promise<readonly Row[]> => {
  const ends: (() => unknown)[] = [];
  try {
    const consul = await startConsulServer();
    ends.push(consul.stop);
    const server = await startRedis();
    ends.push(server.stop);
    const address = parseRedisUrl(server.url);
    if (!address.ok) throw new Error(address.error);
    const redis = connectRedis(address.value, 'working');
    ends.push(() => redis.disconnect());
    // As strict as Slack may be: a client that posts faster must wait, which is counted below.
    const slack = await startWorkspace({ messageRate: { perSecond: 1, burst: 1 } });
    ends.push(slack.stop);
    const bench = { consul, redis, slack };
    const worker = await startWorker(bench, server.url);
    ends.push(() => worker.end('SIGKILL'));
    return [...(await oneOfAll(bench, worker)), ...(await allAtOnce(bench))];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

interface Bench {
  readonly consul: ConsulServer;
  readonly redis: RedisClient;
  readonly slack: Workspace;
}

const name = (at: number): string => `cluster-${String(at).padStart(4, '0')}`;

const startWorker = async ({ consul, slack }: Bench, redisUrl: string): Promise<Managed> => {
  const folder = await temporaryFolder('bench');
  const file = join(folder.path, 'clusters.yml');
  const tokens = Object.fromEntries(
    Array.from({ length: clusters }, (_, at) => [`TOKEN_${at}`, `token-${at}`]),
  );
  const listed = Array.from(
    { length: clusters },
    (_, at) => `  ${name(at)}: { address: '${consul.address}', token: { env: TOKEN_${at} } }`,
  );
  await writeFile(
    file,
    `clusters:\n${listed.join('\n')}\naccess:\n  - { allow: [digest], users: [${people.requester.id}] }\n`,
  );
  const worker = startManaged(
    process.execPath,
    [
      '-r',
      join(root, 'test/lab/register.cjs'),
      join(root, 'src/main.ts'),
      'start',
      '--role',
      'worker',
      '--queues',
      'digests',
    ],
    {
      folder: folder.path,
      env: {
        ...tokens,
        PATH: process.env['PATH'],
        SLACK_BOT_TOKEN: slack.botToken,
        PEERING_SIGNING_KEY: signingKey,
        SLACK_API_URL: slack.apiUrl,
        REDIS_URL: redisUrl,
        PEERING_CLUSTERS: file,
        LOG_LEVEL: 'info',
      },
    },
  );
  await waitFor('the worker', () => worker.log().includes('"msg":"ready"'), {
    timeoutMs: 60_000,
    whileRunning: worker,
  });
  return worker;
};

/** A digest that comes due once: at a minute of this day. */
const at = (dueMs: number) => {
  const due = new Date(dueMs);
  return { cron: `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`, zone: 'UTC', words: 'once' };
};

const resident = ({ pid }: Managed): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** The most messages that a channel saw within a second of each other, by the times that Slack gave them. */
const closest = (slack: Workspace, channel: string): number => {
  const times = [...slack.messages(channel), ...slack.messages(channel).flatMap(({ ts }) => slack.thread(ts))]
    .map(({ ts }) => Number(ts) * 1000)
    .sort((a, b) => a - b);
  return Math.min(
    ...times.slice(1).map((time, index) => time - (times[index] ?? 0)),
    Number.POSITIVE_INFINITY,
  );
};

const refusedAsTooFast = ({ traffic }: Workspace): number =>
  traffic.calls('chat.postMessage').filter(({ status }) => status === 429).length;

const oneOfAll = async ({ consul, redis, slack }: Bench, worker: Managed): Promise<readonly Row[]> => {
  const definitions = createDefinitions(redis, sealer);
  const runs = createDigestRuns(redis, sealer);
  const before = resident(worker);
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, resident(worker));
  }, 50);
  const definition = await definitions.add({
    channel: channels.platform,
    team: slack.teamId,
    owner: people.requester.id,
    clusters: ['all'],
    when: at(Date.now() - 60_000),
    onlyChanges: false,
    activeSince: Date.now() - 3_600_000,
    request: 'all',
  });
  await waitFor('the first check', () => consul.checks.size > 0, { timeoutMs: 60_000, whileRunning: worker });
  const started = Date.now();
  await waitFor('the digest', async () => (await runs.state(definition.id)).run, {
    timeoutMs: 600_000,
    whileRunning: worker,
  });
  const [message] = slack.messages(channels.platform);
  const posted = Number(message?.ts ?? 0) * 1000 - started;
  const took = Date.now() - started;
  clearInterval(watch);
  const names = Array.from({ length: clusters }, (_, index) => name(index));
  const reports = createReports(redis, sealer, { reports: 100, maxAgeMs: 86_400_000 });
  const sum = [...(await reports.history(names, 1)).values()].reduce(
    (total, [run]) => total + (run?.durationMs ?? 0),
    0,
  );
  const counts = [...consul.checks.values()].map(({ count }) => count);
  const gap = closest(slack, channels.platform);
  const grew = peak - before;
  const messages = 1 + slack.thread(message?.ts ?? '').length;
  await definitions.remove(definition);
  return [
    {
      what: `a digest of ${clusters} clusters`,
      measured: `posted after ${ms(posted)}, thread and file after ${ms(took)}`,
      beside: `sum of its checks ${ms(sum)}`,
      limit: 'every cluster checked once',
      holds: counts.length === clusters && counts.every((count) => count === 1),
    },
    {
      what: `its ${messages} messages, least time between two`,
      measured: ms(gap),
      beside: `${refusedAsTooFast(slack)} refused as too fast`,
      limit: 'one a second',
      holds: gap >= 1000 && refusedAsTooFast(slack) === 0,
    },
    {
      what: 'memory that it adds to the worker',
      measured: `${grew.toFixed(0)} MiB`,
      beside: `${before.toFixed(0)} MiB before`,
      limit: '300 MiB',
      holds: grew <= 300,
    },
  ];
};

const allAtOnce = async ({ consul, redis, slack }: Bench): Promise<readonly Row[]> => {
  const platform = slack.state.channels.get(channels.platform);
  if (!platform) throw new Error('no channel');
  const ids = Array.from({ length: schedules / inChannel }, (_, index) => `C0BENCH${index}`);
  for (const id of ids) slack.state.channels.set(id, { ...platform, id, name: id.toLowerCase() });
  (consul.checks as Map<string, unknown>).clear();

  // In the next minute that leaves time to store them, and for the worker to make their schedulers.
  const due = Math.ceil((Date.now() + 45_000) / 60_000) * 60_000;
  const definitions = createDefinitions(redis, sealer);
  const made: Definition[] = [];
  for (let index = 0; index < schedules; index += 1) {
    made.push(
      await definitions.add({
        channel: ids[index % ids.length] ?? '',
        team: slack.teamId,
        owner: people.requester.id,
        clusters: [name(index % clusters)],
        when: at(due),
        onlyChanges: false,
        activeSince: Date.now(),
        request: `schedule-${index}`,
      }),
    );
  }
  await sleep(Math.max(0, due - Date.now()));
  await waitFor('the last to start', () => consul.checks.size === Math.min(schedules, clusters), {
    timeoutMs: 600_000,
  });
  const starts = [...consul.checks.values()].map(({ firstMs }) => firstMs - due);
  const runs = createDigestRuns(redis, sealer);
  await waitFor(
    'the last post',
    async () => {
      const states = await Promise.all(made.map(({ id }) => runs.state(id)));
      return states.every(({ run }) => run !== undefined);
    },
    { timeoutMs: 900_000 },
  );
  const done = Date.now() - due;
  const posts = ids.map((id) => slack.messages(id).length);
  const gap = Math.min(...ids.map((id) => closest(slack, id)));
  return [
    {
      what: `${schedules} digests due in the same minute, the last one starts`,
      measured: `after ${ms(Math.max(...starts))}`,
      beside: `all posted after ${ms(done)}`,
      limit: '2 minutes',
      holds: Math.max(...starts) <= 120_000,
    },
    {
      what: `their posts, ${inChannel} to a channel, least time between two`,
      measured: ms(gap),
      beside: `${refusedAsTooFast(slack)} refused as too fast`,
      limit: 'each once, one a second',
      holds: gap >= 1000 && posts.every((count) => count === inChannel),
    },
  ];
};
