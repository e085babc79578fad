import { exampleUpstream } from '../../../src/checks/examples/parts';
import { chainsByUpstream, compiledTargets } from '../../../src/checks/traffic/compiled-targets';
import type { CompiledChain } from '../../../src/snapshot/snapshot';

const endpoint = '/v1/discovery-chain/web';

interface Target {
  readonly peer?: string;
  readonly datacenter?: string;
  readonly namespace?: string;
}

const targetOf = (service: string, { peer = '', datacenter = 'dc1', namespace }: Target) => ({
  ID: service,
  Service: service,
  ServiceSubset: '',
  Peer: peer,
  Datacenter: peer === '' ? datacenter : '',
  ...(namespace === undefined ? {} : { Namespace: namespace }),
});

const nodeOf = (name: string) => ({ Type: '', Name: name, Routes: [], Splits: [] });

/** A chain of `web` with a router, whose routes lead to the resolvers of these targets, each perhaps with a fallback. */
const chainOf = (
  targets: Readonly<Record<string, Target & { readonly fallback?: string }>>,
  over: Partial<CompiledChain> = {},
): CompiledChain => ({
  endpoint,
  service: 'Web',
  protocol: '',
  chain: {
    ServiceName: 'web',
    Datacenter: 'dc1',
    Protocol: 'http',
    Default: false,
    StartNode: 'router:web.default.default',
    Nodes: {
      'router:web.default.default': {
        ...nodeOf('web.default.default'),
        Routes: Object.keys(targets).map((name) => ({ NextNode: `resolver:${name}.default.default.dc1` })),
      },
      ...Object.fromEntries(
        Object.entries(targets).map(([name, { fallback }]) => [
          `resolver:${name}.default.default.dc1`,
          {
            ...nodeOf(name),
            Resolver: {
              Target: name,
              Failover: fallback === undefined ? null : { Targets: [fallback] },
            },
          },
        ]),
      ),
    },
    Targets: Object.fromEntries(Object.entries(targets).map(([name, one]) => [name, targetOf(name, one)])),
  },
  ...over,
});

const entry = (Kind: string, Name: string) => ({
  entry: { Kind, Name },
  at: { endpoint: `/v1/config/${Kind}`, path: `[${Name}]` },
});

const peerNamed = (name: string) => (name.toLowerCase() === 'west' ? 'West' : name);
const targetsOf = (chain: CompiledChain, entries: Parameters<typeof compiledTargets>[1] = []) =>
  compiledTargets(chain, entries, 'dc1', peerNamed);

const short = (chain: CompiledChain) =>
  targetsOf(chain).map(
    ({ via, service, namespace, peer, datacenter }) =>
      `${via} ${service}.${namespace}${peer && `@${peer}`}${datacenter && ` in ${datacenter}`}`,
  );

describe('the targets of a compiled chain', () => {
  it('are each listed, with the peering as it is spelled', () => {
    expect(short(chainOf({ web: {}, api: {}, billing: { peer: 'WEST' } }))).toEqual([
      'upstream web.default',
      'redirect api.default',
      'redirect billing.default@West',
    ]);
  });

  it('name another datacenter, and another namespace', () => {
    expect(short(chainOf({ web: { datacenter: 'dc2' }, api: { namespace: 'team' } }))).toEqual([
      'upstream web.default in dc2',
      'redirect api.team',
    ]);
  });

  it('are a redirect where a peer has a service of that name, and failover where they take over', () => {
    expect(short(chainOf({ web: { peer: 'west' } }))).toEqual(['redirect web.default@West']);
    const { chain, ...more } = chainOf({ api: { fallback: 'web' }, web: {} });
    const own = { ...chain.Targets['web'], ...targetOf('web', {}) };
    const Nodes = { ...chain.Nodes, 'resolver:web.default.default.dc1': nodeOf('web') };
    expect(short({ ...more, chain: { ...chain, Nodes, Targets: { ...chain.Targets, web: own } } })).toEqual([
      'redirect api.default',
      'failover web.default',
    ]);
  });

  it('name the splitter that sends them a share, by whatever way, where they are in the same partition', () => {
    const { chain, ...rest } = chainOf({
      web: {},
      api: { fallback: 'spare' },
      billing: { peer: 'west' },
      far: {},
      spare: {},
    });
    const splitter = 'splitter:split.default.default';
    const far = { ...targetOf('far', {}), Partition: 'other' };
    const node = (name: string) => `resolver:${name}.default.default.dc1`;
    const Splits = ['web', 'api', 'billing', 'far'].map((name) => ({ NextNode: node(name), Weight: 25 }));
    const Nodes = {
      ...chain.Nodes,
      'router:web.default.default': {
        ...nodeOf('web.default.default'),
        Routes: [{ NextNode: node('web') }, { NextNode: splitter }],
      },
      [splitter]: { ...nodeOf(splitter), Splits },
    };
    const found = targetsOf({ ...rest, chain: { ...chain, Nodes, Targets: { ...chain.Targets, far } } });
    expect(found.map((one) => [one.service, one.splitter?.name, one.hasStandIn])).toEqual([
      ['web', 'split', undefined],
      ['api', 'split', true],
      ['billing', 'split', undefined],
      ['far', undefined, undefined],
      ['spare', undefined, undefined],
    ]);
  });

  it('name the entries on their way as evidence, and no others', () => {
    const entries = [
      entry('service-router', 'WEB'),
      entry('service-resolver', 'api'),
      entry('service-resolver', 'Billing'),
      entry('service-resolver', 'bill'),
    ];
    const targets = targetsOf(chainOf({ api: {}, billing: { peer: 'west' } }), entries);
    const shown = targets.map(({ trail }) => trail.map((one) => `${one.endpoint}${one.path}`));
    expect(shown).toEqual([
      [
        '/v1/config/service-router[WEB]',
        '/v1/config/service-resolver[api]',
        `${endpoint}Chain.Targets["api"]`,
      ],
      [
        '/v1/config/service-router[WEB]',
        '/v1/config/service-resolver[Billing]',
        `${endpoint}Chain.Targets["billing"]`,
      ],
    ]);
    expect(targets.map(({ trail }) => trail.at(-1)?.value)).toEqual([
      { Service: 'api' },
      { Service: 'billing', Peer: 'west' },
    ]);
  });

  it('name the entries of the called service where no node is of it', () => {
    const { chain, ...more } = chainOf({ api: {} });
    const direct = { ...chain, StartNode: 'resolver:api.default.default.dc1' };
    const [target] = targetsOf({ ...more, chain: direct }, [entry('service-resolver', 'web')]);
    expect(target?.trail.map((one) => one.endpoint)).toEqual(['/v1/config/service-resolver', endpoint]);
  });
});

describe('the chain of an upstream', () => {
  const [plain, http, elsewhere] = [
    chainOf({}, { service: 'web' }),
    chainOf({}, { service: 'web', protocol: 'http' }),
    chainOf({}, { service: 'web', datacenter: 'dc2' }),
  ];
  const upstream = (over: Parameters<typeof exampleUpstream>[0]) =>
    exampleUpstream({ DestinationName: 'web', DestinationPeer: '', Datacenter: '', Config: {}, ...over });

  it.each([
    ['names nothing else', {}, plain],
    ['sets a protocol', { Config: { protocol: 'http' } }, http],
    ['names a datacenter', { Datacenter: 'dc2' }, elsewhere],
    ['sets another protocol', { Config: { protocol: 'grpc' } }, undefined],
    ['calls another service', { DestinationName: 'api' }, undefined],
  ])('that %s', (_, over, expected) => {
    expect(chainsByUpstream([plain, http, elsewhere])(upstream(over))).toBe(expected);
  });
});
