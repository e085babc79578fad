import { aclSidecarServiceRead } from '../../../src/checks/acls/acl-sidecar-service-read';
import { runChecks } from '../../../src/checks/runner';
import type { CheckResult } from '../../../src/report/report';
import { type ConsulAgent, describeOnVersions } from '../../lab/consul';
import { type PeeredPair, startPeeredPair } from '../../lab/pair';
import { gatherFrom } from '../../snapshot/reading';

describeOnVersions('tokens of sidecars that call a peer', (version) => {
  let pair: PeeredPair;
  let west: ConsulAgent;
  beforeAll(async () => {
    pair = await startPeeredPair({ version, acl: 'deny' });
    west = pair.west.agent;
  }, 90_000);
  afterAll(() => pair.stop());

  const result = async (token?: string): Promise<CheckResult> => {
    const { results } = runChecks(await gatherFrom(west, token), { checks: [aclSidecarServiceRead] });
    const [only] = results;
    if (!only) throw new Error('the check did not run');
    return only;
  };

  const deleteTokensOf = async (service: string): Promise<void> => {
    const tokens = await west.call<{ AccessorID: string; ServiceIdentities?: { ServiceName: string }[] }[]>(
      'GET',
      '/v1/acl/tokens',
    );
    const own = tokens.filter(({ ServiceIdentities = [] }) =>
      ServiceIdentities.some(({ ServiceName }) => ServiceName === service),
    );
    for (const { AccessorID } of own) await west.call('DELETE', `/v1/acl/token/${AccessorID}`);
  };

  it('a sidecar whose token was deleted is named, and its snippet makes one that fits', async () => {
    // Another service keeps its token, as in a cluster where each has its own.
    await west.call('PUT', '/v1/acl/token', { ServiceIdentities: [{ ServiceName: 'reports' }] });
    expect((await result()).status).toBe('pass');

    await deleteTokensOf('web');
    const broken = await result();
    expect(broken.status).toBe('fail');
    expect(broken.findings.map(({ subject }) => subject.name)).toEqual(['web-sidecar-proxy']);

    const [script] = broken.findings.flatMap(({ remediation }) => remediation);
    expect((await west.shell(script?.code ?? '')).status).toBe(0);
    expect((await result()).status).toBe('pass');
  });

  it('is unknown to a token that may not read tokens', async () => {
    const weak = await west.tokenWith(
      'agent_prefix "" { policy = "read" }\nservice_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }\npeering = "read"\n',
    );
    expect(await result(weak.secret)).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('acl = "read"'),
    });
  });

  it.each([
    ['the right to write its own service', 'service "web" { policy = "write" }', 1],
    [
      'the right to read that very service and its node',
      'service "api" { policy = "read" }\nnode_prefix "e" { policy = "read" }',
      0,
    ],
    [
      'the right to read all services and nodes',
      'service_prefix "" { policy = "read" }\nnode_prefix "" { policy = "read" }',
      1,
    ],
  ])('Consul shows imported services to %s: %s', async (_name, rules, rows) => {
    const { secret } = await west.tokenWith(rules);
    const { status, body } = await west.request('GET', '/v1/health/connect/api?peer=east', undefined, secret);
    // Consul 1.14 leaves the rows out, later versions refuse the request.
    expect(status === 200 && Array.isArray(body) ? body.length : 0).toBe(rows);
  });
});
