import fc from 'fast-check';

/** Random config entries that rewrite service names, and upstreams that call those names. */

export interface WrittenEntry {
  readonly Kind: string;
  readonly Name: string;
}

export interface CalledUpstream {
  readonly DestinationName: string;
  readonly DestinationPeer?: string;
  readonly Datacenter?: string;
  readonly Config?: Readonly<Record<string, string>>;
}

export interface ChainWorld {
  /** In an order in which Consul takes most of them. */
  readonly entries: readonly WrittenEntry[];
  readonly upstreams: readonly CalledUpstream[];
}

const names = ['api', 'db', 'pay', 'old', 'new', 'web'] as const;
/** Peerings of these names exist, but for `gone`. */
export const peerNames = ['east', 'lab'] as const;
const subsets = ['v1', 'v2'] as const;

const mostly = <T>(usual: T, weight: number, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: fc.constant(usual), weight },
    { arbitrary: fc.constantFrom(...others), weight: others.length },
  );

const service = fc.constantFrom(...names);
const maybeService = mostly<string>('', 3, ...names);
const subset = mostly<string>('', 6, ...subsets);
const peer = fc.constantFrom('east', 'east', 'lab', 'East', 'gone');

/** Without empty fields: Consul takes them for absent, and a shrunk world is easier to read. */
const short = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== '' && one !== null)) as T;

const toPeer = fc.record({ Service: service, Peer: peer });
const toService = fc.record({ Service: maybeService, ServiceSubset: subset }).map(short);
const toDatacenter = fc
  .record({ Service: maybeService, Datacenter: fc.constantFrom('dc1', 'dc2') })
  .map(short);
const failoverTarget = fc.oneof(
  toPeer,
  fc.record({ Peer: peer }),
  toService.filter((one) => Object.keys(one).length > 0),
  toDatacenter,
);

const failover = fc.oneof(
  fc.record({ Targets: fc.array(failoverTarget, { minLength: 1, maxLength: 3 }) }),
  fc
    .record({ Service: maybeService, Datacenters: fc.constantFrom(['dc2'], ['dc2', 'dc1']) })
    .map((one) => short(one)),
  fc.record({ Service: service, ServiceSubset: subset }).map(short),
);

const resolver = (Name: string): fc.Arbitrary<WrittenEntry> =>
  fc
    .record({
      Subsets: mostly<object>({}, 1, { v1: {} }, { v1: {}, v2: { Filter: 'Service.Meta.v == 2' } }),
      DefaultSubset: subset,
      Redirect: fc.option(fc.oneof(toPeer, toPeer, toService, toDatacenter), { nil: null }),
      Failover: fc.option(
        fc.dictionary(fc.constantFrom('*', '*', 'v1', 'v2'), failover, { minKeys: 1, maxKeys: 2 }),
        { nil: null },
      ),
    })
    .map(({ Redirect, Failover, ...rest }) => ({
      ...short(rest),
      // Consul takes one of both.
      ...(Redirect ? { Redirect } : Failover ? { Failover } : {}),
      Kind: 'service-resolver',
      Name,
    }));

const splitter = (Name: string): fc.Arbitrary<WrittenEntry> =>
  fc
    .record({ legs: fc.array(toService, { minLength: 1, maxLength: 3 }), rest: fc.constantFrom(10, 10, 0) })
    .map(({ legs, rest }) => ({
      Kind: 'service-splitter',
      Name,
      Splits: legs.map((leg, index) => ({
        ...leg,
        Weight: index === 0 ? 100 - rest * (legs.length - 1) : rest,
      })),
    }));

const router = (Name: string): fc.Arbitrary<WrittenEntry> =>
  fc
    .array(fc.tuple(fc.option(toService, { nil: undefined }), mostly<string>('', 5, '/')), {
      minLength: 1,
      maxLength: 3,
    })
    .map((routes) => ({
      Kind: 'service-router',
      Name,
      Routes: routes.map(([Destination, prefix], index) => ({
        Match: { HTTP: { PathPrefix: prefix || `/${index}` } },
        ...(Destination ? { Destination } : {}),
      })),
    }));

const protocols = ['tcp', 'http', 'grpc'] as const;

const ofEach = (
  make: (name: string) => fc.Arbitrary<WrittenEntry>,
  few: number,
): fc.Arbitrary<readonly WrittenEntry[]> =>
  fc
    .subarray([...names], { maxLength: few })
    .chain((chosen) => fc.tuple(...chosen.map(make)))
    .map((entries) => entries);

const upstream: fc.Arbitrary<CalledUpstream> = fc
  .record({
    DestinationName: fc.oneof(
      { arbitrary: service, weight: 9 },
      { arbitrary: service.map((name) => name.toUpperCase()), weight: 1 },
    ),
    DestinationPeer: mostly<string>('', 12, ...peerNames),
    Datacenter: mostly<string>('', 5, 'dc1', 'dc2'),
    protocol: mostly<string>('', 4, ...protocols),
    spelled: mostly<string>('protocol', 5, 'Protocol'),
  })
  .map(({ protocol, spelled, ...rest }) => ({
    ...short(rest.DestinationPeer === '' ? rest : { ...rest, Datacenter: '' }),
    ...(protocol === '' ? {} : { Config: { [spelled]: protocol } }),
  }));

export const arbitraryChainWorld = (maxUpstreams: number): fc.Arbitrary<ChainWorld> =>
  fc
    .record({
      global: mostly<string>('http', 4, 'tcp', 'grpc'),
      defaults: fc.dictionary(service, fc.constantFrom(...protocols), { maxKeys: 1 }),
      resolvers: ofEach(resolver, 5),
      splitters: ofEach(splitter, 3),
      routers: ofEach(router, 2),
      upstreams: fc.array(upstream, { minLength: 1, maxLength: maxUpstreams, size: 'max' }),
    })
    .map(({ global, defaults, resolvers, splitters, routers, upstreams }) => ({
      entries: [
        { Kind: 'proxy-defaults', Name: 'global', Config: { protocol: global } },
        ...Object.entries(defaults).map(([Name, Protocol]) => ({
          Kind: 'service-defaults',
          Name,
          Protocol,
        })),
        ...resolvers,
        ...splitters,
        ...routers,
      ],
      upstreams,
    }));
