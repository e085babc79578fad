import fc from 'fast-check';
import type { Fact, InstanceCount, PathFacts, PathRoute } from '../../src/paths/model';

/** Random small worlds: a route, and facts of which some are not visible. */

const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof(
    { arbitrary: value.map((one): Fact<T> => ({ visible: true, value: one, evidence: [] })), weight: 7 },
    { arbitrary: fc.constant<Fact<T>>({ visible: false, why: 'hidden' }), weight: 1 },
  );

const instances: fc.Arbitrary<InstanceCount> = fc
  .record({ total: fc.nat({ max: 3 }), down: fc.nat({ max: 3 }) })
  .map(({ total, down }) => {
    const healthy = Math.max(0, total - down);
    return { total, healthy, failing: total > 0 && healthy === 0 ? ['a check'] : [] };
  });

const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: fc.constant(usual), weight: 6 },
    { arbitrary: fc.constantFrom(...others), weight: others.length },
  );

const decision = fc.option(fc.boolean(), { nil: undefined });

const tls = fc.record({ min: mostly('', 'TLSv1_2', 'TLSv1_3'), max: mostly('', 'TLSv1_2', 'TLSv1_3') });

export const arbitraryFacts: fc.Arbitrary<PathFacts> = fc.record({
  consumer: fact(instances),
  upstream: fact(
    fc.record({
      known: mostly(true, false),
      near: fc.constant(undefined),
      preparedQuery: mostly(false, true),
      unserved: mostly('', 'tcp-route front'),
      shortTimeouts: mostly<readonly string[]>([], ['a timeout']),
      custom: mostly<readonly string[]>([], ['a hatch']).map((always) => ({
        always,
        forHttp: [],
        protocol: undefined,
      })),
    }),
  ),
  peering: fact(
    fc.record({
      state: mostly('ACTIVE', 'PENDING', 'FAILING', 'TERMINATED'),
      silentMs: fc.option(fc.nat({ max: 200_000 }), { nil: undefined }),
      used: fc.boolean(),
    }),
  ),
  mode: fact(fc.record({ mode: mostly('remote', 'local', 'none'), setBy: fc.constant('default') })),
  localGateway: fact(instances),
  remoteGateway: fact(instances),
  address: fact(
    fc.record({
      addresses: fc.array(
        fc.constantFrom('203.0.113.7:8443', '0.0.0.0:8443', '169.254.1.1:1', 'gw.example:443', '127.0.0.1:1'),
        { maxLength: 2 },
      ),
    }),
  ),
  remotePeering: fact(
    fc.record({
      name: mostly('west', ''),
      state: mostly('ACTIVE', 'TERMINATED', 'PENDING'),
      used: mostly(true, false),
    }),
  ),
  exported: fact(fc.record({ listed: decision, declared: decision, near: fc.constant(undefined) })),
  intention: fact(
    fc.record({
      decision: mostly<'allow' | 'deny' | 'partly'>('allow', 'deny', 'partly'),
      why: fc.constant('an intention'),
    }),
  ),
  destination: fact(
    fc.record({
      registered: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      offered: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
      custom: mostly<readonly string[]>([], ['a script']),
      shortTimeouts: mostly<readonly string[]>([], ['a timeout']),
    }),
  ),
  instances: fact(
    fc.record({
      registered: fc.option(instances, { nil: undefined }),
      offered: fc.option(instances, { nil: undefined }),
      targets: mostly<readonly string[]>([], ['empty']),
    }),
  ),
  protocol: fact(fc.record({ here: mostly('', 'http', 'grpc'), there: mostly('tcp', 'http', 'grpc') })),
  tls: fact(fc.record({ outgoing: tls, incoming: tls, relayed: fc.option(tls, { nil: undefined }) })),
});

export const arbitraryRoute: fc.Arbitrary<PathRoute> = fc
  .constantFrom<PathRoute['via']>('upstream', 'redirect', 'failover', 'sameness-group')
  .map((via) => ({
    consumer: { cluster: 'prod-west', service: 'web', namespace: 'default', proxy: 'web-sidecar-proxy' },
    called: 'api',
    destination: { cluster: 'prod-east', peer: 'east', service: 'api', namespace: 'default' },
    consumerPeer: 'west',
    via,
    standby: via === 'failover' || via === 'sameness-group',
  }));

const visible = <T>(value: T): Fact<T> => ({ visible: true, value, evidence: [] });
const two: InstanceCount = { total: 2, healthy: 2, failing: [] };

/** Facts of a path on which traffic flows. */
export const healthyFacts: PathFacts = {
  consumer: visible(two),
  upstream: visible({ known: true, near: undefined, preparedQuery: false, unserved: '' }),
  peering: visible({ state: 'ACTIVE', silentMs: 3000, used: true }),
  mode: visible({ mode: 'local', setBy: 'default' }),
  localGateway: visible(two),
  remoteGateway: visible(two),
  address: visible({ addresses: ['203.0.113.7:8443'] }),
  remotePeering: visible({ name: 'west', state: 'ACTIVE', used: true }),
  exported: visible({ listed: true, declared: true, near: undefined }),
  intention: visible({ decision: 'allow', why: 'an intention' }),
  destination: visible({ registered: 2, offered: 2 }),
  instances: visible({ registered: two, offered: two, targets: [] }),
  protocol: visible({ here: '', there: 'http' }),
  tls: visible({
    outgoing: { min: '', max: '' },
    incoming: { min: '', max: '' },
    relayed: { min: '', max: '' },
  }),
};
