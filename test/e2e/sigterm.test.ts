import { Agent, request } from 'node:http';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy';
import { describeWith } from '../lab/binaries';
import { freePorts, sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { startWaitingConsul, type WaitingConsul } from './waiting-consul';
import { type BotProcess, launchBot, manifest, startBotProcess } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;
/** Promised in the README, and a little for a busy machine. */
const stopMs = 10_000;
const toleranceMs = 1500;

/** SIGTERM in every state ends the process in time, with status 0. */
describeWith(['redis'], 'SIGTERM', () => {
  let redis: RedisServer;
  let toRedis: TcpProxy;
  let toSlack: TcpProxy;
  let slack: Workspace;
  let consul: WaitingConsul;
  const ends: (() => unknown)[] = [];
  beforeEach(async () => {
    redis = await startRedis();
    ends.push(redis.stop);
    toRedis = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
    ends.push(toRedis.stop);
    const [port = 0] = await freePorts(1);
    toSlack = await startTcpProxy({ host: '127.0.0.1', port });
    ends.push(toSlack.stop);
    slack = await startWorkspace({ manifest, port, publicOrigin: `http://127.0.0.1:${toSlack.port}` });
    ends.push(slack.stop);
    consul = await startWaitingConsul();
    ends.push(consul.stop);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const options = (env: Readonly<Record<string, string>> = {}, args = ['--queues', 'checks,digests']) => ({
    slack,
    redisUrl: `redis://127.0.0.1:${toRedis.port}`,
    clusters: `clusters:\n  east: { address: '${consul.address}', token: { env: CONSUL_TOKEN } }\n`,
    args,
    env: { CONSUL_TOKEN: 'waiting', LOG_LEVEL: 'info', ...env },
  });
  const start = async (...given: Parameters<typeof options>): Promise<BotProcess> => {
    const bot = await startBotProcess(options(...given));
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  /** Types a command, and waits until its job reads the cluster, which it does until the end. */
  const startCheck = async (): Promise<void> => {
    await slack.typeCommand(robin, channels.platform, '/peering check east');
    await waitFor('the job to read the cluster', () => consul.waiting() > 0, { timeoutMs: 30_000 });
  };
  const terminate = async (
    bot: BotProcess,
  ): Promise<{ readonly ms: number; readonly status: number | null }> => {
    const started = Date.now();
    const late = sleep(stopMs + 20_000).then(() => bot.end('SIGKILL'));
    await Promise.race([bot.end('SIGTERM'), late]);
    return { ms: Date.now() - started, status: bot.status() };
  };
  const expectInTime = async (bot: BotProcess): Promise<void> => {
    const { ms, status } = await terminate(bot);
    expect({ status, inTime: ms <= stopMs + toleranceMs }).toEqual({ status: 0, inTime: true });
  };

  it('ends an idle process', async () => {
    await expectInTime(await start());
  });

  it.each(['refuse', 'stall'] as const)('ends where connections to Redis %s, idle', async (fault) => {
    const bot = await start();
    toRedis[fault]();
    await sleep(500);
    await expectInTime(bot);
  });

  it.each(['refuse', 'stall'] as const)(
    'ends where connections to Redis %s in the middle of a check',
    async (fault) => {
      const bot = await start();
      await startCheck();
      toRedis[fault]();
      await sleep(500);
      await expectInTime(bot);
    },
  );

  it.each(['refuse', 'stall'] as const)(
    'ends where connections to Slack %s in the middle of a check',
    async (fault) => {
      const bot = await start();
      await startCheck();
      toSlack[fault]();
      await sleep(500);
      await expectInTime(bot);
    },
  );

  it('ends in the middle of a check, which then goes back to the queue', async () => {
    const bot = await start();
    await startCheck();
    await expectInTime(bot);
  });

  it.each(['an open', 'a stalled'])('ends with %s keep-alive connection in HTTP mode', async (kind) => {
    const [port = 0, health = 0] = await freePorts(2);
    const bot = await start({
      SLACK_APP_TOKEN: '',
      SLACK_SIGNING_SECRET: slack.signingSecret,
      PORT: String(port),
      HEALTH_PORT: String(health),
    });
    const agent = new Agent({ keepAlive: true });
    ends.push(() => agent.destroy());
    for (const [to, path] of [
      [port, '/slack/events'],
      [health, '/livez'],
    ] as const) {
      const call = request({
        agent,
        host: '127.0.0.1',
        port: to,
        path,
        method: kind === 'an open' ? 'GET' : 'POST',
        headers: kind === 'an open' ? {} : { 'content-length': '10' },
      });
      call.on('error', () => undefined);
      if (kind === 'an open') call.end();
      else call.write('half');
      if (kind === 'an open')
        await new Promise((resolve) => call.on('response', (answer) => answer.resume().on('end', resolve)));
    }
    await sleep(300);
    await expectInTime(bot);
  });

  it('ends during its start, before Redis answers', async () => {
    toRedis.stall();
    const bot = await launchBot(options());
    ends.push(() => bot.end('SIGKILL'));
    await waitFor('a connection', () => toRedis.connections() > 0, { timeoutMs: 30_000 });
    await sleep(300);
    await expectInTime(bot);
  });

  it('ends during its start, before Slack answers', async () => {
    toSlack.stall();
    const bot = await launchBot(options());
    ends.push(() => bot.end('SIGKILL'));
    await waitFor('a connection', () => toSlack.connections() > 0, { timeoutMs: 30_000 });
    await sleep(300);
    await expectInTime(bot);
  });

  it('ends with the same status where it gets the signal twice', async () => {
    const bot = await start();
    await startCheck();
    setTimeout(() => process.kill(bot.pid, 'SIGTERM'), 300);
    await expectInTime(bot);
  });

  it('ends though the signal came right after it was ready', async () => {
    const bot = await start({}, ['--role', 'worker', '--queues', 'checks,digests']);
    await expectInTime(bot);
  });
});
