import { runChecks } from '../../../src/checks/runner';
import { stateOf } from '../../../src/checks/changes/state-of';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import { exampleExports } from '../../../src/checks/examples/parts';
import { addChanges } from '../../../src/features/history';
import { createReports, type Reports } from '../../../src/features/history/reports.store';
import type { RedisClient } from '../../../src/redis/redis';
import type { RunReport } from '../../../src/report/cluster-state';
import { hidden } from '../../../src/snapshot/section';
import { describeWith } from '../../lab/binaries';
import { type RedisServer, startRedis } from '../../lab/redis';
import { connectTestRedis } from '../../redis-client';
import { sealer } from '../../sealer';

const exporting = (peer: string, ModifyIndex: number): SnapshotChanges => {
  const one = exampleExports([{ name: 'api', peers: [peer] }]);
  return { exportedServices: [{ ...one, entry: { ...one.entry, ModifyIndex } }] };
};

const right = exporting('west', 812);
const wrong = exporting('wset', 861);

const check = 'exported-services-peer-known';

describeWith(['redis'], 'changes since the last run without a finding', () => {
  let server: RedisServer;
  let redis: RedisClient;
  let reports: Reports;
  beforeAll(async () => {
    server = await startRedis();
    redis = connectTestRedis(server.url, 'working');
    reports = createReports(redis, sealer, { reports: 20, maxAgeMs: 3_600_000 });
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  beforeEach(() => redis.flushall());

  /** Checks a cluster as the bot does, and stores the run. */
  const run = async (
    minute: number,
    changes: SnapshotChanges,
    over: Partial<Pick<RunReport, 'otherSides' | 'state' | 'peer'>> = {},
  ): Promise<RunReport> => {
    const takenAt = new Date(Date.now() - 3_000_000 + minute * 60_000).toISOString();
    const snapshot = { ...changeSnapshot(changes), takenAt };
    const report = { ...runChecks(snapshot), otherSides: [], state: stateOf(snapshot), ...over };
    const shown = await addChanges(report, reports);
    await reports.save(`run-${minute}`, shown);
    return shown;
  };
  const finding = (report: RunReport) => report.results.find(({ id }) => id === check)?.findings[0];
  const short = (report: RunReport) => {
    const { changed } = finding(report) ?? {};
    return (
      changed && [changed.run, ...changed.changes.map(({ subject, from, to }) => [subject.name, from, to])]
    );
  };

  it('are on a new finding, with the fix that puts the entry back', async () => {
    await run(1, right);
    const report = await run(2, wrong);
    expect(short(report)).toEqual(['run-1', ['default', 'west', 'wset']]);
    expect(
      finding(report)
        ?.remediation.map(({ code }) => code)
        .join('\n'),
    ).toContain('-cas -modify-index 861');
    expect(finding(report)?.remediation.some(({ title }) => title.includes('at index 812'))).toBe(true);
    expect(finding(report)?.changed?.changes[0]?.indexes).toEqual({ from: 812, to: 861 });
  });

  it('stay on the finding in later runs, against the same run', async () => {
    await run(1, right);
    await run(2, wrong);
    expect(short(await run(3, wrong))).toEqual(['run-1', ['default', 'west', 'wset']]);
    // Another consumer is another finding.
    expect(short(await run(4, exporting('wsett', 870)))).toEqual(['run-3', ['default', 'wset', 'wsett']]);
    expect(short(await run(5, wrong))).toEqual(['run-4', ['default', 'wsett', 'wset']]);
    await run(6, wrong);
    expect(short(await run(7, wrong))).toEqual(['run-4', ['default', 'wsett', 'wset']]);
  });

  it('are found through runs in which the check could not be evaluated', async () => {
    await run(1, right);
    const reason = { kind: 'forbidden', endpoint: '/v1/config/exported-services', message: 'no' } as const;
    await run(2, { exportedServices: hidden(reason) });
    expect(short(await run(3, wrong))).toEqual(['run-1', ['default', 'west', 'wset']]);
  });

  it.each<[string, Parameters<typeof run>[2]]>([
    ['read other sides that this one did not', { otherSides: ['prod-west'] }],
    ['was of one peer', { peer: 'west' }],
    ['is of an earlier version', { state: undefined }],
  ])('are not taken from a run that %s', async (_name, over) => {
    await run(1, right, over);
    expect(short(await run(2, wrong))).toBeUndefined();
  });

  it('are none where there is no run, or the finding has always been there', async () => {
    expect(short(await run(1, wrong))).toBeUndefined();
    expect(short(await run(2, wrong))).toBeUndefined();
  });

  it('name nothing where nothing that the check reads has changed', async () => {
    await run(1, right);
    const report = await run(2, { peerings: { enabled: true, list: [] }, ...right });
    const other = report.results
      .flatMap(({ findings }) => findings)
      .filter(({ changed }) => changed !== undefined);
    for (const { changed } of other) expect(changed?.run).toBe('run-1');
  });

  it('are stored signed, for as long as the report', async () => {
    await run(1, right);
    expect((await reports.find('run-1'))?.state?.rows.length).toBeGreaterThan(0);
    const stored = await redis.getBuffer('peering:report:run-1');
    await redis.set('peering:report:run-9', stored ?? '', 'PX', 60_000);
    expect(await reports.find('run-9')).toBeUndefined();
    expect(await redis.keys('peering:*state*')).toEqual([]);
  });
});
