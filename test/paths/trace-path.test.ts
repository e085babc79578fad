import type { HopName, HopStatus, PathFacts, PathRoute } from '../../src/paths/model';
import { traceHops } from '../../src/paths/trace-hops';
import { hops as allHops, tracePath } from '../../src/paths/trace-path';
import { healthyFacts } from './arbitrary-facts';
import { hopsWith } from './hop-faults';

const route: PathRoute = {
  consumer: { cluster: 'prod-west', service: 'web', namespace: 'default', proxy: 'web-sidecar-proxy' },
  called: 'api',
  destination: { cluster: 'prod-east', peer: 'east', service: 'api', namespace: 'default' },
  consumerPeer: 'west',
  via: 'upstream',
  standby: false,
};

/** Differences from a path on which traffic flows in local mode, and what becomes of one hop. */
type Row = readonly [
  name: string,
  changes: { readonly [K in keyof PathFacts]?: unknown } & { readonly route?: Partial<PathRoute> },
  hop: HopName,
  status: HopStatus | 'absent' | 'caution',
  checks?: readonly [consumer: string, destination: string],
];

/** For rows about instances that no discovery chain leads elsewhere. */
const noTargets = { targets: [] };

const limited = (name: string) => ({
  known: true,
  unserved: '',
  zeroLimits: { names: [name], by: 'its registration', protocol: '' },
});

const custom = (parts: { always?: string[]; forHttp?: string[]; protocol?: string }) => ({
  known: true,
  unserved: '',
  custom: { always: [], forHttp: [], ...parts },
});

const none = { total: 0, healthy: 0, failing: [] };
const down = { total: 2, healthy: 0, failing: ['a check'] };
const some = { total: 3, healthy: 1, failing: [] };

const rows: readonly Row[] = [
  [
    'all instances of the consumer are down',
    { consumer: down },
    'consumer',
    'fail',
    ['envoy-proxies', 'envoy-proxies'],
  ],
  ['some instances of the consumer are down', { consumer: some }, 'consumer', 'pass'],
  [
    'the peer has no peering',
    { upstream: { known: false, unserved: '' } },
    'upstream',
    'fail',
    ['upstream-destination-peer', 'upstream-destination-peer'],
  ],
  [
    'the upstream is a prepared query',
    { upstream: { known: true, preparedQuery: true } },
    'upstream',
    'fail',
    ['upstream-prepared-query', 'upstream-destination-peer'],
  ],
  [
    'the gateway that calls gets no configuration',
    { upstream: { known: true, unserved: 'tcp-route front of api-gateway edge' } },
    'upstream',
    'fail',
    ['upstream-destination-peer', 'upstream-destination-peer'],
  ],
  [
    'the route is bound to no listener of the gateway that calls',
    {
      upstream: { known: true, unserved: '', unbound: 'http-route front of api-gateway edge (FailedToBind)' },
    },
    'upstream',
    'fail',
    ['upstream-destination-peer', 'upstream-destination-peer'],
  ],
  [
    'no request may wait, with http',
    { upstream: limited('max_pending_requests'), protocol: { here: '', there: 'http' } },
    'upstream',
    'fail',
    ['upstream-imported', 'upstream-destination-peer'],
  ],
  [
    'no connection is allowed, with tcp',
    { upstream: limited('max_connections'), protocol: { here: '', there: '' } },
    'upstream',
    'fail',
    ['upstream-imported', 'upstream-destination-peer'],
  ],
  [
    'no connection is allowed, with http',
    { upstream: limited('max_connections'), protocol: { here: '', there: 'http' } },
    'upstream',
    'pass',
  ],
  [
    'no request is allowed, with tcp',
    { upstream: limited('max_concurrent_requests'), protocol: { here: '', there: 'tcp' } },
    'upstream',
    'pass',
  ],
  [
    'no connection is allowed through a redirect of a name that is tcp',
    {
      upstream: limited('max_connections'),
      protocol: { here: '', there: 'http' },
      route: { via: 'redirect' },
    },
    'upstream',
    'fail',
  ],
  [
    'no connection is allowed through a redirect of a name whose protocol is not visible',
    {
      upstream: { ...limited('max_connections'), zeroLimits: { names: ['max_connections'], by: 'x' } },
      route: { via: 'redirect' },
    },
    'upstream',
    'unknown',
  ],
  [
    'configuration of the caller decides about its calls',
    { upstream: custom({ always: ['a hatch'] }) },
    'upstream',
    'unknown',
    ['upstream-imported', 'upstream-destination-peer'],
  ],
  [
    'configuration of the caller decides about its HTTP calls',
    { upstream: custom({ forHttp: ['a script'] }), protocol: { here: '', there: 'grpc' } },
    'upstream',
    'unknown',
  ],
  [
    'configuration of the caller decides about HTTP calls, and these are tcp',
    { upstream: custom({ forHttp: ['a script'], protocol: 'http' }), protocol: { here: '', there: 'tcp' } },
    'upstream',
    'pass',
  ],
  [
    'configuration of the caller decides about HTTP calls, and a redirect of a name that is tcp',
    { upstream: custom({ forHttp: ['a script'], protocol: 'tcp' }), route: { via: 'redirect' } },
    'upstream',
    'pass',
  ],
  [
    'configuration of the caller decides about HTTP calls, and the protocol is not visible',
    { upstream: custom({ forHttp: ['a script'] }), route: { via: 'redirect' } },
    'upstream',
    'unknown',
  ],
  [
    'it is not visible whether a service beside that of the peer takes its share',
    { upstream: { known: true, unserved: '', hiddenLegs: 'its health was not read' } },
    'upstream',
    'unknown',
    ['failover-targets', 'upstream-destination-peer'],
  ],
  [
    'a service beside that of the peer is known to fail',
    { upstream: { known: true, unserved: '', deadLegs: 'it fails', hiddenLegs: 'its health was not read' } },
    'upstream',
    'caution',
  ],
  [
    'calls have little time',
    { upstream: { known: true, unserved: '', shortTimeouts: ['a timeout'] } },
    'upstream',
    'caution',
    ['upstream-imported', 'upstream-destination-peer'],
  ],
  [
    'the peering is PENDING',
    { peering: { state: 'PENDING', used: false } },
    'peering',
    'fail',
    ['peering-pending', 'peering-active'],
  ],
  [
    'the peering is PENDING again',
    { peering: { state: 'PENDING', used: true } },
    'peering',
    'fail',
    ['peering-active', 'peering-active'],
  ],
  [
    'the peering is FAILING',
    { peering: { state: 'FAILING', used: true } },
    'peering',
    'fail',
    ['peering-active', 'peering-active'],
  ],
  ['there is no heartbeat yet', { peering: { state: 'ACTIVE', silentMs: undefined } }, 'peering', 'pass'],
  ['the peer is silent for 120 s', { peering: { state: 'ACTIVE', silentMs: 120_000 } }, 'peering', 'pass'],
  [
    'the peer is silent for longer',
    { peering: { state: 'ACTIVE', silentMs: 120_001 } },
    'peering',
    'fail',
    ['peering-heartbeat', 'peering-active'],
  ],
  ['the mode is remote', { mode: { mode: 'remote', setBy: 'x' } }, 'gateway-mode', 'pass'],
  ['the mode is local', { mode: { mode: 'local', setBy: 'x' } }, 'gateway-mode', 'pass'],
  ['the mode is none', { mode: { mode: 'none', setBy: 'x' } }, 'gateway-mode', 'caution'],
  [
    'remote mode takes no local gateway',
    { mode: { mode: 'remote', setBy: 'x' }, localGateway: none },
    'local-gateway',
    'absent',
  ],
  [
    'local mode without a gateway',
    { localGateway: none },
    'local-gateway',
    'fail',
    ['mesh-gateway-local-registered', 'mesh-gateway-healthy'],
  ],
  [
    'local mode, and the gateway is down',
    { localGateway: down },
    'local-gateway',
    'fail',
    ['mesh-gateway-healthy', 'mesh-gateway-healthy'],
  ],
  [
    'no gateway at the other side',
    { remoteGateway: none },
    'remote-gateway',
    'fail',
    ['upstream-imported', 'mesh-gateway-registered'],
  ],
  [
    'the gateway at the other side is down',
    { remoteGateway: down },
    'remote-gateway',
    'fail',
    ['upstream-imported', 'mesh-gateway-healthy'],
  ],
  ['one of three gateways is healthy', { remoteGateway: some }, 'remote-gateway', 'pass'],
  [
    'the address is unspecified, which Linux takes for loopback',
    { address: { addresses: ['0.0.0.0:8443'] } },
    'gateway-address',
    'caution',
  ],
  [
    'the address is link-local',
    { address: { addresses: ['[fe80::1]:8443'] } },
    'gateway-address',
    'fail',
    ['mesh-gateway-wan-address', 'mesh-gateway-wan-address'],
  ],
  [
    'one of two addresses can be reached',
    { address: { addresses: ['169.254.1.1:1', '203.0.113.7:1'] } },
    'gateway-address',
    'pass',
  ],
  [
    'one of two addresses is loopback',
    { address: { addresses: ['127.0.0.1:1', '203.0.113.7:1'] } },
    'gateway-address',
    'pass',
  ],
  ['the address is loopback', { address: { addresses: ['127.0.0.1:8443'] } }, 'gateway-address', 'caution'],
  [
    'a hostname and a redirect in remote mode',
    {
      address: { addresses: ['gw.example:443'] },
      mode: { mode: 'remote', setBy: 'x' },
      route: { via: 'redirect' },
    },
    'gateway-address',
    'fail',
  ],
  [
    'one of two addresses is a hostname, and a redirect in remote mode',
    {
      address: { addresses: ['203.0.113.7:1', 'gw.example:443'] },
      mode: { mode: 'remote', setBy: 'x' },
      route: { via: 'redirect' },
    },
    'gateway-address',
    'fail',
  ],
  [
    'one of two addresses is a hostname, and a direct upstream',
    {
      address: { addresses: ['203.0.113.7:1', 'gw.example:443'] },
      mode: { mode: 'remote', setBy: 'x' },
    },
    'gateway-address',
    'caution',
  ],
  [
    'an address, and a hostname of a gateway that fails',
    { address: { addresses: ['203.0.113.7:1'], failing: ['gw.example:443'] } },
    'gateway-address',
    'fail',
  ],
  [
    'a hostname, and another of a gateway that fails',
    { address: { addresses: ['gw.example:1'], failing: ['gw.example:443'] } },
    'gateway-address',
    'pass',
  ],
  [
    'a hostname and a redirect in local mode',
    { address: { addresses: ['gw.example:443'] }, route: { via: 'redirect' } },
    'gateway-address',
    'pass',
  ],
  [
    'a hostname and a direct upstream',
    { address: { addresses: ['gw.example:443'] }, mode: { mode: 'remote', setBy: 'x' } },
    'gateway-address',
    'pass',
  ],
  ['no address is visible', { address: { addresses: [] } }, 'gateway-address', 'unknown'],
  [
    'the other side has no such peering',
    { remotePeering: { name: '', state: '', used: false } },
    'remote-peering',
    'fail',
    ['peering-two-sided', 'peering-active'],
  ],
  [
    'the other side is not ACTIVE',
    { remotePeering: { name: 'west', state: 'FAILING', used: true } },
    'remote-peering',
    'fail',
  ],
  [
    'the stream lists it, whatever is declared',
    { exported: { listed: true, declared: false } },
    'exported',
    'pass',
  ],
  [
    'it is declared, and not received',
    { exported: { listed: false, declared: true } },
    'exported',
    'fail',
    ['upstream-imported', 'exported-services-defined'],
  ],
  [
    'it is declared, and the stream says nothing',
    { exported: { listed: undefined, declared: true } },
    'exported',
    'pass',
  ],
  [
    'it is not declared, and the stream says nothing',
    { exported: { listed: undefined, declared: false } },
    'exported',
    'fail',
  ],
  [
    'nothing says that it is exported',
    { exported: { listed: undefined, declared: undefined } },
    'exported',
    'unknown',
  ],
  [
    'the intention denies',
    { intention: { decision: 'deny', why: 'x' } },
    'intention',
    'fail',
    ['intentions-allow-peer', 'intentions-allow-peer'],
  ],
  ['the intention allows', { intention: { decision: 'allow', why: 'x' } }, 'intention', 'pass'],
  [
    'the intention denies some requests',
    { intention: { decision: 'partly', why: 'x' } },
    'intention',
    'caution',
  ],
  [
    'no mesh instance has that name',
    { destination: { registered: 0, offered: 2 } },
    'destination',
    'fail',
    ['upstream-imported', 'exported-services-in-mesh'],
  ],
  [
    'nothing is offered, and what is registered is hidden',
    { destination: { registered: undefined, offered: 0 } },
    'destination',
    'fail',
  ],
  [
    'its proxies have little time for calls',
    { destination: { registered: 2, offered: 2, shortTimeouts: ['a timeout'] } },
    'destination',
    'caution',
  ],
  [
    'configuration of its proxies decides about its calls',
    { destination: { registered: 2, offered: 2, custom: ['a script'] } },
    'destination',
    'unknown',
    ['upstream-imported', 'exported-services-in-mesh'],
  ],
  [
    'configuration of proxies decides about its calls, and there is none',
    { destination: { registered: 0, offered: 2, custom: ['a script'] } },
    'destination',
    'fail',
  ],
  [
    'something is registered, and what is offered is hidden',
    { destination: { registered: 2, offered: undefined } },
    'destination',
    'pass',
  ],
  [
    'neither what is registered nor what is offered is visible',
    { destination: { registered: undefined, offered: undefined } },
    'destination',
    'unknown',
  ],
  [
    'nothing is offered, although it is declared',
    { destination: { registered: undefined, offered: 0 }, exported: { listed: undefined, declared: true } },
    'destination',
    'fail',
  ],
  [
    'something is offered, and what is registered is hidden',
    { destination: { registered: undefined, offered: 1 } },
    'destination',
    'pass',
  ],
  [
    'nothing is offered because it is not exported',
    { destination: { registered: undefined, offered: 0 }, exported: { listed: false, declared: false } },
    'destination',
    'unknown',
  ],
  [
    'nothing is offered because there is no gateway',
    { destination: { registered: undefined, offered: 0 }, remoteGateway: none },
    'destination',
    'unknown',
  ],
  [
    'all instances are down',
    { instances: { registered: down, offered: undefined } },
    'instances',
    'fail',
    ['upstream-imported', 'exported-services-in-mesh'],
  ],
  [
    'all offered instances are down',
    { instances: { registered: undefined, offered: down } },
    'instances',
    'fail',
  ],
  [
    'instances pass, and none is offered',
    { instances: { registered: some, offered: none } },
    'instances',
    'fail',
  ],
  [
    'instances pass, and what is offered is not visible',
    { instances: { registered: some, offered: undefined } },
    'instances',
    'pass',
  ],
  [
    'none is offered because there is no gateway',
    { instances: { registered: some, offered: none }, remoteGateway: none },
    'instances',
    'pass',
  ],
  [
    'its discovery chain resolves to a service without instances',
    { instances: { registered: none, offered: some, targets: ['empty'] } },
    'instances',
    'fail',
  ],
  [
    'its own instances are down, and its discovery chain resolves to others',
    { instances: { registered: some, offered: down, targets: ['standby'] } },
    'instances',
    'pass',
  ],
  [
    'its discovery chain resolves to a service that was not read',
    { instances: { registered: undefined, offered: some, targets: ['other'] } },
    'instances',
    'unknown',
  ],
  [
    'one of the services that its discovery chain resolves to has no instances',
    { instances: { registered: some, offered: some, targets: ['api', 'empty'], dead: ['empty'] } },
    'instances',
    'caution',
  ],
  [
    'a terminating gateway has no listener for it',
    { instances: { registered: some, offered: some, targets: ['ext'], unserved: true } },
    'instances',
    'fail',
  ],
  [
    'none is offered because it is not exported',
    {
      instances: { registered: some, offered: none },
      exported: { listed: false, declared: false },
    },
    'instances',
    'pass',
  ],
  ['there are no instances', { instances: { registered: none, offered: none } }, 'instances', 'unknown'],
  ['HTTP/2 frames, and no protocol here', { protocol: { here: '', there: 'grpc' } }, 'protocol', 'caution'],
  ['HTTP/2 frames, and HTTP/1 here', { protocol: { here: 'http', there: 'http2' } }, 'protocol', 'caution'],
  ['HTTP/2 frames at both sides', { protocol: { here: 'http2', there: 'grpc' } }, 'protocol', 'pass'],
  ['HTTP/2 frames here alone', { protocol: { here: 'grpc', there: 'http' } }, 'protocol', 'pass'],
  [
    'HTTP/2 frames that a redirect sends to tcp',
    { route: { via: 'redirect', called: 'remote' }, protocol: { here: 'grpc', there: 'tcp' } },
    'protocol',
    'caution',
  ],
  [
    'HTTP/2 frames that a redirect sends to http',
    { route: { via: 'redirect', called: 'remote' }, protocol: { here: 'grpc', there: 'http' } },
    'protocol',
    'pass',
  ],
  [
    'HTTP/2 frames of an upstream to the peer itself, which Consul takes for tcp as it is there',
    { protocol: { here: 'grpc', there: 'tcp' } },
    'protocol',
    'pass',
  ],
  ['two protocols without frames', { protocol: { here: 'http', there: 'tcp' } }, 'protocol', 'pass'],
  ...(
    [
      ['TLS versions that do not meet', ['', 'TLSv1_2'], ['TLSv1_3', ''], 'fail'],
      ['TLS versions that meet in one', ['', 'TLSv1_2'], ['TLSv1_2', ''], 'pass'],
      ['TLS 1.3 that the caller does not offer by itself', ['', ''], ['TLSv1_3', ''], 'fail'],
      ['TLS 1.3 that the caller is set to offer', ['', 'TLSv1_3'], ['TLSv1_3', ''], 'pass'],
      ['TLS 1.3 at least, and no maximum that lets the caller offer it', ['TLSv1_3', ''], ['', ''], 'fail'],
      ['TLS 1.1 at most, below what Envoy takes', ['', 'TLSv1_1'], ['', ''], 'fail'],
      ['TLS 1.1 at most at the other end', ['', ''], ['', 'TLSv1_1'], 'fail'],
      ['TLS 1.2 at most at the other end', ['', ''], ['', 'TLSv1_2'], 'pass'],
      ['a version that is none', ['TLS_AUTO', 'x'], ['', ''], 'pass'],
    ] as const
  ).map(([name, [outMin, outMax], [inMin, inMax], status]): Row => {
    const range = { outgoing: { min: outMin, max: outMax }, incoming: { min: inMin, max: inMax } };
    return [name, { tls: range }, 'tls', status, ['peering-two-sided', 'peering-two-sided']];
  }),
  [
    'TLS 1.3 that the gateway in between does not offer',
    {
      tls: {
        outgoing: { min: '', max: 'TLSv1_3' },
        incoming: { min: 'TLSv1_3', max: '' },
        relayed: { min: '', max: '' },
      },
    },
    'tls',
    'fail',
  ],
];

const expectRow = (
  [, { route: changed, ...changes }, name, status, checks]: Row,
  evaluators = allHops,
): void => {
  const world = {
    ...healthyFacts,
    ...Object.fromEntries(
      Object.entries(changes).map(([fact, value]) => [
        fact,
        { visible: true, value: { ...noTargets, ...(value as object) }, evidence: [] },
      ]),
    ),
  } as PathFacts;
  const { hops } = traceHops(evaluators, { ...route, ...changed }, world);
  const hop = hops.find((one) => one.name === name);
  if (status === 'absent') expect(hop).toBeUndefined();
  else if (status === 'caution')
    expect([hop?.status, hop?.caution]).toEqual(['pass', expect.stringMatching(/./u)]);
  else expect([hop?.status, hop?.caution]).toEqual([status, '']);
  if (checks) expect([hop?.check.consumer, hop?.check.destination]).toEqual(checks);
};

const hideFacts = (...names: readonly (keyof PathFacts)[]): PathFacts => ({
  ...healthyFacts,
  ...Object.fromEntries(names.map((name) => [name, { visible: false, why: 'hidden' }])),
});

describe('a path whose facts are hidden', () => {
  it('is unknown, and not passing', () => {
    expect(traceHops(allHops, route, hideFacts('intention')).status).toBe('unknown');
  });

  it.each([
    ['down', down, 'unknown'],
    ['there', some, 'pass'],
  ] as const)('may take a local gateway where the mode is hidden: it is %s', (_, instances, status) => {
    const world: PathFacts = {
      ...hideFacts('mode'),
      localGateway: { visible: true, value: instances, evidence: [] },
    };
    const { hops } = traceHops(allHops, route, world);
    expect(hops.find(({ name }) => name === 'local-gateway')?.status).toBe(status);
  });
});

describe('a hop', () => {
  it('passes where all is well, each in its place', () => {
    const { hops, status } = tracePath(route, healthyFacts);
    expect(hops.map(({ name }) => name)).toEqual(Object.keys(allHops));
    expect(status).toBe('pass');
  });

  it.each(rows.map((row) => [row[0], row] as const))('%s', (_, row) => {
    expectRow(row);
  });
});

/** Hops that only warn: Consul corrects the mode by itself, and what an application speaks is not visible. */
const neverFailing: ReadonlySet<HopName> = new Set(['gateway-mode', 'protocol']);

describe('a hop that passes where it has to fail', () => {
  it.each((Object.keys(allHops) as HopName[]).filter((name) => !neverFailing.has(name)))(
    'is noticed by the rows above: %s',
    (name) => {
      const faulty = hopsWith('passes where it has to fail', name);
      expect(() => {
        for (const row of rows) expectRow(row, faulty);
      }).toThrow('expect(');
    },
  );
});
