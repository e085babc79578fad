import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channels, people } from '../../sandbox/workspace/people';
import { startWorkspace, type Workspace } from '../../sandbox/workspace/workspace';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, waitFor } from '../lab/process';
import { type RedisServer, startRedis } from '../lab/redis';
import { type BotProcess, type Gate, manifest, startBotProcess, startGate } from './support';

jest.setTimeout(120_000);

const robin = people.requester.id;

/** A bot and a worker, as two processes that read one clusters file. */
describeWith(['consul', 'redis'], 'the configuration, read again', () => {
  let agent: ConsulAgent;
  let gate: Gate;
  let redis: RedisServer;
  let slack: Workspace;
  let folder: string;
  let file: string;
  let bots: readonly BotProcess[];
  let health: readonly string[];

  const write = (...names: readonly string[]): void => {
    const lines = names.map((name) => `  ${name}: { address: '${gate.address}', token: { env: TOKEN } }\n`);
    writeFileSync(file, `clusters:\n${lines.join('')}`);
  };
  /** Clusters that are checked while the configuration changes. */
  const busy = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
  const hangUp = (): void => {
    for (const { pid } of bots) process.kill(pid, 'SIGHUP');
  };
  /** Times that each process said a line. */
  const said = (line: string): readonly number[] =>
    bots.map((bot) => bot.output().split(`"msg":"${line}"`).length - 1);
  const saidMoreOften = (line: string, than: readonly number[]) =>
    waitFor(`both processes to say "${line}"`, () => said(line).every((n, at) => n > (than[at] ?? 0)), {
      timeoutMs: 20_000,
    });
  const reread = 'read the configuration again';
  const refused = 'the clusters file is not valid: the configuration stays as it is';
  const check = (cluster: string) => slack.typeCommand(robin, channels.platform, `/peering check ${cluster}`);
  const answers = (cluster: string): number =>
    slack
      .messages(channels.platform)
      .filter(({ text }) => text.includes(cluster) && /ready for peering/.test(text)).length;
  const ready = (): Promise<readonly { readonly status: number; readonly warnings: readonly unknown[] }[]> =>
    Promise.all(
      health.map(async (address) => {
        const answer = await fetch(`${address}/readyz`);
        const { warnings = [] } = (await answer.json()) as { warnings?: unknown[] };
        return { status: answer.status, warnings };
      }),
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'reload-'));
    file = join(folder, 'clusters.yml');
    agent = await startConsul();
    gate = await startGate(agent.address);
    redis = await startRedis();
    slack = await startWorkspace({ manifest });
    write(...busy);
    const ports = await freePorts(2);
    health = ports.map((port) => `http://127.0.0.1:${port}`);
    const start = (role: string, port = 0): Promise<BotProcess> =>
      startBotProcess({
        slack,
        redisUrl: redis.url,
        clusters: '',
        args: ['--role', role],
        env: {
          PEERING_CLUSTERS: file,
          TOKEN: agent.token,
          LOG_LEVEL: 'info',
          HEALTH_PORT: String(port),
          HEALTH_HOST: '127.0.0.1',
        },
      });
    bots = await Promise.all([start('bot', ports[0]), start('worker', ports[1])]);
  });
  afterAll(async () => {
    gate?.release();
    for (const bot of bots ?? []) await bot.end('SIGKILL');
    await slack?.stop();
    await redis?.stop();
    gate?.stop();
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  it('loses no job under load, and new jobs use it', async () => {
    gate.hold();
    for (const cluster of busy) await check(cluster);
    await waitFor('jobs to read the cluster', () => gate.waiting() > 0, { timeoutMs: 20_000 });
    for (const names of [['extra'], [], ['added']]) {
      const before = said(reread);
      write(...busy, ...names);
      hangUp();
      await saidMoreOften(reread, before);
    }
    gate.release();
    await slack.until(() => busy.every((cluster) => answers(cluster) === 1), 'an answer about each', 30_000);
    await check('added');
    await slack.until(() => answers('added') === 1, 'an answer about the new cluster');
    await check('extra');
    expect(answers('extra')).toBe(0);
  });

  it('stays as it is while the file is not valid, which readiness says, and no channel', async () => {
    const before = said(refused);
    const posted = slack.messages(channels.platform).length;
    writeFileSync(file, 'clusters:\n  prod: { adress: https://x }\n');
    hangUp();
    await saidMoreOften(refused, before);
    expect(await ready()).toEqual(
      bots.map(() => ({
        status: 200,
        warnings: expect.arrayContaining([expect.objectContaining({ what: 'configuration' })]),
      })),
    );
    expect(slack.messages(channels.platform)).toHaveLength(posted);
    await check('c1');
    await slack.until(() => answers('c1') === 2, 'an answer with the earlier configuration');
  });

  it('follows a change of the file without a signal', async () => {
    const before = said(reread);
    write(...busy, 'noticed');
    await saidMoreOften(reread, before);
    expect((await ready()).flatMap(({ warnings }) => warnings)).toEqual([]);
    await check('noticed');
    await slack.until(() => answers('noticed') === 1, 'an answer about the noticed cluster');
  });
});
