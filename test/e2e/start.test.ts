import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy';
import { describeWith } from '../lab/binaries';
import { freePorts, waitFor } from '../lab/process';
import { startRedis } from '../lab/redis';
import { withEnds } from '../lab/with-ends';
import { type BotProcess, launchBot, manifest } from './support';

jest.setTimeout(120_000);

interface Started extends BotProcess {
  readonly probe: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
}

/** Slack and Redis behind proxies. */
interface Stage {
  readonly slack: Workspace;
  readonly proxies: { readonly redis: TcpProxy; readonly slack: TcpProxy };
  readonly start: (role: string, env?: Readonly<Record<string, string>>) => Promise<Started>;
}

const setStage = async (ends: (() => unknown)[]): Promise<Stage> => {
  const redis = await startRedis({ settings: { requirepass: 'right' } });
  ends.push(redis.stop);
  const [port = 0] = await freePorts(1);
  const proxies = {
    redis: await startTcpProxy({ host: '127.0.0.1', port: redis.port }),
    slack: await startTcpProxy({ host: '127.0.0.1', port }),
  };
  ends.push(proxies.redis.stop, proxies.slack.stop);
  const publicOrigin = `http://127.0.0.1:${proxies.slack.port}`;
  const slack = await startWorkspace({ manifest, port, publicOrigin });
  ends.push(slack.stop);
  const start: Stage['start'] = async (role, { password = 'right', ...env } = {}) => {
    const [health = 0] = await freePorts(1);
    const bot = await launchBot({
      slack,
      redisUrl: `redis://:${password}@127.0.0.1:${proxies.redis.port}`,
      clusters: `clusters: { east: { address: 'http://127.0.0.1:1' } }`,
      args: ['--role', role],
      env: { HEALTH_PORT: String(health), LOG_LEVEL: 'info', ...env },
    });
    ends.push(() => bot.end('SIGKILL'));
    const probe: Started['probe'] = async (path) => {
      const response = await fetch(`http://127.0.0.1:${health}${path}`);
      return { status: response.status, text: await response.text() };
    };
    return { ...bot, probe };
  };
  return { slack, proxies, start };
};

const onStage = (work: (stage: Stage) => Promise<void>): Promise<void> =>
  withEnds(async (ends) => work(await setStage(ends)));

/** Slack and Redis are away before the process starts. */
describeWith(['redis'], 'a start while Redis or Slack is away', () => {
  const waits = (bot: BotProcess, what: string): Promise<unknown> =>
    waitFor(
      'the start to wait',
      () =>
        bot
          .output()
          .split('\n')
          .filter((line) => line.includes('"the start waits"') && line.includes(`"what":"${what}"`)).length >
        1,
      { timeoutMs: 40_000, whileRunning: bot },
    );
  const errorOf = async (bot: BotProcess): Promise<string> => {
    await waitFor('its end', () => !bot.running(), { timeoutMs: 30_000 });
    return bot
      .output()
      .split('\n')
      .filter((line) => line.startsWith('peering-bot:'))
      .join('\n');
  };

  it.concurrent.each([
    ['redis', 'refuse', 'bot'],
    ['redis', 'stall', 'worker'],
    ['slack', 'refuse', 'worker'],
  ] as const)('waits until %s no longer %ss, as a %s', (what, fault, role) =>
    onStage(async ({ proxies, start }) => {
      proxies[what][fault]();
      const bot = await start(role);
      await waits(bot, what);
      expect((await bot.probe('/livez')).status).toBe(200);
      const unready = await bot.probe('/readyz');
      expect(unready.status).toBe(503);
      expect(JSON.parse(unready.text)).toMatchObject({ ready: false, reasons: [{ what }] });
      expect(unready.text).not.toContain('right');
      await proxies[what].heal();
      await waitFor('ready', async () => (await bot.probe('/readyz')).status === 200, {
        timeoutMs: 40_000,
        whileRunning: bot,
      });
    }),
  );

  it.concurrent('waits while Slack answers 503', () =>
    onStage(async ({ slack, start }) => {
      slack.faults.next('auth.test', { kind: 'status', status: 503 }, 2);
      slack.faults.next('apps.connections.open', { kind: 'status', status: 503 }, 1);
      const bot = await start('bot');
      await waitFor('ready', () => bot.output().includes('"msg":"ready"'), {
        timeoutMs: 40_000,
        whileRunning: bot,
      });
      expect(bot.output().split('"the start waits"').length - 1).toBe(3);
    }));

  it.concurrent('ends at SIGTERM with status 0 where both are refused', () =>
    onStage(async ({ proxies, start }) => {
      proxies.redis.refuse();
      proxies.slack.refuse();
      const bot = await start('bot');
      await waits(bot, 'slack');
      const signalledAt = Date.now();
      await bot.end('SIGTERM');
      expect({ status: bot.status(), inTime: Date.now() - signalledAt <= 10_000 }).toEqual({
        status: 0,
        inTime: true,
      });
      expect(bot.output()).toContain('"msg":"stopped"');
      expect(bot.output()).not.toContain('peering-bot:');
    }));

  it.concurrent('ends with one line where a token or a password is wrong, though the other side is away', () =>
    onStage(async ({ proxies, start }) => {
      proxies.redis.refuse();
      const wrongToken = await start('bot', { SLACK_BOT_TOKEN: 'xoxb-wrong' });
      expect(await errorOf(wrongToken)).toMatch(/Slack refused: invalid_auth: check SLACK_BOT_TOKEN/);
      expect(wrongToken.status()).not.toBe(0);
      await proxies.redis.heal();
      proxies.slack.refuse();
      const wrongPassword = await start('bot', { password: 'wrong-one' });
      const error = await errorOf(wrongPassword);
      expect(error).toMatch(/^peering-bot: Redis at .* cannot be used \(.*\): check REDIS_URL/);
      expect(wrongPassword.output()).not.toContain('wrong-one');
      expect(wrongPassword.status()).not.toBe(0);
    }));
});
