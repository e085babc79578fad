import { pino } from 'pino';
import { createIsolated } from '../../../src/clusters/isolated';
import { createProcessPool, type ProcessPool } from '../../../src/clusters/process-pool';
import { createRunCheck } from '../../../src/clusters/run-check';
import { addChanges } from '../../../src/features/history';
import { createReports, type Reports } from '../../../src/features/history/reports.store';
import type { RedisClient } from '../../../src/redis/redis';
import type { RunReport } from '../../../src/report/cluster-state';
import { describeWith } from '../../lab/binaries';
import { type ConsulAgent, startConsul } from '../../lab/consul';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';
import { clusterOf, configOf } from '../../slack/support';

/** A check as the bot runs it, with a real Consul and a real Redis: a break, its change, and the fix that puts it back. */
describeWith(['consul', 'redis'], 'a finding and the change that it is due to', () => {
  jest.setTimeout(60_000);
  let agent: ConsulAgent;
  let server: RedisServer;
  let redis: RedisClient;
  let reports: Reports;
  let pool: ProcessPool;
  beforeAll(async () => {
    [agent, server] = await Promise.all([startConsul(), startRedis()]);
    redis = connectTestRedis(server.url, 'working');
    reports = createReports(redis, sealer, { reports: 20, maxAgeMs: 3_600_000 });
    pool = createProcessPool({
      count: 1,
      memoryMiB: 256,
      deadlineMs: 30_000,
      environment: {},
      onCall: () => undefined,
    });
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'app-1',
      Address: '10.0.0.1',
      Service: { Service: 'api', Port: 80 },
    });
    await put('west');
  }, 60_000);
  afterAll(async () => {
    pool?.close();
    redis?.disconnect();
    await Promise.all([agent?.stop(), server?.stop()]);
  });

  const put = (peer: string) =>
    agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: peer }] }],
    });
  const indexNow = async (): Promise<number> =>
    (await agent.call<{ readonly ModifyIndex: number }>('GET', '/v1/config/exported-services/default'))
      .ModifyIndex;

  let runs = 0;
  const check = async (): Promise<RunReport> => {
    const run = createRunCheck({
      probeFromSecond: () => undefined,
      isolated: createIsolated({
        config: configOf(),
        environment: { ALL: agent.token },
        pool,
        log: pino({ level: 'silent' }),
      }),
      pending: { read: async () => ({}), note: async () => undefined },
      mutesOf: async () => [],
      severitiesOf: () => [],
      addChanges: (report) => addChanges(report, reports),
    });
    const checked = await run(
      { ...clusterOf('east'), address: agent.address, token: { env: 'ALL' } },
      {
        peer: null,
        requestId: 'r',
        otherSides: [],
        signal: new AbortController().signal,
        onProgress: () => undefined,
      },
    );
    if (!checked.ok) throw new Error(checked.error.message);
    runs += 1;
    await reports.save(`run-${runs}`, checked.value);
    return checked.value;
  };
  const finding = ({ results }: RunReport) =>
    results.find(({ id }) => id === 'exported-services-peer-known')?.findings[0];

  it('shows the change with both indexes, and is gone after the pasted fix', async () => {
    expect(finding(await check())).toBeUndefined();
    const before = await indexNow();
    await put('wset');
    const after = await indexNow();

    const broken = finding(await check());
    expect(broken?.changed).toMatchObject({
      run: 'run-1',
      changes: [
        {
          subject: { kind: 'exported-services', name: 'default' },
          field: 'Services[api].Consumers[0].Peer',
          from: 'west',
          to: 'wset',
          indexes: { from: before, to: after },
        },
      ],
    });
    const fix = broken?.remediation.find(
      ({ language, title }) => language === 'shell' && title.includes(`at index ${before}`),
    );
    expect((await agent.shell(fix?.code ?? 'false')).status).toBe(0);
    expect(finding(await check())).toBeUndefined();
  });

  it('gives a fix that is refused where somebody changed the entry meanwhile', async () => {
    await put('wset');
    const broken = finding(await check());
    await put('lab');
    const fix = broken?.remediation.find(
      ({ language, title }) => language === 'shell' && title.startsWith('Put '),
    );
    expect(fix?.code).toContain('-cas');
    expect((await agent.shell(fix?.code ?? 'true')).status).not.toBe(0);
  });
});
