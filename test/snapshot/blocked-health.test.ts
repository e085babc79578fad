import { openSnapshot } from '../../src/checks/view';
import { runChecks } from '../../src/checks/runner';
import { pathsView } from '../../src/checks/views/paths';
import { manyServices } from '../../src/snapshot/instances';
import { rowsOf } from '../../src/snapshot/section';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { gatherFrom } from './reading';

/** In a cluster with many services, sidecars are read node by node, and the critical checks of all of them in one read. */
describeWith(['consul'], 'critical checks that an agent does not show', () => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ config: { http_config: { block_endpoints: ['/v1/health/state/'] } } });
    await agent.call('POST', '/v1/peering/token', { PeerName: 'east' });
    for (let index = 0; index <= manyServices; index++) {
      await agent.call('PUT', '/v1/catalog/register', {
        Node: 'n1',
        Address: '192.0.2.1',
        SkipNodeUpdate: index > 0,
        Service: {
          Kind: 'connect-proxy',
          ID: `web-${index}-sidecar-proxy`,
          Service: `web-${index}-sidecar-proxy`,
          Port: 21_000,
          Proxy: {
            DestinationServiceName: `web-${index}`,
            Upstreams: [{ DestinationName: 'api', DestinationPeer: 'east', LocalBindPort: 9000 }],
          },
        },
      });
    }
  }, 120_000);
  afterAll(() => agent.stop());

  it('leave it open whether the sidecars run, and which checks do not apply', async () => {
    const snapshot = await gatherFrom(agent);
    const { sidecars } = snapshot.sections;
    expect(sidecars.visibility).toBe('partial');
    expect(sidecars.visibility === 'partial' && sidecars.reason).toMatchObject({
      endpoint: '/v1/health/state/critical',
    });
    expect(rowsOf(sidecars)).toHaveLength(manyServices + 1);

    const paths = rowsOf(openSnapshot(snapshot).read(pathsView));
    expect(paths).toHaveLength(manyServices + 1);
    const ofConsumers = paths.flatMap(({ hops }) => hops.filter(({ name }) => name === 'consumer'));
    expect(new Set(ofConsumers.map(({ status }) => status))).toEqual(new Set(['unknown']));
    expect(paths.filter(({ status }) => status === 'pass')).toEqual([]);

    const { results } = runChecks(snapshot);
    const result = results.find(({ id }) => id === 'upstream-destination-name');
    expect([result?.status, result?.reason]).toEqual([
      'unknown',
      expect.stringContaining('/v1/health/state/critical'),
    ]);
  });
});
