import type { ClusterConfig } from '../../../../src/config/config';
import { describeWith } from '../../../lab/binaries';
import { type ConsulAgent, startConsul } from '../../../lab/consul';
import { federated } from '../../../lab/pair';
import { type Proxy, startProxy } from '../proxy';
import { peeringOf, type Scenery, type Stage, setStageForEach } from '../stage';

jest.setTimeout(120_000);

/** Two datacenters of one WAN federation. Without ACLs, as those of a secondary come from its primary. */
const startFederation = async (): Promise<readonly ConsulAgent[]> => {
  const primary = await startConsul({ datacenter: 'east', acl: 'off' });
  const self = await primary.call<{ DebugConfig: { SerfPortWAN: number } }>('GET', '/v1/agent/self');
  const config = {
    primary_datacenter: 'east',
    retry_join_wan: [`127.0.0.1:${self.DebugConfig.SerfPortWAN}`],
  };
  const secondary = await startConsul({ datacenter: 'west', acl: 'off', config });
  await federated(primary, secondary);
  return [primary, secondary];
};

const startNamesakes = (): Promise<readonly ConsulAgent[]> =>
  Promise.all([startConsul({ datacenter: 'dc1' }), startConsul({ datacenter: 'dc1' })]);

const trustDomainOf = async (agent: ConsulAgent): Promise<string> =>
  (await agent.call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots')).TrustDomain;

describeWith(['redis', 'consul'], 'two datacenters of one federation', () => {
  let scenery: Scenery;
  let stage: Stage;
  let second: Proxy | undefined;
  setStageForEach((set) => ({ scenery, stage } = set), startFederation);
  afterEach(async () => {
    second?.stop();
    second = undefined;
    await stage.stop();
  });

  it('share a trust domain, and are connected, renewed and disconnected like two clusters', async () => {
    const { east, west } = scenery;
    expect(await trustDomainOf(east.agent)).toBe(await trustDomainOf(west.agent));
    for (const [what, as, states] of [
      [stage.connect, 'connected', ['ACTIVE', 'ACTIVE']],
      [stage.renew, 'renewed', ['ACTIVE', 'ACTIVE']],
      [stage.disconnect, 'disconnected', [undefined, undefined]],
    ] as const) {
      await stage.redis.flushall();
      expect(await stage.ask(what)).toEqual({ kind: 'done', as: 'asked' });
      expect(await stage.decide('approved')).toEqual({ kind: 'done', as: 'approved' });
      expect(await stage.runQueued()).toEqual([{ kind: 'done', as }]);
      const now = [await peeringOf(east, 'west'), await peeringOf(west, 'east')];
      expect(now.map((one) => one?.State)).toEqual(states);
    }
  });

  it.each<[string, (cluster: ClusterConfig, other: string) => ClusterConfig]>([
    ['a second address of the first', (cluster, address) => ({ ...cluster, address })],
    [
      'a second address of the first, said to be the other datacenter',
      (cluster, address) => ({ ...cluster, address, datacenter: 'west' }),
    ],
  ])('are not taken for two where one is %s', async (_, change) => {
    second = await startProxy(scenery.east.agent.address);
    const { address } = second;
    stage.reconfigure({
      clusters: (name, cluster) => (name === 'prod-west' ? change(cluster, address) : cluster),
    });
    expect(await stage.ask(stage.connect)).toEqual({ kind: 'done', as: 'refused' });
    expect(stage.cards()).toEqual([]);

    // Consul itself refuses it too.
    const { agent } = scenery.east;
    const body = { PeerName: 'itself' };
    const { PeeringToken } = await agent.call<{ PeeringToken: string }>('POST', '/v1/peering/token', body);
    const own = await agent.request('POST', '/v1/peering/establish', { PeerName: 'me', PeeringToken });
    expect(own.status).toBe(500);
  });
});

describeWith(['redis', 'consul'], 'two clusters whose datacenters have one name', () => {
  let scenery: Scenery;
  let stage: Stage;
  setStageForEach((set) => ({ scenery, stage } = set), startNamesakes);
  afterEach(() => stage.stop());

  it('are connected', async () => {
    await stage.ask(stage.connect);
    await stage.decide('approved');
    expect(await stage.runQueued()).toEqual([{ kind: 'done', as: 'connected' }]);
    const { east, west } = scenery;
    const [there, here] = [await peeringOf(east, 'west'), await peeringOf(west, 'east')];
    expect([there?.State, here?.State]).toEqual(['ACTIVE', 'ACTIVE']);
    expect(here?.PeerID).toBe(there?.ID);
  });
});
