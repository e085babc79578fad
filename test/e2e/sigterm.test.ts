import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy';
import { describeWith } from '../lab/binaries';
import { freePorts, sleep, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { withEnds } from '../lab/with-ends';
import { startWaitingConsul } from './waiting-consul';
import { type BotProcess, launchBot, manifest, startBotProcess } from './support';

const robin = people.requester.id;
/**
 * Time until a process that hangs is killed. While Redis or Slack is away, a stop takes all of its own bound, 8.8 s, of the 10 s
 * that the README promises; a busy machine is late.
 */
const stopMs = 20_000;

/** A workspace, a Redis and a cluster, behind what can break, and bots that meet them. */
interface Stage {
  readonly redis: RedisServer;
  readonly toRedis: TcpProxy;
  readonly toSlack: TcpProxy;
  readonly slack: Workspace;
  /** Ends that come with that of the test. */
  readonly ends: (() => unknown)[];
  readonly launch: () => Promise<BotProcess>;
  readonly start: (env?: Readonly<Record<string, string>>, args?: readonly string[]) => Promise<BotProcess>;
  /** Types a command, and waits until its job reads the cluster, which it does until the end. */
  readonly startCheck: () => Promise<void>;
}

const setStage = async (ends: (() => unknown)[]): Promise<Stage> => {
  const redis = await startRedis();
  ends.push(redis.stop);
  const toRedis = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
  ends.push(toRedis.stop);
  const [port = 0] = await freePorts(1);
  const toSlack = await startTcpProxy({ host: '127.0.0.1', port });
  ends.push(toSlack.stop);
  const slack = await startWorkspace({ manifest, port, publicOrigin: `http://127.0.0.1:${toSlack.port}` });
  ends.push(slack.stop);
  const consul = await startWaitingConsul();
  ends.push(consul.stop);
  const options = (
    env: Readonly<Record<string, string>> = {},
    args: readonly string[] = ['--queues', 'checks,digests'],
  ) => ({
    slack,
    redisUrl: `redis://127.0.0.1:${toRedis.port}`,
    clusters: `clusters:\n  east: { address: '${consul.address}', token: { env: CONSUL_TOKEN } }\n`,
    args,
    env: { CONSUL_TOKEN: 'waiting', LOG_LEVEL: 'info', ...env },
  });
  const ended = (bot: BotProcess): BotProcess => {
    ends.push(() => bot.end('SIGKILL'));
    return bot;
  };
  return {
    redis,
    toRedis,
    toSlack,
    slack,
    ends,
    launch: async () => ended(await launchBot(options())),
    start: async (env, args) => ended(await startBotProcess(options(env, args))),
    startCheck: async () => {
      await slack.typeCommand(robin, channels.platform, '/peering check east');
      await waitFor('the job to read the cluster', () => consul.waiting() > 0);
    },
  };
};

const onStage = (work: (stage: Stage) => Promise<void>): Promise<void> =>
  withEnds(async (ends) => work(await setStage(ends)));

/** SIGTERM in every state ends the process in time, by itself and with status 0: `stopped` is the last line. */
describeWith(['redis'], 'SIGTERM', () => {
  const expectInTime = async (bot: BotProcess): Promise<void> => {
    // It has no status where a signal ended it.
    const late = setTimeout(() => process.kill(bot.pid, 'SIGKILL'), stopMs);
    await bot.end('SIGTERM');
    clearTimeout(late);
    expect(bot.status()).toBe(0);
  };

  it.concurrent('ends an idle process', () =>
    onStage(async ({ start }) => {
      await expectInTime(await start());
    }));

  it.concurrent.each(['refuse', 'stall'] as const)('ends where connections to Redis %s, idle', (fault) =>
    onStage(async ({ toRedis, start }) => {
      const bot = await start();
      toRedis[fault]();
      await sleep(500);
      await expectInTime(bot);
    }),
  );

  it.concurrent.each(['refuse', 'stall'] as const)(
    'ends where connections to Redis %s in the middle of a check',
    (fault) =>
      onStage(async ({ toRedis, start, startCheck }) => {
        const bot = await start();
        await startCheck();
        toRedis[fault]();
        await sleep(500);
        await expectInTime(bot);
      }),
  );

  it.concurrent.each(['refuse', 'stall'] as const)(
    'ends where connections to Slack %s in the middle of a check',
    (fault) =>
      onStage(async ({ toSlack, start, startCheck }) => {
        const bot = await start();
        await startCheck();
        toSlack[fault]();
        await sleep(500);
        await expectInTime(bot);
      }),
  );

  it.concurrent('ends where Redis is killed in the middle of a check', () =>
    onStage(async ({ redis, start, startCheck }) => {
      const bot = await start();
      await startCheck();
      await redis.kill();
      await expectInTime(bot);
    }));

  it.concurrent('ends where Slack takes calls and does not answer in the middle of a check', () =>
    onStage(async ({ slack, start, startCheck }) => {
      const bot = await start();
      await startCheck();
      slack.faults.next('*', { kind: 'hang' }, 1000);
      await expectInTime(bot);
    }));

  it.concurrent('ends in the middle of a check, which then goes back to the queue', () =>
    onStage(async ({ start, startCheck }) => {
      const bot = await start();
      await startCheck();
      await expectInTime(bot);
    }));

  const startInHttpMode = async ({ start, slack }: Stage) => {
    const [port = 0, health = 0] = await freePorts(2);
    const bot = await start({
      SLACK_APP_TOKEN: '',
      SLACK_SIGNING_SECRET: slack.signingSecret,
      PORT: String(port),
      HEALTH_PORT: String(health),
    });
    return { bot, port, health };
  };

  it.concurrent.each(['an open', 'a stalled'])('ends with %s keep-alive connection in HTTP mode', (kind) =>
    onStage(async (stage) => {
      const { bot, port, health } = await startInHttpMode(stage);
      const agent = new Agent({ keepAlive: true });
      stage.ends.push(() => agent.destroy());
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
    }),
  );

  it.concurrent('ends while somebody sends a request that never ends', () =>
    onStage(async (stage) => {
      const { bot, port } = await startInHttpMode(stage);
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      stage.ends.push(() => socket.destroy());
      socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      await sleep(300);
      await expectInTime(bot);
    }));

  it.concurrent('ends during its start, before Redis answers', () =>
    onStage(async ({ toRedis, launch }) => {
      toRedis.stall();
      const bot = await launch();
      await waitFor('a connection', () => toRedis.connections() > 0);
      await sleep(300);
      await expectInTime(bot);
    }));

  it.concurrent('ends during its start, before Slack answers', () =>
    onStage(async ({ toSlack, launch }) => {
      toSlack.stall();
      const bot = await launch();
      await waitFor('a connection', () => toSlack.connections() > 0);
      await sleep(300);
      await expectInTime(bot);
    }));

  it.concurrent('ends during its start, while Slack takes calls and does not answer', () =>
    onStage(async ({ slack, launch }) => {
      slack.faults.next('auth.test', { kind: 'hang' }, 100);
      const bot = await launch();
      await waitFor('the first call', () => slack.traffic.calls('auth.test').length > 0);
      await expectInTime(bot);
    }));

  it.concurrent('ends with the same status where it gets the signal twice', () =>
    onStage(async ({ start, startCheck }) => {
      const bot = await start();
      await startCheck();
      setTimeout(() => process.kill(bot.pid, 'SIGTERM'), 200);
      await expectInTime(bot);
    }));

  it.concurrent('ends though the signal came right after it was ready', () =>
    onStage(async ({ start }) => {
      const bot = await start({}, ['--role', 'worker', '--queues', 'checks,digests']);
      await expectInTime(bot);
    }));
});
