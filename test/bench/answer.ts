import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace } from '../../sandbox/workspace/workspace';
import { pino } from 'pino';
import { createIsolated } from '../../src/clusters/isolated';
import { createProcessPool } from '../../src/clusters/process-pool';
import type { ClusterConfig } from '../../src/config/config';
import { startPeeredPair } from '../lab/pair';
import { temporaryFolder } from '../lab/process';
import { startRedis } from '../lab/redis';
import { signingKey } from '../sealer';
import { startMeasuredProcess } from './measured-process';
import { median, ms, type Row, timed } from './table';

/** Time in ms that a process has been running before it is asked: a bot has started when people write to it. */
const startedMs = 4000;
const bots = 3;
const processes = 15;
const checksOfEach = 8;

/**
 * An answer in Slack, from the mention to the verdict, by a bot in a process of its own; and checks in the processes that
 * read clusters, the first beside later ones. Both with one healthy cluster on loopback.
 */
export const benchAnswer = async (): Promise<readonly Row[]> => {
  const pair = await startPeeredPair();
  const ends: (() => unknown)[] = [pair.stop];
  try {
    const { address, token } = pair.west.agent;
    const first: number[] = [];
    const following: number[] = [];
    for (let at = 0; at < processes; at += 1) {
      const [one = Number.NaN, ...others] = await checksInProcess(address, token);
      first.push(one);
      following.push(...others);
    }
    const ratio = median(first) / median(following);

    const took: number[] = [];
    for (let at = 0; at < bots; at += 1) {
      const { ask, stop } = await startAsking(address, token);
      try {
        took.push((await timed(ask)).tookMs);
      } finally {
        await stop();
      }
    }
    const longest = Math.max(...took);
    return [
      {
        what: 'an answer in Slack, from the mention to the verdict, one healthy cluster',
        measured: `${ms(median(took))}, at most ${ms(longest)}`,
        beside: `the first of each of ${bots} bots`,
        limit: '1 s',
        holds: longest <= 1000,
      },
      {
        what: 'the first check of a process, the same cluster',
        measured: ms(median(first)),
        beside: `a later one ${ms(median(following))} (${ratio.toFixed(2)} ×)`,
        limit: '1.5 ×',
        holds: ratio <= 1.5,
      },
    ];
  } finally {
    for (const end of ends.toReversed()) await end();
  }
};

/** Returns the time that each check of a process takes, from the job until its answer is here (ms). */
const checksInProcess = async (address: string, token: string): Promise<readonly number[]> => {
  const environment = { PATH: process.env['PATH'], TOKEN: token };
  const pool = createProcessPool({
    count: 1,
    memoryMiB: 256,
    deadlineMs: 60_000,
    environment,
    onCall: () => undefined,
  });
  try {
    const cluster: ClusterConfig = {
      name: 'west',
      address,
      tls: {},
      allowPlainHttp: false,
      gatewayTokens: [],
      peers: {},
      token: { env: 'TOKEN' },
    };
    const config = { clusters: new Map([['west', cluster]]) };
    const { check } = createIsolated({ config, environment, pool, log: pino({ level: 'silent' }) });
    const options = { peer: null, pendingSince: {}, otherSides: [], requestId: 'bench' };
    const times: number[] = [];
    await pause(startedMs);
    for (let at = 0; at < checksOfEach; at += 1) {
      const { value, tookMs } = await timed(() =>
        check(cluster, { ...options, signal: new AbortController().signal }),
      );
      if (!value.ok) throw new Error(value.error.message);
      times.push(tookMs);
    }
    return times;
  } finally {
    pool.close();
  }
};

/** Starts a bot in a process of its own, and returns how to ask it for a check, until its verdict is shown. */
const startAsking = async (address: string, token: string) => {
  const ends: (() => unknown)[] = [];
  const redis = await startRedis();
  ends.push(redis.stop);
  const slack = await startWorkspace();
  ends.push(slack.stop);
  const folder = await temporaryFolder('bench');
  ends.push(folder.remove);
  const file = join(folder.path, 'clusters.yml');
  writeFileSync(file, `clusters: { prod: { address: '${address}', token: { env: TOKEN } } }\n`);
  const bot = await startMeasuredProcess('measured-bot.ts', [file], {
    PATH: process.env['PATH'],
    TOKEN: token,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    PEERING_SIGNING_KEY: signingKey,
    SLACK_API_URL: slack.apiUrl,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'silent',
  });
  ends.push(bot.stop);
  await pause(startedMs);
  const channel = channels.platform;
  const verdicts = (): number =>
    slack.messages(channel).filter(({ text }) => /ready for peering/.test(text)).length;
  return {
    ask: async (): Promise<void> => {
      const before = verdicts();
      await slack.mention(people.requester.id, channel, 'check prod');
      await slack.until(() => verdicts() > before, 'the verdict', 30_000);
    },
    stop: async () => {
      for (const stop of ends.toReversed()) await stop();
    },
  };
};
