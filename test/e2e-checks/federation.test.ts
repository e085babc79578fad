import { runChecks } from '../../src/checks/runner';
import { type ConsulAgent, type ConsulOptions, describeOnVersions, startConsul } from '../lab/consul';
import { passing, peer } from '../lab/pair';
import { waitFor } from '../lab/process';
import { gatherFrom } from '../snapshot/reading';
import { applyShell, findingOf, register, resultOf, snippet } from './stage';

describeOnVersions('a secondary of a WAN federation', (version) => {
  const agents: ConsulAgent[] = [];
  const start = async (options: ConsulOptions): Promise<ConsulAgent> => {
    const agent = await startConsul({ version, ...options });
    agents.push(agent);
    return agent;
  };
  afterAll(() => Promise.all(agents.map((agent) => agent.stop())));

  it('cannot export what a peer calls, and is not told to write an entry that Consul refuses', async () => {
    const primary = await start({ datacenter: 'primary', acl: 'off' });
    const self = await primary.call<{ DebugConfig: { SerfPortWAN: number } }>('GET', '/v1/agent/self');
    const join = { retry_join_wan: [`127.0.0.1:${self.DebugConfig.SerfPortWAN}`] };
    const [secondary, west] = await Promise.all([
      start({ datacenter: 'secondary', acl: 'off', config: { primary_datacenter: 'primary', ...join } }),
      start({ datacenter: 'west', acl: 'off' }),
    ]);
    await waitFor('the federation', async () => {
      const names = await secondary.call<string[]>('GET', '/v1/catalog/datacenters');
      return names.length === 2;
    });
    await peer(secondary, 'west', west, 'secondary');
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
  }, 90_000);
});
