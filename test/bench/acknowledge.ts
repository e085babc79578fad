import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { startRedis } from '../lab/redis';
import { startMeasuredProcess } from './measured-process';
import { acknowledged, signCommand } from './signed-command';
import { median, ms, percentile, type Row } from './table';
import { signingKey } from '../sealer';

const at = 100;
/** A Bolt app gets twice as fast within its first thousands of requests, and so does the bot. */
const warmUps = 60;
const rounds = 80;
const quietMs = 20;

/**
 * A hundred signed commands at once, each of another person, until the last is acknowledged: the bot, which
 * queues each in Redis before it acknowledges, beside a Bolt app that does nothing else than acknowledge. Each
 * runs in a process of its own as it would be deployed, both with the same options of Node, and this process sends to
 * one after the other: in one process they would share an event loop with the client, and garbage and compiled code
 * with each other.
 */
export const benchAcknowledge = async (): Promise<readonly Row[]> => {
  const ends: (() => unknown)[] = [];
  try {
    const redis = await startRedis();
    ends.push(redis.stop);
    const workspace = await startWorkspace();
    ends.push(workspace.stop);
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'clusters.yml');
    writeFileSync(file, 'clusters: { prod-east: { address: "http://127.0.0.1:1" } }\n');
    const environment = {
      PATH: process.env['PATH'],
      SLACK_BOT_TOKEN: workspace.botToken,
      PEERING_SIGNING_KEY: signingKey,
      SLACK_SIGNING_SECRET: workspace.signingSecret,
      SLACK_API_URL: workspace.apiUrl,
      PORT: '0',
      REDIS_URL: redis.url,
    };
    const start = async (...args: readonly string[]): Promise<number> => {
      const { port, stop } = await startMeasuredProcess('acknowledging.ts', args, environment);
      ends.push(stop);
      return port;
    };
    const bare = await start('bare');
    const bot = await start('bot', file);

    const bareP99s: number[] = [];
    const botP99s: number[] = [];
    for (let round = 0; round < warmUps + rounds; round += 1) {
      // Each goes first every other time.
      const measured = [
        [bare, bareP99s],
        [bot, botP99s],
      ] as const;
      for (const [port, p99s] of round % 2 === 0 ? measured : measured.toReversed()) {
        p99s.push(percentile(await burst(port, workspace), 99));
        // A hundred connections are still being closed: the other should not share the machine with that.
        await pause(quietMs);
      }
    }
    const [p99, bareP99] = [median(botP99s.slice(warmUps)), median(bareP99s.slice(warmUps))];
    const longest = Math.max(...botP99s);
    return [
      {
        what: `${at} signed commands at once, queued and acknowledged, p99`,
        measured: `${ms(p99)}, at most ${ms(longest)}`,
        beside: `a bare Bolt app ${ms(bareP99)} (ours is ${(p99 / bareP99).toFixed(2)} ×)`,
        limit: '1.3 ×, never over 1 s',
        holds: p99 <= 1.3 * bareP99 && longest <= 1000,
      },
    ];
  } finally {
    for (const stop of ends.toReversed()) await stop();
  }
};

/** Sends them all at once, each over a connection of its own, and gives how long each took (ms). */
const burst = async (port: number, workspace: Workspace): Promise<readonly number[]> => {
  const agent = new Agent({ keepAlive: true, maxSockets: at });
  // All are ready before the first is sent: what signing costs is nobody's time to acknowledge.
  const requests = Array.from({ length: at }, () => signCommand(workspace, 'check prod-east'));
  const times = await Promise.all(requests.map((signed) => acknowledged(port, agent, signed)));
  agent.destroy();
  return times;
};
