import { connect } from 'node:net';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { freePorts, sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import {
  type BotOptions,
  type BotProcess,
  type Gate,
  launchBot,
  manifest,
  startBotProcess,
  startGate,
} from './support';

jest.setTimeout(90_000);

/** The process ends by itself with status 0: `stopped` is the last line, and `sh -c exec` reports no signal. */
describeWith(['redis'], 'the end of the process', () => {
  let redis: RedisServer;
  let slack: Workspace;
  let gate: Gate;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    ends.push(redis.stop);
    slack = await startWorkspace({ manifest });
    ends.push(slack.stop);
    // A cluster that never answers.
    gate = await startGate('http://127.0.0.1:1');
    gate.hold();
    ends.push(gate.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const options = (env: Readonly<Record<string, string>> = {}): BotOptions => ({
    slack,
    redisUrl: redis.url,
    clusters: `clusters:\n  slow: { address: '${gate.address}' }\n`,
    args: ['--queues', 'checks,digests'],
    env,
  });
  const checking = async (): Promise<BotProcess> => {
    const bot = await startBotProcess(options());
    ends.push(() => bot.end('SIGKILL'));
    await slack.typeCommand(people.requester.id, channels.platform, '/peering check slow');
    await waitFor('the check to be under way', () => gate.waiting());
    return bot;
  };
  /** Time until the process has ended by itself, in ms. */
  const endOf = async (bot: BotProcess, signals: number): Promise<number> => {
    const at = Date.now();
    for (let n = 0; n < signals; n++) {
      process.kill(bot.pid, 'SIGTERM');
      await sleep(200);
    }
    await bot.exited;
    expect(bot.status()).toBe(0);
    return Date.now() - at;
  };

  it('comes within 10 s after two SIGTERM in the middle of a check', async () => {
    expect(await endOf(await checking(), 2)).toBeLessThan(10_000);
  });

  it('comes within 10 s while Redis is refused in the middle of a check', async () => {
    const bot = await checking();
    await redis.kill();
    expect(await endOf(bot, 1)).toBeLessThan(10_500);
  });

  it('comes within 10 s while Slack does not answer in the middle of a check', async () => {
    const bot = await checking();
    slack.faults.next('*', { kind: 'hang' }, 1000);
    expect(await endOf(bot, 1)).toBeLessThan(10_500);
  });

  it('comes within 10 s while somebody holds an HTTP connection open', async () => {
    const [port = 0] = await freePorts(1);
    const bot = await startBotProcess(
      options({ SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: slack.signingSecret, PORT: String(port) }),
    );
    ends.push(() => bot.end('SIGKILL'));
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    ends.push(() => socket.destroy());
    // A request that never ends.
    socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    await sleep(300);
    expect(await endOf(bot, 1)).toBeLessThan(10_000);
  });

  it('comes within 10 s during a start that Slack holds up', async () => {
    slack.faults.next('auth.test', { kind: 'hang' }, 100);
    const bot = await launchBot(options());
    ends.push(() => bot.end('SIGKILL'));
    await waitFor('the first call', () => slack.traffic.calls('auth.test').length > 0, { timeoutMs: 30_000 });
    expect(await endOf(bot, 1)).toBeLessThan(10_000);
  });
});
