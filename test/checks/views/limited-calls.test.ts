import type { SnapshotChanges } from '../../../src/checks/examples/healthy';
import {
  exampleEntry,
  exampleImportedService,
  exampleSidecar,
  exampleUpstream,
} from '../../../src/checks/examples/parts';
import { ServiceDefaults, type Upstream } from '../../../src/consul/wire';
import { mayStopImplicit } from '../../../src/checks/traffic/upstream-limits';
import type { SidecarInstance } from '../../../src/snapshot/snapshot';
import { twoClusters } from '../two-clusters';
import { hidden, resultOf, run } from '../world';

/** `web` as a transparent proxy, which calls `billing` of west without an upstream. */
const transparent = (
  upstreams: readonly Upstream[] = [],
  { Mode = 'transparent', ...changes }: Partial<SidecarInstance> & { readonly Mode?: string } = {},
): SnapshotChanges => {
  const sidecar = exampleSidecar(upstreams, { failing: [], ...changes });
  return { sidecars: [{ ...sidecar, proxy: { ...sidecar.proxy, Mode } }] };
};

const defaultsOf = (rest: object): SnapshotChanges => ({
  serviceDefaults: [exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', Name: 'web', ...rest }))],
});

const defaults = (Limits: object) => defaultsOf({ UpstreamConfig: { Defaults: { Limits } } });
const override = (Peer: string, Limits: object, Defaults: object = {}) =>
  defaultsOf({ UpstreamConfig: { Defaults, Overrides: [{ Name: 'billing', Peer, Limits }] } });

/** An upstream as an agent merges it into a registration. */
const merged = (DestinationName: string, DestinationPeer: string, limits: object): Upstream =>
  exampleUpstream({ DestinationName, DestinationPeer, Config: { limits }, CentrallyConfigured: true });

const byAgent = { managedBy: 'agent' as const };
const protocolThere = (Protocol: string): SnapshotChanges => ({
  serviceDefaults: [
    exampleEntry(ServiceDefaults.parse({ Kind: 'service-defaults', Name: 'billing', Protocol })),
  ],
});

/** The other side was not read; sidecars here get its service with this protocol. */
const alone = (protocol?: string): SnapshotChanges => ({
  otherSides: [{ peer: 'west', cluster: 'prod-west', snapshot: hidden() }],
  importedServices: [exampleImportedService(protocol === undefined ? {} : { protocol })],
});

const upstreamImported = (changes: SnapshotChanges, there: SnapshotChanges = {}) => {
  const { status, findings } = resultOf(run(twoClusters(changes, there)), 'upstream-imported');
  return [status, ...findings.map(({ subject }) => `${subject.kind} ${subject.name}`)];
};

const blocked = ['fail', 'upstream web-sidecar-proxy → billing'];
const noWaiting = { MaxPendingRequests: 0 };

describe('calls of transparent proxies without upstreams', () => {
  it.each<[string, SnapshotChanges, SnapshotChanges?]>([
    ['limits for all of them are 0', { ...transparent(), ...defaults(noWaiting) }],
    ['limits for one service of a peer are 0', { ...transparent(), ...override('west', noWaiting) }],
    [
      'central configuration makes the proxy transparent',
      {
        ...transparent([], { Mode: '' }),
        ...defaultsOf({ Mode: 'transparent', UpstreamConfig: { Defaults: { Limits: noWaiting } } }),
      },
    ],
    ['an agent has merged limits of 0', transparent([merged('*', '', noWaiting)], byAgent)],
    [
      'an agent has merged limits of 0 for one service',
      transparent([merged('*', '', {}), merged('billing', 'west', noWaiting)], byAgent),
    ],
    [
      'a limit of connections is 0, and the service is tcp',
      { ...transparent(), ...defaults({ MaxConnections: 0 }) },
    ],
    [
      'a limit of concurrent requests is 0, and the service is http',
      { ...transparent(), ...defaults({ MaxConcurrentRequests: 0 }) },
      protocolThere('http'),
    ],
    [
      'a limit of connections is 0, and the peer, which is not configured, serves tcp',
      { ...transparent(), ...defaults({ MaxConnections: 0 }), ...alone('tcp') },
    ],
  ])('are blocked where %s', (_, changes, there = {}) => {
    expect(upstreamImported(changes, there)).toEqual(blocked);
  });

  it.each<[string, SnapshotChanges, SnapshotChanges?]>([
    ['nothing is limited', transparent()],
    ['limits are above 0', { ...transparent(), ...defaults({ MaxConnections: 1 }) }],
    [
      'an override for the service replaces the 0',
      { ...transparent(), ...override('west', { MaxConnections: 9 }, { Limits: noWaiting }) },
    ],
    [
      'an agent has merged an override that replaces the 0',
      transparent([merged('*', '', noWaiting), merged('billing', 'west', { MaxConnections: 9 })], byAgent),
    ],
    ['limits of 0 are for the service here', { ...transparent(), ...override('', noWaiting) }],
    [
      'a limit of connections is 0, and the service is http',
      { ...transparent(), ...defaults({ MaxConnections: 0 }) },
      protocolThere('http'),
    ],
    ['the proxy is not transparent', { ...transparent([], { Mode: '' }), ...defaults(noWaiting) }],
  ])('flow where %s', (_, changes, there = {}) => {
    expect(upstreamImported(changes, there)).toEqual(['skip']);
  });

  it('flow where the only service has an upstream with limits of its own', () => {
    const own = exampleUpstream({ Config: { limits: { max_connections: 9 } } });
    expect(upstreamImported({ ...transparent([own]), ...defaults(noWaiting) })).toEqual(['pass']);
  });

  it('are unknown where the protocol decides, and is not visible', () => {
    const changes = { ...transparent(), ...defaults({ MaxConnections: 0 }), ...alone() };
    expect(upstreamImported(changes)).toEqual(['unknown']);
  });

  it('are reported once for a setting that stops all of them', () => {
    const changes = { ...transparent(), ...defaults(noWaiting) };
    const two = twoClusters(changes);
    const { peerings } = two.sections;
    if (peerings.visibility === 'hidden') throw new Error('no peerings');
    const list = peerings.value.list.map((one) => ({
      ...one,
      StreamStatus: one.StreamStatus && { ...one.StreamStatus, ImportedServices: ['billing', 'orders'] },
    }));
    expect(upstreamImported({ ...changes, peerings: { ...peerings.value, list } })).toEqual(blocked);
  });

  it('are freed in the entry that limits them', () => {
    const { findings } = resultOf(
      run(twoClusters({ ...transparent(), ...defaults({ ...noWaiting, MaxConnections: 5 }) })),
      'upstream-imported',
    );
    const code = findings.flatMap(({ remediation }) => remediation.map((one) => one.code)).join('\n');
    expect(code).toContain('MaxConnections');
    expect(code).not.toMatch(/MaxPendingRequests = 0/u);
  });
});

it.each<[object, boolean]>([
  [{}, false],
  [{ MaxConnections: 512, MaxPendingRequests: null }, false],
  [{ MaxConnections: 512, MaxPendingRequests: 0 }, true],
  [{ MaxConnections: 'many' }, true],
])('looks at all calls of a proxy with limits %j: %s', (limits, isLooked) => {
  const { proxy: shown } = exampleSidecar([]);
  const entry = ServiceDefaults.parse({
    Kind: 'service-defaults',
    Name: 'web',
    UpstreamConfig: { Overrides: [{ Name: 'billing', Limits: limits }] },
  });
  const ofAgent = { ...shown, Upstreams: [merged('*', '', limits)] };
  expect(mayStopImplicit({ shown }, exampleEntry(entry))).toBe(isLooked);
  expect(mayStopImplicit({ shown: ofAgent }, undefined)).toBe(isLooked);
});
