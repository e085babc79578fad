import { exampleEntry, exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { openSnapshot } from '../../../src/checks/view';
import { upstreamsView } from '../../../src/checks/views/upstreams';
import { peerUpstreamsView } from '../../../src/checks/views/upstreams';
import type { ResolvedUpstream } from '../../../src/checks/model';
import type { Upstream } from '../../../src/consul/wire';
import type { Section, Snapshot } from '../../../src/snapshot/snapshot';
import { visible, hidden, partial, snapshotOf } from '../world';

type Some = Partial<Snapshot['sections']>;

const sectionFor = (
  upstream: Partial<Upstream>,
  sections: Some = {},
  peer?: string,
): Section<readonly ResolvedUpstream[]> => {
  const sidecar = exampleSidecar([
    exampleUpstream({ DestinationPeer: '', DestinationName: 'billing', ...upstream }),
  ]);
  return openSnapshot(snapshotOf({ sidecars: visible([sidecar]), ...sections }), { peer }).read(
    upstreamsView,
  );
};

const resolvedOf = (upstream: Partial<Upstream>, sections: Some = {}): ResolvedUpstream => {
  const section = sectionFor(upstream, sections);
  if (section.visibility !== 'visible' || !section.value[0]) throw new Error(`seen: ${section.visibility}`);
  return section.value[0];
};

/** Each end as `via service@peer`, `via service@dc:…` or `via service`. */
const ends = (upstream: Partial<Upstream>, sections: Some = {}): readonly string[] =>
  resolvedOf(upstream, sections).targets.map(
    ({ via, service, peer, datacenter }) =>
      `${via} ${service}${peer && `@${peer}`}${datacenter && `@dc:${datacenter}`}`,
  );

const target = (over: Record<string, string> = {}) => ({
  Service: '',
  ServiceSubset: '',
  Peer: '',
  Datacenter: '',
  SamenessGroup: '',
  ...over,
});

const resolver = (
  name: string,
  over: {
    redirect?: Record<string, string>;
    targets?: readonly Record<string, string>[];
    datacenters?: readonly string[];
    group?: string;
  },
) =>
  exampleEntry({
    Kind: 'service-resolver' as const,
    Name: name,
    Redirect: over.redirect ? target(over.redirect) : null,
    Failover:
      over.targets || over.datacenters || over.group
        ? {
            '*': {
              Service: '',
              Datacenters: [...(over.datacenters ?? [])],
              SamenessGroup: over.group ?? '',
              Targets: (over.targets ?? []).map(target),
            },
          }
        : {},
  });

const group = (name: string, peers: readonly string[], more: Record<string, unknown> = {}) =>
  exampleEntry({
    Kind: 'sameness-group' as const,
    Name: name,
    Members: [{ Partition: 'default', Peer: '' }, ...peers.map((Peer) => ({ Partition: '', Peer }))],
    ...more,
  });

describe('where an upstream leads', () => {
  it('is the peer that it names, whatever this cluster has configured for that name', () => {
    const sections = { serviceResolvers: visible([resolver('billing', { redirect: { Service: 'other' } })]) };
    expect(ends({ DestinationPeer: 'west' }, sections)).toEqual(['upstream billing@west']);
  });

  it('is this cluster if no entry rewrites the name', () => {
    expect(ends({})).toEqual(['upstream billing']);
  });

  it('is another datacenter, but not by the name of this one', () => {
    expect(ends({ Datacenter: 'dc2' })).toEqual(['upstream billing@dc:dc2']);
    expect(ends({ Datacenter: 'dc1' })).toEqual(['upstream billing']);
  });

  it('follows redirects, over several, to a peer', () => {
    const serviceResolvers = visible([
      resolver('billing', { redirect: { Service: 'payments' } }),
      resolver('payments', { redirect: { Service: 'ledger', Peer: 'west' } }),
    ]);
    expect(ends({}, { serviceResolvers })).toEqual(['redirect ledger@west']);
    expect(
      resolvedOf({}, { serviceResolvers }).targets[0]?.trail.map(({ endpoint, path }) => [endpoint, path]),
    ).toEqual([
      ['/v1/config/service-resolver/billing', 'Redirect'],
      ['/v1/config/service-resolver/payments', 'Redirect'],
    ]);
  });

  it('ends where redirects go round in a circle', () => {
    const serviceResolvers = visible([
      resolver('billing', { redirect: { Service: 'payments' } }),
      resolver('payments', { redirect: { Service: 'billing' } }),
    ]);
    expect(ends({}, { serviceResolvers })).toEqual([]);
  });

  it('counts failover targets beside the service itself', () => {
    const targets = [{ Peer: 'west' }, { Service: 'billing-old', Peer: 'lab' }, { Datacenter: 'dc3' }];
    expect(ends({}, { serviceResolvers: visible([resolver('billing', { targets })]) })).toEqual([
      'upstream billing',
      'failover billing@west',
      'failover billing-old@lab',
      'failover billing@dc:dc3',
    ]);
    expect(ends({}, { serviceResolvers: visible([resolver('billing', { datacenters: ['dc2'] })]) })).toEqual([
      'upstream billing',
      'failover billing@dc:dc2',
    ]);
  });

  it('redirects a failover target, but does not fail over from it', () => {
    const serviceResolvers = visible([
      resolver('billing', { targets: [{ Service: 'payments' }, { Service: 'ledger' }] }),
      resolver('payments', { redirect: { Peer: 'west' } }),
      resolver('ledger', { targets: [{ Peer: 'lab' }] }),
    ]);
    expect(ends({}, { serviceResolvers })).toEqual([
      'upstream billing',
      'failover payments@west',
      'failover ledger',
    ]);
  });

  it('goes through routers and splitters', () => {
    const sections: Some = {
      serviceRouters: visible([
        exampleEntry({
          Kind: 'service-router' as const,
          Name: 'billing',
          Routes: [
            { Match: { HTTP: { PathPrefix: '/admin' } }, Destination: { Service: 'admin' } },
            { Destination: null },
            // No request gets here.
            { Destination: { Service: 'old-admin' } },
          ],
        }),
      ]),
      serviceSplitters: visible([
        exampleEntry({
          Kind: 'service-splitter' as const,
          Name: 'billing',
          Splits: [{ Service: '' }, { Service: 'billing-next' }],
        }),
      ]),
      serviceResolvers: visible([
        resolver('billing-next', { redirect: { Peer: 'west' } }),
        resolver('admin', { redirect: { Peer: 'lab' } }),
      ]),
    };
    expect(ends({}, sections)).toEqual([
      'redirect admin@lab',
      'upstream billing',
      'redirect billing-next@west',
    ]);
  });

  it('follows each splitter once, however many lead to it', () => {
    const depth = 40;
    const serviceSplitters = visible(
      Array.from({ length: depth }, (_, n) =>
        exampleEntry({
          Kind: 'service-splitter' as const,
          Name: n === 0 ? 'billing' : `s${n}`,
          Splits: [{ Service: `s${n + 1}` }, { Service: `s${n + 1}` }],
        }),
      ),
    );
    expect(ends({}, { serviceSplitters })).toEqual([`redirect s${depth}`]);
  });

  it('resolves sameness groups: named by failover, by redirect, or the default of the partition', () => {
    const samenessGroups = visible([group('pair', ['west'])]);
    expect(
      ends({}, { samenessGroups, serviceResolvers: visible([resolver('billing', { group: 'pair' })]) }),
    ).toEqual(['upstream billing', 'sameness-group billing@west']);
    expect(
      ends(
        {},
        {
          samenessGroups,
          serviceResolvers: visible([resolver('billing', { redirect: { SamenessGroup: 'pair' } })]),
        },
      ),
    ).toEqual(['upstream billing', 'sameness-group billing@west']);
    expect(
      ends({}, { samenessGroups: visible([group('pair', ['west'], { DefaultForFailover: true })]) }),
    ).toEqual(['upstream billing', 'sameness-group billing@west']);
  });

  it('resolves prepared queries by name and by id', () => {
    const preparedQueries = visible([
      {
        ID: '8f246b77',
        Name: 'nearest-billing',
        Service: {
          Service: 'billing',
          Peer: '',
          SamenessGroup: '',
          Failover: { Datacenters: ['dc2'], Targets: [{ Peer: 'west', Datacenter: '' }] },
        },
      },
    ]);
    for (const DestinationName of ['nearest-billing', '8f246b77']) {
      expect(ends({ DestinationType: 'prepared_query', DestinationName }, { preparedQueries })).toEqual([
        'prepared-query billing',
        'prepared-query billing@west',
        'prepared-query billing@dc:dc2',
      ]);
    }
  });

  it('is not known of a prepared query that is not there, nor of an upstream without a name', () => {
    const query = resolvedOf({ DestinationType: 'prepared_query', DestinationName: 'gone' });
    const nameless = resolvedOf({ DestinationName: '' });
    expect([query.targets, nameless.targets]).toEqual([[], []]);
    expect([query.unresolved === '', nameless.unresolved === '']).toEqual([false, false]);
  });

  it('keeps the namespace of the upstream, else that of the sidecar', () => {
    const sidecar = exampleSidecar([exampleUpstream({ DestinationPeer: '' })], { namespace: 'shop' });
    const [own] = (
      openSnapshot(snapshotOf({ sidecars: visible([sidecar]) })).read(upstreamsView) as {
        value: readonly ResolvedUpstream[];
      }
    ).value;
    expect(own?.targets[0]?.namespace).toBe('shop');
    expect(resolvedOf({ DestinationNamespace: 'pay' }).targets[0]?.namespace).toBe('pay');
  });

  it('takes the entries of its own partition alone', () => {
    const foreign = resolver('billing', { redirect: { Peer: 'west' } });
    const serviceResolvers = visible([{ ...foreign, entry: { ...foreign.entry, Partition: 'edge' } }]);
    expect(ends({}, { serviceResolvers })).toEqual(['upstream billing']);
  });
});

describe('where an upstream was read', () => {
  it.each([
    ['/v1/catalog/node-services/app-1', 'Services[1]', 'Services[1].Proxy.Upstreams[0]'],
    ['/v1/catalog/service/web-sidecar-proxy', '[0]', '[0].ServiceProxy.Upstreams[0]'],
    ['/v1/health/connect/web', '[0]', '[0].Service.Proxy.Upstreams[0]'],
    ['/v1/agent/service/web-sidecar-proxy', '', 'Proxy.Upstreams[0]'],
  ])('below a row of %s', (endpoint, path, expected) => {
    const sidecar = exampleSidecar(undefined, { at: { endpoint, path } });
    const section = openSnapshot(snapshotOf({ sidecars: visible([sidecar]) })).read(upstreamsView);
    expect(section.visibility === 'visible' && section.value[0]?.at).toEqual({ endpoint, path: expected });
  });
});

describe('an entry about upstreams that is not visible', () => {
  it('hides nothing of an upstream that names its peer', () => {
    expect(sectionFor({ DestinationPeer: 'west' }, { serviceResolvers: hidden() }).visibility).toBe(
      'visible',
    );
  });

  it('leaves the rest partial', () => {
    const section = sectionFor({}, { serviceResolvers: hidden({ message: 'no resolvers' }) });
    expect(section).toMatchObject({ visibility: 'partial', reason: { message: 'no resolvers' } });
  });

  it('is nothing where this Consul has no such thing', () => {
    expect(sectionFor({}, { samenessGroups: hidden({ kind: 'unsupported' }) }).visibility).toBe('visible');
  });

  it('is all where no sidecar was seen', () => {
    expect(sectionFor({}, { sidecars: hidden({ message: 'no sidecars' }) })).toEqual(
      hidden({ message: 'no sidecars' }),
    );
    expect(sectionFor({}, { sidecars: partial([]) }).visibility).toBe('partial');
  });
});

describe('ways to peers', () => {
  it('are one for each peer that an upstream resolves to', () => {
    const serviceResolvers = visible([resolver('billing', { targets: [{ Peer: 'west' }, { Peer: 'lab' }] })]);
    const sidecars = visible([exampleSidecar([exampleUpstream({ DestinationPeer: '' })])]);
    const peers = (peer?: string) => {
      const section = openSnapshot(snapshotOf({ sidecars, serviceResolvers }), { peer }).read(
        peerUpstreamsView,
      );
      return section.visibility === 'hidden' ? [] : section.value.map((upstream) => upstream.peer);
    };
    expect(peers()).toEqual(['west', 'lab']);
    expect(peers('lab')).toEqual(['lab']);
  });

  it('narrowed to a peer, leave out upstreams that lead to others alone', () => {
    const names = (over: Partial<Upstream>, peer: string) => {
      const section = sectionFor(over, {}, peer);
      return section.visibility === 'hidden' ? [] : section.value.map(({ destination }) => destination);
    };
    expect(names({ DestinationPeer: 'west' }, 'west')).toEqual(['billing']);
    expect(names({ DestinationPeer: 'lab' }, 'west')).toEqual([]);
    expect(names({}, 'west')).toEqual(['billing']);
  });
});
