import { createProber, type Prober } from '../../src/probe/probe-addresses';
import { loadSnapshot } from '../../src/snapshot/load-snapshot';
import { saveSnapshot } from '../../src/snapshot/save-snapshot';
import { describeWith } from '../lab/binaries';
import { startTrafficPair, type TrafficPair } from '../lab/envoy';
import { waitFor } from '../lab/process';
import { gatherFrom, valueOf } from './reading';

const loopback = createProber({ allowLoopback: true });

describeWith(['consul', 'envoy'], 'addresses that real clusters hand out', () => {
  let pair: TrafficPair;
  beforeAll(async () => {
    pair = await startTrafficPair();
    await waitFor('traffic', async () => (await pair.call()) === 200, { timeoutMs: 30_000 });
  }, 120_000);
  afterAll(() => pair.stop());

  const probesOf = async (side: 'east' | 'west', prober: Prober = loopback) =>
    valueOf(await gatherFrom(pair[side].agent, undefined, { prober }), 'probes');

  const trustDomainOf = async (side: 'east' | 'west'): Promise<string> =>
    (await pair[side].agent.call<{ TrustDomain: string }>('GET', '/v1/connect/ca/roots')).TrustDomain;

  it('answer with the certificates of the clusters that are expected', async () => {
    const [east, west] = [await trustDomainOf('east'), await trustDomainOf('west')];
    const found = async (side: 'east' | 'west') =>
      (await probesOf(side)).map(({ use, outcome, certificate }) => [use, outcome, certificate?.trustDomain]);
    expect(await found('west')).toEqual([
      ['peer-server', 'tls', east],
      ['gateway', 'connected', undefined],
      ['peer-gateway', 'tls', east],
    ]);
    expect(await found('east')).toEqual([
      ['gateway', 'tls', east],
      ['server', 'tls', east],
    ]);
    expect(west).not.toBe(east);
    for (const side of ['east', 'west'] as const) {
      for (const { certificate, expectedTrustDomain } of await probesOf(side)) {
        if (certificate) expect(certificate.trustDomain).toBe(expectedTrustDomain);
      }
    }
  });

  it('are all that is connected to, and each is in an answer of Consul', async () => {
    const targeted: string[] = [];
    const prober: Prober = (targets) => {
      targeted.push(...targets.map(({ host, port }) => `${host}:${port}`));
      return Promise.resolve(targets.map(() => undefined));
    };
    const { agent } = pair.west;
    const snapshot = await gatherFrom(agent, undefined, { prober });
    const [peering, gateways, imported] = await Promise.all([
      agent.call<{ PeerServerAddresses: string[] }>('GET', '/v1/peering/east'),
      agent.call<{ Service: { TaggedAddresses: { wan: { Address: string; Port: number } } } }[]>(
        'GET',
        '/v1/health/service/mesh-gateway',
      ),
      agent.call<{ Service: { TaggedAddresses: { wan: { Address: string; Port: number } } } }[]>(
        'GET',
        '/v1/health/connect/api?peer=east',
      ),
    ]);
    const handedOut = [
      ...peering.PeerServerAddresses,
      ...[...gateways, ...imported].map(({ Service }) => {
        const { Address, Port } = Service.TaggedAddresses.wan;
        return `${Address}:${Port}`;
      }),
    ];
    expect(targeted).toEqual(handedOut);
    // None was probed, which is said.
    expect(snapshot.sections.probes).toMatchObject({
      visibility: 'hidden',
      reason: { kind: 'not-gathered' },
    });
  });

  it('are not connected to where nobody asks for it', async () => {
    const snapshot = await gatherFrom(pair.west.agent);
    expect(snapshot.sections.probes).toMatchObject({
      visibility: 'hidden',
      reason: { kind: 'not-gathered' },
    });
  });

  it('on loopback are not connected to where the bot is elsewhere', async () => {
    const outcomes = (await probesOf('west', createProber({ allowLoopback: false }))).map(
      ({ outcome }) => outcome,
    );
    expect(outcomes).toEqual(['forbidden', 'forbidden', 'forbidden']);
  });

  it('are kept in a saved snapshot', async () => {
    const snapshot = await gatherFrom(pair.west.agent, undefined, { prober: loopback });
    const loaded = loadSnapshot(saveSnapshot(snapshot));
    expect(loaded.ok && loaded.value.sections.probes).toEqual(snapshot.sections.probes);
  });

  it('that no longer answer are distinguished', async () => {
    const { agent } = pair.east;
    // A gateway whose port is not that of its Envoy, as after a change of the load balancer.
    const gateway = await agent.call<{ 'mesh-gateway': { TaggedAddresses: { wan: { Port: number } } } }>(
      'GET',
      '/v1/agent/services',
    );
    const { Port } = gateway['mesh-gateway'].TaggedAddresses.wan;
    await agent.call('PUT', '/v1/agent/service/register', {
      Kind: 'mesh-gateway',
      Name: 'mesh-gateway',
      Address: '127.0.0.1',
      Port,
      TaggedAddresses: { wan: { Address: '127.0.0.1', Port: 1 } },
    });
    await waitFor('the address to reach west', async () =>
      (await probesOf('west')).some(
        ({ use, address }) => use === 'peer-gateway' && address === '127.0.0.1:1',
      ),
    );
    expect((await probesOf('west')).find(({ use }) => use === 'peer-gateway')?.outcome).toBe('refused');
    expect((await probesOf('east')).find(({ use }) => use === 'gateway')?.outcome).toBe('refused');
  });
});
