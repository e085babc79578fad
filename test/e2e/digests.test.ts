import { resolve } from 'node:path';
import { readRecordings, type ServedCluster, serveRecording } from '../../sandbox/demo/recording';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { createDefinitions, type Definition } from '../../src/features/digests/definitions.store';
import { createDigestRuns } from '../../src/features/digests/runs.store';
import type { RedisClient } from '../../src/redis/redis';
import { describeWith } from '../lab/binaries';
import { waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { withEnds } from '../lab/with-ends';
import { openRedis } from '../features/digests/stage';
import { type BotOptions, type BotProcess, manifest, startBotProcess } from './support';
import { sealer } from '../sealer';

jest.setTimeout(120_000);

const { requester } = people;

/** A workspace and a Redis, and the bots that meet there. */
interface Stage {
  readonly redis: RedisClient;
  readonly slack: Workspace;
  readonly posts: () => ReturnType<Workspace['messages']>;
  readonly start: (over?: Partial<BotOptions>) => Promise<BotProcess>;
}

const setStage = async (clusters: readonly ServedCluster[], ends: (() => unknown)[]): Promise<Stage> => {
  const server = await startRedis();
  ends.push(server.stop);
  const redis = openRedis(server.url);
  ends.push(() => redis.disconnect());
  const slack = await startWorkspace({ manifest, messageRate: { perSecond: 1, burst: 1 } });
  ends.push(slack.stop);
  const named = clusters.map(
    ({ address }, index) => `  c${index}: { address: '${address}', token: { env: CONSUL_TOKEN } }`,
  );
  return {
    redis,
    slack,
    posts: () => slack.messages(channels.platform),
    start: async (over = {}) => {
      const bot = await startBotProcess({
        slack,
        redisUrl: server.url,
        clusters: `clusters:\n${named.join('\n')}\naccess:\n  - { allow: [digest], users: [${requester.id}] }\n`,
        args: ['--role', 'worker', '--queues', 'checks,digests'],
        env: { CONSUL_TOKEN: 'recorded' },
        ...over,
      });
      ends.push(() => bot.end('SIGKILL'));
      return bot;
    },
  };
};

/** Adds a digest that came due some minutes ago, and does not again for a day. */
const addDue = async ({ redis, slack }: Stage): Promise<Definition> => {
  const then = new Date(Date.now() - 5 * 60_000);
  return createDefinitions(redis, sealer).add({
    channel: channels.platform,
    team: slack.teamId,
    owner: requester.id,
    clusters: ['all'],
    when: { cron: `${then.getUTCMinutes()} ${then.getUTCHours()} * * *`, zone: 'UTC', words: 'every day' },
    onlyChanges: false,
    activeSince: Date.now() - 3_600_000,
    request: 'request',
  });
};

const told = ({ redis }: Stage, digest: Definition): Promise<unknown> =>
  waitFor('the end of the run', async () => (await createDigestRuns(redis, sealer).state(digest.id)).run, {
    timeoutMs: 90_000,
  });

describeWith(['redis'], 'digests, by real processes', () => {
  const onStage = (work: (stage: Stage) => Promise<void>): Promise<void> =>
    withEnds(async (ends) => {
      const recordings = await readRecordings(resolve(__dirname, '../../sandbox/recordings'));
      const clusters = await Promise.all(
        recordings.map((recording) => serveRecording(recording, { token: 'recorded', delayMs: 0 })),
      );
      for (const { stop } of clusters) ends.push(stop);
      await work(await setStage(clusters, ends));
    });

  it.concurrent('posts once, whatever the number of processes', () =>
    onStage(async (stage) => {
      const { slack, posts, start } = stage;
      const digest = await addDue(stage);
      await Promise.all(Array.from({ length: 5 }, () => start()));
      await told(stage, digest);
      expect(posts()).toHaveLength(1);
      const thread = slack.thread(posts()[0]?.ts ?? '');
      expect(thread.length).toBeGreaterThan(0);
      expect(new Set(thread.map(({ text }) => text)).size).toBe(thread.length);
    }));

  it.concurrent.each([
    ['after Slack took the message', { kind: 'delay-reply', ms: 5000 }],
    ['before Slack took the message', { kind: 'hang' }],
  ] as const)('posts once where the worker is killed %s', (_, fault) =>
    onStage(async (stage) => {
      const { slack, posts, start } = stage;
      const digest = await addDue(stage);
      slack.faults.next('chat.postMessage', fault);
      const bot = await start();
      await slack.until(() => slack.traffic.calls('chat.postMessage').length > 0, 'the post', 30_000);
      expect(posts()).toHaveLength(fault.kind === 'hang' ? 0 : 1);
      await bot.end('SIGKILL');
      await start();
      await told(stage, digest);
      expect(posts()).toHaveLength(1);
      expect(slack.thread(posts()[0]?.ts ?? '').length).toBeGreaterThan(0);
    }),
  );

  it.concurrent('is added by a command, run by another, and read', () =>
    onStage(async ({ redis, slack, posts, start }) => {
      await start({ args: [] });
      const say = (text: string) =>
        slack.typeCommand(requester.id, channels.platform, `/peering digest ${text}`);
      const wrong = await say('add c0 dayli 09:00');
      expect(JSON.stringify(wrong.ack)).toContain('/peering digest add');
      await say('add all weekdays 8:30');
      const added = await slack.until(() => posts()[0]);
      const [, id = ''] = /digest `(\w+)`/.exec(added.text) ?? [];
      expect(added.text).toContain('Europe/Berlin');
      await say(`run ${id}`);
      const digest = await slack.until(() => posts()[1], 'the digest', 30_000);
      expect(digest.blocks.map(({ type }) => type)).toContain('data_table');
      await slack.until(() => slack.thread(digest.ts).length > 0, 'its thread');
      await say(`remove ${id}`);
      await slack.until(() => slack.ephemerals(requester.id).length >= 2, 'what became of it');
      await waitFor('no schedule', async () =>
        (await redis.hlen('peering:digests')) === 0 ? true : undefined,
      );
      expect(slack.mentions()).toEqual([`user:${requester.id}`]);
    }));
});
