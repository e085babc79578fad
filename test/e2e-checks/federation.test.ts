import { runChecks } from '../../src/checks/runner';
import { openSnapshot } from '../../src/checks/view';
import { pathsView } from '../../src/checks/views/paths';
import { gatherWithOtherSides } from '../../src/snapshot/gather-with-other-sides';
import { rowsOf } from '../../src/snapshot/section';
import { createConsulClient } from '../../src/consul/client';
import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type ConsulAgent, type ConsulOptions, describeOnVersions, startConsul } from '../lab/consul';
import { federated, passing, peer } from '../lab/pair';
import { waitFor } from '../lab/process';
import { clientOf, gatherFrom } from '../snapshot/reading';
import { applyShell, findingOf, register, resultOf, snippet } from './stage';

/** Reads a datacenter through an agent, as the clusters file can say it. */
const gatherIn = async (datacenter: string, { address }: ConsulAgent): Promise<Snapshot> => {
  const cluster = { name: 'secondary', datacenter };
  const client = createConsulClient({
    cluster: cluster.name,
    address,
    datacenter,
    tls: {},
    allowPlainHttp: false,
  });
  try {
    return await gatherSnapshot({ cluster, client });
  } finally {
    client.close();
  }
};

describeOnVersions('a secondary of a WAN federation', (version) => {
  const agents: ConsulAgent[] = [];
  const start = async (options: ConsulOptions): Promise<ConsulAgent> => {
    const agent = await startConsul({ version, ...options });
    agents.push(agent);
    return agent;
  };
  afterAll(() => Promise.all(agents.map((agent) => agent.stop())));

  /** A primary and its secondary. */
  const startFederation = async (): Promise<readonly [ConsulAgent, ConsulAgent]> => {
    const primary = await start({ datacenter: 'primary', acl: 'off' });
    const self = await primary.call<{ DebugConfig: { SerfPortWAN: number } }>('GET', '/v1/agent/self');
    const join = { retry_join_wan: [`127.0.0.1:${self.DebugConfig.SerfPortWAN}`] };
    const config = { primary_datacenter: 'primary', ...join };
    const secondary = await start({ datacenter: 'secondary', acl: 'off', config });
    await federated(primary, secondary);
    return [primary, secondary];
  };

  it('cannot export what a peer calls, and is not told to write an entry that Consul refuses', async () => {
    const [[primary, secondary], west] = await Promise.all([
      startFederation(),
      start({ datacenter: 'west', acl: 'off' }),
    ]);
    // Its servers get a certificate for peerings a moment after the trust domain, and refuse to be dialed until then.
    await waitFor('a peering of the secondary', async () => {
      await peer(secondary, 'west', west, 'secondary');
      return true;
    });
    await register(west, {
      Name: 'web',
      Connect: {
        SidecarService: {
          Check: passing,
          Proxy: {
            Upstreams: [{ DestinationName: 'api', DestinationPeer: 'secondary', LocalBindPort: 9191 }],
          },
        },
      },
    });
    const own = await gatherFrom(secondary);
    const value = await gatherFrom(west);
    const otherSides = [
      { peer: 'west', cluster: 'west', snapshot: { visibility: 'visible' as const, value } },
    ];
    const report = runChecks({
      ...own,
      sections: { ...own.sections, otherSides: { visibility: 'visible', value: otherSides } },
    });
    const finding = findingOf(report, 'primary-datacenter', 'cluster secondary');
    expect(finding?.severity).toBe('error');
    expect(finding && (await applyShell(secondary, snippet(finding, 'shell')))).toContain('primary');

    const entry = { Kind: 'exported-services', Name: 'default', Services: [] };
    expect((await secondary.request('PUT', '/v1/config', entry)).status).toBe(500);
    const missing = findingOf(report, 'exported-services-defined', 'peering west');
    expect(missing?.remediation).toEqual(finding?.remediation);

    const atPrimary = runChecks(await gatherFrom(primary));
    expect(resultOf(atPrimary, 'primary-datacenter').status).toBe('pass');

    // Consul forwards other reads to the secondary, and answers those of peerings itself.
    const throughPrimary = runChecks(await gatherIn('secondary', primary));
    expect(resultOf(throughPrimary, 'peering-active').status).toBe('unknown');
    const named = runChecks(await gatherIn('secondary', secondary));
    expect(resultOf(named, 'peering-active').status).toBe('pass');
  }, 180_000);

  it('is kept out of a service by an intention of the primary about local services', async () => {
    const [primary, secondary] = await startFederation();
    await register(primary, { Name: 'api', Connect: { SidecarService: { Check: passing } } });
    const Services = [{ Name: 'api', Consumers: [{ Peer: 'secondary' }] }];
    await primary.call('PUT', '/v1/config', { Kind: 'exported-services', Name: 'default', Services });
    await peer(primary, 'secondary', secondary, 'primary');
    const Upstreams = [{ DestinationName: 'api', DestinationPeer: 'primary', LocalBindPort: 9191 }];
    await register(secondary, {
      Name: 'web',
      Connect: { SidecarService: { Check: passing, Proxy: { Upstreams } } },
    });

    const [here, there] = [clientOf(primary), clientOf(secondary)];
    /** From each end: what the check says of the call, and the intention's hop of its path. */
    const decided = async (): Promise<readonly string[]> => {
      const reads = [
        { client: here, peer: 'secondary', far: there },
        { client: there, peer: 'primary', far: here },
      ].map(async ({ client, peer: name, far }) => {
        const snapshot = await gatherWithOtherSides({
          cluster: { name: 'checked' },
          client,
          otherSides: { [name]: { name: 'other', client: far } },
        });
        const { findings } = resultOf(runChecks(snapshot), 'intentions-allow-peer');
        const paths = rowsOf(openSnapshot(snapshot).read(pathsView));
        return [
          ...findings.map(({ severity, subject }) => `${severity} ${subject.name}`),
          ...paths.map(({ hops }) => hops.find(({ name }) => name === 'intention')?.status ?? ''),
        ].join(', ');
      });
      return Promise.all(reads);
    };
    const intend = (...Sources: readonly object[]): Promise<unknown> =>
      primary.call('PUT', '/v1/config', { Kind: 'service-intentions', Name: 'api', Sources });

    expect(await decided()).toEqual(['pass', 'pass']);
    await intend({ Name: '*', Action: 'deny' });
    const denied = 'error web of secondary → api, fail';
    expect(await decided()).toEqual([denied, denied]);
    await intend({ Name: '*', Action: 'deny' }, { Name: 'web', Action: 'allow' });
    expect(await decided()).toEqual(['pass', 'pass']);
    here.close();
    there.close();
  }, 180_000);
});
