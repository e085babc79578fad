import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { check } from '../../src/cli/commands/check';
import { config } from '../../src/cli/commands/config';
import type { Report } from '../../src/report/report';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { runInProcess } from './support';

describeWith(['consul'], 'mutes and severities of the clusters file, at a terminal', () => {
  jest.setTimeout(60_000);
  let agent: ConsulAgent;
  let file: string;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'));
    file = join(folder, 'clusters.yml');
    agent = await startConsul();
    // An export without a mesh gateway.
    await agent.call('PUT', '/v1/agent/service/register', {
      Name: 'api',
      Port: 9090,
      Connect: { SidecarService: {} },
    });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    });
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
  });
  afterAll(async () => {
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const run = async (rules: object, ...argv: string[]) => {
    const clusters = { prod: { address: agent.address, token: { env: 'TOKEN' } } };
    writeFileSync(file, JSON.stringify({ clusters, ...rules }));
    return runInProcess([check, config], [...argv, '--clusters', file], { env: { TOKEN: agent.token } });
  };
  const read = async (rules: object) => {
    const { code, out } = await run(rules, 'check', 'prod', '-o', 'json');
    return { code, report: JSON.parse(out) as Report };
  };
  const rule = { owner: 'platform team', reason: 'known' };

  it('count, show where they are configured, and decide about the exit status', async () => {
    const before = await read({});
    expect(before.code).toBe(exit.findings);
    const ids = before.report.results
      .filter(({ status, severity }) => status === 'fail' && severity === 'error')
      .map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);

    const muted = await read({
      mutes: ids.map((id) => ({ ...rule, check: id, until: '2999-01-01' })),
    });
    expect(muted.report.summary).toMatchObject({ errors: 0, muted: ids.length });
    expect(muted.code).not.toBe(exit.findings);

    const lowered = await read({ severity: ids.map((id) => ({ ...rule, check: id, severity: 'info' })) });
    expect(lowered.report.summary.errors).toBe(0);
    const overrides = lowered.report.results
      .filter(({ id }) => ids.includes(id))
      .flatMap(({ findings }) => findings.map(({ override }) => override?.configuredAt));
    expect(new Set(overrides)).toEqual(new Set(ids.map((_, at) => `severity[${at}] of clusters.yml`)));
    expect(lowered.report.notes.length).toBe(before.report.notes.length + ids.length);
    const { out } = await run(
      { severity: ids.map((id) => ({ ...rule, check: id, severity: 'info' })) },
      'check',
      'prod',
      '--verbose',
    );
    // Lines are wrapped.
    expect(out.replace(/\s+/g, ' ')).toContain('severity[0] of clusters.yml');
  });

  it('that have no effect are named by config validate, which accepts them', async () => {
    const rules = {
      mutes: [
        { ...rule, check: 'mesh-*', until: '2026-01-01' },
        { ...rule, check: 'mesh-*', until: '2999-01-01' },
      ],
      severity: [{ ...rule, check: 'nope', severity: 'info' }],
    };
    const { code, err } = await run(rules, 'config', 'validate', '--role', 'cli');
    expect([code, err.match(/(?:mutes|severity)\.\d/g)]).toEqual([exit.fine, ['mutes.0', 'severity.0']]);
  });
});
