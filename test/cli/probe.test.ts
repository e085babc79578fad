import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../src/cli/commands/check';
import { snapshot } from '../../src/cli/commands/snapshot';
import type { Report } from '../../src/report/report';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, waitFor } from '../lab/process';
import { startTls } from '../probe/servers';
import { runInProcess } from './support';

describeWith(['consul'], 'peering-bot check of a cluster with probes', () => {
  let agent: ConsulAgent;
  let folder: string;
  let env: Record<string, string>;
  let port = 0;

  beforeAll(async () => {
    [port = 0] = await freePorts(1);
    agent = await startConsul({ acl: 'off' });
    await agent.call('POST', '/v1/peering/token', { PeerName: 'west' });
    // Without a check, the catalog does not show that nothing listens.
    await agent.call('PUT', '/v1/agent/service/register', {
      Kind: 'mesh-gateway',
      Name: 'mesh-gateway',
      Address: '127.0.0.1',
      Port: port,
    });
    await waitFor(
      'the gateway to be in the catalog',
      async () => (await agent.call<unknown[]>('GET', '/v1/catalog/service/mesh-gateway')).length > 0,
    );
    folder = mkdtempSync(join(tmpdir(), 'cli-probe-'));
    const file = join(folder, 'clusters.yml');
    writeFileSync(
      file,
      `clusters:\n  on: { address: "${agent.address}", probe: true }\n  off: { address: "${agent.address}" }\n`,
    );
    env = { PEERING_CLUSTERS: file };
  }, 60_000);
  afterAll(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true });
  });

  const run = (...argv: readonly string[]) => runInProcess([check, snapshot], argv, { env });
  const reportOf = async (...argv: readonly string[]): Promise<Report> =>
    JSON.parse((await run('check', ...argv, '--format', 'json')).out) as Report;
  const gatewayStatus = ({ results }: Report): string | undefined =>
    results.find(({ id }) => id === 'mesh-gateway-healthy')?.status;
  const gatewayOutcome = ({ probes }: Report): string | undefined =>
    probes?.find(({ use }) => use === 'gateway')?.outcome;

  it('reports a gateway at which nothing listens, and passes once one does', async () => {
    const broken = await reportOf('on');
    expect([gatewayStatus(broken), gatewayOutcome(broken)]).toEqual(['fail', 'refused']);

    const { TrustDomain } = await agent.call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots');
    const server = await startTls({ uri: `spiffe://${TrustDomain}/gateway/mesh/dc/dc1`, port });
    try {
      const fixed = await reportOf('on');
      expect([gatewayStatus(fixed), gatewayOutcome(fixed)]).toEqual(['pass', 'tls']);
      expect((await run('check', 'on', '--verbose')).out).toContain(TrustDomain);
    } finally {
      await server.stop();
    }
  }, 30_000);

  it('connects to nothing where the settings do not ask for it', async () => {
    const server = await startTls({ port });
    try {
      expect((await reportOf('off')).probes).toBeUndefined();
      expect((await run('check', 'on', '--without', 'mesh/mesh')).out).not.toContain('probe');
      expect(server.connections()).toBe(0);
    } finally {
      await server.stop();
    }
  }, 30_000);

  it('decides the same from a saved snapshot, without connecting to anything', async () => {
    const file = join(folder, 'snapshot.json');
    await run('snapshot', 'on', '--out', file);
    const server = await startTls({ port });
    try {
      const saved = await reportOf('--snapshot', file);
      expect([gatewayStatus(saved), gatewayOutcome(saved)]).toEqual(['fail', 'refused']);
      expect(server.connections()).toBe(0);
      expect(readFileSync(file, 'utf8')).toContain('"probes"');
    } finally {
      await server.stop();
    }
  }, 30_000);
});
