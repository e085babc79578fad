import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exit } from '../../src/cli/command';
import { check } from '../../src/cli/commands/check';
import { peeringsCommand } from '../../src/cli/commands/peerings';
import { registry } from '../../src/checks/registry';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { runInProcess } from './support';

interface FleetDocument {
  readonly verdict: string;
  readonly clusters: readonly {
    readonly cluster: string;
    readonly verdict: string;
    readonly problem: string;
  }[];
}

describeWith(['consul'], 'peering-bot check of several clusters', () => {
  let agent: ConsulAgent;
  let silent: Server;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    agent = await startConsul();
    // Takes connections and never answers.
    silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as { port: number };
    folder = mkdtempSync(join(tmpdir(), 'fleet-'));
    const file = join(folder, 'clusters.yml');
    env = { PEERING_CLUSTERS: file, ALL: agent.token, WEAK: '' };
    const weak = await agent.tokenWith('service_prefix "" { policy = "read" }');
    env['WEAK'] = weak.secret;
    writeFileSync(
      file,
      `clusters:
  prod-east: { address: "${agent.address}", token: { env: ALL } }
  prod-weak: { address: "${agent.address}", token: { env: WEAK } }
  prod-down: { owner: { name: platform, usergroup: S0A, channel: C0A, labels: { team: payments } }, address: "http://127.0.0.1:1", token: { env: ALL } }
  stalled: { address: "http://127.0.0.1:${port}", token: { env: ALL } }
  no-token: { address: "${agent.address}", token: { env: NONE } }
`,
    );
  }, 60_000);
  afterAll(async () => {
    silent?.close();
    await agent?.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (...argv: string[]) => runInProcess([check], ['check', ...argv], { env });
  const rows = async (...argv: string[]) => {
    const { code, out } = await run(...argv, '--format', 'json');
    const { verdict, clusters } = JSON.parse(out) as FleetDocument;
    return { code, verdict, clusters: clusters.map((row) => [row.cluster, row.verdict, row.problem !== '']) };
  };

  it('has a row for each cluster that a glob matches, worst first, down or not', async () => {
    const found = await rows('prod-*');
    expect(found.verdict).toBe('unknown');
    expect(found.code).toBe(exit.undecided);
    expect(new Set(found.clusters.map(([name]) => name))).toEqual(
      new Set(['prod-down', 'prod-east', 'prod-weak']),
    );
    expect(found.clusters).toContainEqual(['prod-down', 'unknown', true]);
    expect(found.clusters).toContainEqual(['prod-weak', 'unknown', false]);
    expect(found.clusters.at(-1)?.[0]).toBe('prod-east');
  });

  it('checks all, and a stalled cluster or one without its token ends nothing', async () => {
    const { clusters } = await rows('--all', '--timeout', '2s');
    expect(clusters).toContainEqual(['stalled', 'unknown', true]);
    expect(clusters).toContainEqual(['no-token', 'unknown', true]);
    expect(clusters.at(-1)?.[0]).toBe('prod-east');
  });

  it('shows on a terminal which clusters are done and which are read', async () => {
    const given = { env, progress: true };
    const argv = ['check', '--all', '--timeout', '2s'];
    const { out, err } = await runInProcess([check], argv, given);
    expect(err).toMatch(/prod-down[^]*4 of 5 clusters, reading stalled/);
    expect((await runInProcess([check], argv, { env })).err).toBe('');
    expect(out).not.toContain('reading');
  });

  it('names each cluster once, in text, and only those that are not ready with --short', async () => {
    const full = (await run('prod-east', 'prod-down', 'prod-*')).out;
    for (const name of ['prod-east', 'prod-weak', 'prod-down']) expect(full.split(name)).toHaveLength(2);
    expect((await run('prod-east', 'prod-down', '--short')).out).toContain('prod-down');
  });

  it.each(['check', 'peerings'])('selects by owner and label in %s', async (command) => {
    const { out, err } = await runInProcess([check, peeringsCommand], [command, 'label:team=payments'], {
      env,
    });
    expect([`${out}${err}`.includes('prod-down'), `${out}${err}`.includes('prod-east')]).toEqual([
      true,
      false,
    ]);
  });

  it('writes one JUnit and one SARIF document, with a cluster that has no token in it', async () => {
    const { out } = await run('prod-east', 'no-token', '--format', 'junit');
    expect(out.match(/<testsuites /g)).toHaveLength(1);
    expect(out).toContain('hostname="no-token"');
    const sarif = JSON.parse((await run('prod-east', 'no-token', '--format', 'sarif')).out) as {
      runs: unknown[];
    };
    expect(sarif.runs).toHaveLength(2);
  });

  it.each([
    ['a glob that matches nothing', ['prd-*'], 'prod-east'],
    ['a name that is none', ['prod-east', 'prod-wset'], 'prod-east'],
    ['an owner that has none', ['owner:platfrom'], 'owner:platform'],
    ['a label that none has', ['prod-east', 'label:team=paymens'], 'label:team=payments'],
    ['names beside --all', ['--all', 'prod-east'], '--all'],
  ])('refuses %s', async (_, argv, expected) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([exit.usage, '']);
    expect(err).toContain(expected);
  });

  it('gives monitors the status that they expect', async () => {
    expect((await run('prod-weak', '--exit-codes', 'monitor')).code).toBe(3);
    // A mistake says nothing about the cluster; 2 would be an error of it.
    for (const argv of [['nope'], ['--only', 'nope'], ['--format', 'nope'], ['--snapshot', '/absent']])
      expect((await run(...argv, '--exit-codes', 'monitor')).code).toBe(3);
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'wset' }] }],
    });
    expect((await run('prod-east', '--exit-codes', 'monitor')).code).toBe(2);
    expect(
      (await run('prod-east', '--exit-codes', 'monitor', '--only', 'exported-services-exist')).code,
    ).toBe(1);
    expect((await run('prod-east', '--exit-codes', 'monitor', '--only', 'cluster-leader')).code).toBe(0);
  });

  it('runs only the checks that were chosen', async () => {
    const ids = async (...argv: string[]) => {
      const { out } = await run('prod-east', '--format', 'json', ...argv);
      return (JSON.parse(out) as { results: { id: string; group: string }[] }).results;
    };
    expect((await ids('--only', 'consul,acl-*')).map(({ group }) => group)).toEqual(
      registry
        .filter(({ id, group }) => group === 'consul' || id.startsWith('acl-'))
        .map(({ group }) => group),
    );
    expect((await ids('--skip', 'consul')).some(({ group }) => group === 'consul')).toBe(false);
    expect((await run('prod-east', '--only', 'mesh-gatways')).code).toBe(exit.usage);
    expect((await run('prod-east', '--only', 'consul', '--skip', 'consul')).code).toBe(exit.usage);
  });

  it('waits until nothing is found, and gives up in the end', async () => {
    const waiting = run('prod-east', '--wait', '1m', '--only', 'exported-services-peer-known');
    // After the first attempt, which finds it.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await agent.call('DELETE', '/v1/config/exported-services/default');
    const { code, err } = await waiting;
    expect(code).toBe(exit.fine);
    expect(err).toContain('next attempt');
    expect((await run('prod-down', '--wait', '1s')).code).toBe(exit.undecided);
  }, 30_000);
});
