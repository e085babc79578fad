import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import { startBot } from '../../src/app';
import { loadConfig } from '../../src/config/load';
import { createLog } from '../../src/log';
import { startWorkspace } from '../../src/sandbox/workspace/workspace';
import { startRedis } from '../lab/redis';
import { median, ms, percentile, type Row } from './table';

const at = 100;
const rounds = 60;

/**
 * A hundred signed commands at once, each of another person, until the last is acknowledged: the bot, which
 * queues each in Redis before it acknowledges, beside a Bolt app that does nothing else than acknowledge.
 */
export const benchAcknowledge = async (): Promise<readonly Row[]> => {
  const redis = await startRedis();
  const workspace = await startWorkspace();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const bare = await startBare(workspace.signingSecret);
  try {
    const file = join(folder, 'clusters.yml');
    writeFileSync(file, 'clusters: { prod-east: { address: "http://127.0.0.1:1" } }\n');
    const environment = {
      SLACK_BOT_TOKEN: workspace.botToken,
      SLACK_SIGNING_SECRET: workspace.signingSecret,
      SLACK_API_URL: workspace.apiUrl,
      PORT: '0',
      REDIS_URL: redis.url,
    };
    const uses = { roles: ['bot'], queues: [] } as const;
    const loaded = loadConfig(file, environment, uses);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const started = await startBot({ ...loaded.value, environment, uses, log: createLog('silent') });
    if (!started.ok) throw new Error(started.message);
    const port = started.bot.port ?? 0;
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const bareTimes = await burst(bare.port, workspace, round);
      const ourTimes = await burst(port, workspace, round);
      // The first rounds warm both up.
      if (round < 40) continue;
      ours.push(percentile(ourTimes, 99));
      theirs.push(percentile(bareTimes, 99));
    }
    await started.bot.stop();
    const [p99, bareP99] = [median(ours), median(theirs)];
    return [
      {
        what: `${at} signed commands at once, queued and acknowledged, p99`,
        measured: `${ms(p99)}, at most ${ms(Math.max(...ours))}`,
        beside: `a bare Bolt app ${ms(bareP99)} (ours is ${(p99 / bareP99).toFixed(2)} ×)`,
        limit: '1.5 ×, never over 1 s',
        holds: p99 <= 1.5 * bareP99 && Math.max(...ours) <= 1000,
      },
    ];
  } finally {
    await bare.stop();
    await workspace.stop();
    await redis.stop();
    rmSync(folder, { recursive: true });
  }
};

const startBare = async (
  signingSecret: string,
): Promise<{ readonly port: number; readonly stop: () => Promise<void> }> => {
  const receiver = new HTTPReceiver({ signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: 'xoxb-bare', botId: 'B1', botUserId: 'U1' }),
    logLevel: LogLevel.ERROR,
  });
  app.command(/.*/, async ({ ack }) => ack());
  const server = (await app.start(0)) as { address(): { port: number } };
  return { port: server.address().port, stop: () => app.stop() as Promise<void> };
};

let serial = 0;

/** Sends them all at once, each over a connection of its own, and gives how long each took (ms). */
const burst = async (
  port: number,
  { signingSecret, teamId }: { signingSecret: string; teamId: string },
  round: number,
): Promise<readonly number[]> => {
  const agent = new Agent({ keepAlive: true, maxSockets: at });
  const one = (): Promise<number> => {
    serial += 1;
    const body = new URLSearchParams({
      command: '/peering',
      text: 'check prod-east',
      user_id: `U${String(serial).padStart(8, '0')}`,
      user_name: 'bench',
      team_id: teamId,
      team_domain: 'bench',
      channel_id: `C${round}${String(serial).padStart(8, '0')}`,
      channel_name: 'bench',
      response_url: 'http://127.0.0.1:1/',
      trigger_id: `t${serial}`,
      api_app_id: 'A1',
      token: 'unused',
    }).toString();
    const time = Math.floor(Date.now() / 1000);
    const signature = `v0=${createHmac('sha256', signingSecret).update(`v0:${time}:${body}`).digest('hex')}`;
    const started = performance.now();
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          agent,
          host: '127.0.0.1',
          port,
          path: '/slack/events',
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': Buffer.byteLength(body),
            'x-slack-request-timestamp': String(time),
            'x-slack-signature': signature,
          },
        },
        (answer) => {
          answer.resume();
          answer.on('end', () =>
            answer.statusCode === 200
              ? resolve(performance.now() - started)
              : reject(new Error(`status ${answer.statusCode}`)),
          );
        },
      );
      asked.on('error', reject).end(body);
    });
  };
  const times = await Promise.all(Array.from({ length: at }, one));
  agent.destroy();
  return times;
};
