import fc from 'fast-check';
import type { UpstreamTarget } from '../../../src/checks/model';
import { openSnapshot } from '../../../src/checks/view';
import { upstreamsView } from '../../../src/checks/views/upstreams';
import { rowsOf } from '../../../src/snapshot/section';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions, type EndOfRange, startConsul } from '../../lab/consul';
import { gatherFrom } from '../../snapshot/reading';
import { visible } from '../world';
import { arbitraryChainWorld, type CalledUpstream, type ChainWorld, peerNames } from './arbitrary-entries';

/** Worlds that are tried on each version, and the minimum of upstreams that are compared. */
const sizes = {
  newest: { worlds: 70, minCompared: 1000 },
  oldest: { worlds: 20, minCompared: 250 },
} as const satisfies Readonly<Record<EndOfRange, object>>;

/** Maximum of upstreams in a world. */
const perWorld = 40;

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

const kinds = [
  'service-router',
  'service-splitter',
  'service-resolver',
  'service-defaults',
  'proxy-defaults',
] as const;

interface Chain {
  readonly Chain: {
    readonly StartNode: string;
    readonly Nodes: Readonly<
      Record<
        string,
        {
          readonly Routes?: readonly {
            readonly NextNode: string;
            readonly Definition: { readonly Match?: { readonly HTTP?: { readonly PathPrefix?: string } } };
          }[];
          readonly Splits?: readonly { readonly NextNode: string; readonly Weight?: number }[];
          readonly Resolver?: { readonly Target: string; readonly Failover?: { readonly Targets: string[] } };
        }
      >
    >;
    readonly Targets: Readonly<Record<string, { Service: string; Datacenter: string; Peer?: string }>>;
  };
}

/** An end of a chain as `service@peer` or `service.datacenter`, with `standby` where it is failover. */
const labelOf = (service: string, peer: string, datacenter: string, isStandby: boolean): string =>
  `${service.toLowerCase()}${peer === '' ? `.${datacenter || 'dc1'}` : `@${peer.toLowerCase()}`}${isStandby ? ' standby' : ''}`;

const labelsOf = (targets: readonly UpstreamTarget[]): readonly string[] =>
  [
    ...new Set(
      targets.map(({ service, peer, datacenter, via }) =>
        labelOf(service, peer, datacenter, via === 'failover'),
      ),
    ),
  ].sort();

const Node = 'app-1';

/** The nodes that calls reach: legs of weight 0, which Consul leaves out of the answer, get none. */
const reachedNodes = ({ StartNode, Nodes }: Chain['Chain']): readonly Chain['Chain']['Nodes'][string][] => {
  const reached = new Set([StartNode]);
  for (const name of reached) {
    for (const { NextNode, Definition } of Nodes[name]?.Routes ?? []) {
      reached.add(NextNode);
      // No request gets past a route that takes all.
      if (Definition.Match?.HTTP?.PathPrefix === '/') break;
    }
    for (const { NextNode, Weight = 0 } of Nodes[name]?.Splits ?? []) if (Weight > 0) reached.add(NextNode);
  }
  return [...reached].flatMap((name) => Nodes[name] ?? []);
};

/** Divides upstreams among instances of a sidecar: Consul refuses two of one name in one registration. */
const instancesOf = (upstreams: readonly CalledUpstream[]): readonly (readonly CalledUpstream[])[] => {
  const taken = new Map<string, number>();
  const instances: CalledUpstream[][] = [];
  for (const one of upstreams) {
    const { DestinationName, DestinationPeer = '', Datacenter = '' } = one;
    const key = [DestinationName, DestinationPeer, Datacenter].join('/');
    const index = taken.get(key) ?? 0;
    taken.set(key, index + 1);
    (instances[index] ??= []).push(one);
  }
  return instances;
};

describeOnVersions('discovery chains, held against the compiler of Consul', (version) => {
  const { worlds, minCompared } = sizes[version];
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul({ acl: 'off', version });
    for (const PeerName of peerNames) await consul.call('POST', '/v1/peering/token', { PeerName });
  }, 60_000);
  afterAll(() => consul.stop());

  /** Deletes what a world has written. What others refer to goes later. */
  const clear = async (): Promise<void> => {
    for (let left = 1, rounds = 0; left > 0; rounds++) {
      if (rounds === 10) throw new Error('entries refer to each other, and none can be deleted');
      left = 0;
      for (const kind of kinds) {
        const entries = await consul.call<{ Name: string }[]>('GET', `/v1/config/${kind}`);
        const answers = await Promise.all(
          entries.map(({ Name }) => consul.request('DELETE', `/v1/config/${kind}/${Name}`)),
        );
        left += answers.filter(({ status }) => status >= 300).length;
      }
    }
  };

  /** Writes a world. Entries that Consul refuses, such as circles, are left out. */
  const write = async ({ entries, upstreams }: ChainWorld): Promise<void> => {
    await clear();
    for (const entry of entries) await consul.request('PUT', '/v1/config', entry);
    await consul.request('PUT', '/v1/catalog/deregister', { Node });
    for (const [index, instance] of instancesOf(upstreams).entries()) {
      await consul.call('PUT', '/v1/catalog/register', {
        Node,
        Address: '127.0.0.1',
        Service: {
          Kind: 'connect-proxy',
          ID: `caller-${index}`,
          Service: 'caller-sidecar-proxy',
          Port: 21_000 + index,
          Proxy: {
            DestinationServiceName: 'caller',
            Upstreams: instance.map((one) => ({ ...one, LocalBindPort: 9000 + upstreams.indexOf(one) })),
          },
        },
      });
    }
  };

  /**
   * Has Consul compile what a sidecar with this upstream asks for. Undefined where it cannot: an entry names a subset that is
   * defined for the name in another case.
   */
  const compile = async (upstream: CalledUpstream): Promise<readonly string[] | undefined> => {
    const { DestinationName, DestinationPeer = '', Datacenter = '', Config = {} } = upstream;
    if (DestinationPeer !== '') return [labelOf(DestinationName, DestinationPeer, '', false)];
    const [protocol] = Object.values(Config);
    const { status, body } = await consul.request<Chain>(
      'POST',
      `/v1/discovery-chain/${DestinationName}?compile-dc=${Datacenter}`,
      protocol === undefined ? {} : { OverrideProtocol: protocol },
    );
    if (status >= 300) return undefined;
    const { Chain } = body;
    const label = (id: string, isStandby: boolean): string => {
      const { Service = '', Peer = '', Datacenter: dc = '' } = Chain.Targets[id] ?? {};
      return labelOf(Service, Peer, dc, isStandby);
    };
    const ends = reachedNodes(Chain).flatMap(({ Resolver }) =>
      Resolver
        ? [label(Resolver.Target, false), ...(Resolver.Failover?.Targets ?? []).map((id) => label(id, true))]
        : [],
    );
    return [...new Set(ends)].sort();
  };

  /** Resolves as checks do, in the order of the upstreams of the world. */
  const resolvedIn = (snapshot: Snapshot, upstreams: readonly CalledUpstream[]) => {
    const rows = rowsOf(openSnapshot(snapshot, {}).read(upstreamsView));
    const found = new Map(rows.map((row) => [`${row.proxyId}/${row.index}`, labelsOf(row.targets)]));
    const instances = instancesOf(upstreams);
    return upstreams.map((one) => {
      const instance = instances.findIndex((some) => some.includes(one));
      return found.get(`caller-${instance}/${instances[instance]?.indexOf(one)}`);
    });
  };

  const modelled = ({ sections, ...rest }: Snapshot): Snapshot => ({
    ...rest,
    sections: { ...sections, discoveryChains: visible([]) },
  });

  it(`are resolved as Consul compiles them, and the model of them agrees (FC_SEED=${seed})`, async () => {
    let compared = 0;
    let atPeers = 0;
    const agrees = fc.asyncProperty(arbitraryChainWorld(perWorld), async (world) => {
      await write(world);
      const snapshot = await gatherFrom(consul);
      const expected = await Promise.all(world.upstreams.map(compile));
      const failed = expected.includes(undefined);
      const read = resolvedIn(snapshot, world.upstreams);
      const model = resolvedIn(modelled(snapshot), world.upstreams);
      if (read.every((labels) => labels === undefined)) {
        // Sidecars are read where something resolves to a peer.
        expect(expected.flat().filter((label) => label?.includes('@'))).toEqual([]);
        return;
      }
      // Hidden where the only chain cannot be compiled.
      if (failed) expect(snapshot.sections.discoveryChains.visibility).not.toBe('visible');
      compared += expected.length;
      atPeers += expected.filter((labels) => labels?.some((label) => label.includes('@'))).length;
      const rows = (found: readonly (readonly string[] | undefined)[]) =>
        world.upstreams.flatMap((upstream, index) =>
          expected[index] === undefined ? [] : [[JSON.stringify(upstream), found[index]]],
        );
      expect({ read: rows(read), model: rows(model) }).toEqual({
        read: rows(expected),
        model: rows(expected),
      });
    });
    await fc.assert(agrees, { numRuns: worlds, seed });
    // Worlds differ in size: a seed of small ones is followed by others until enough was compared.
    const isEnough = () => compared >= minCompared && atPeers > minCompared / 5;
    for (let more = 1; more <= 4 && !isEnough(); more++)
      await fc.assert(agrees, { numRuns: worlds, seed: seed + more });
    expect(compared).toBeGreaterThanOrEqual(minCompared);
    expect(atPeers).toBeGreaterThan(minCompared / 5);
  }, 300_000);
});
