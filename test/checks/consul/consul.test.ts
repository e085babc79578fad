import {
  exampleAgent,
  exampleCheck,
  exampleGateway,
  examplePeering,
  exampleRoots,
  exampleSerfHealth,
  exampleServer,
  exampleServiceSeen,
} from '../../../src/checks/examples/parts';
import type { Snapshot } from '../../../src/snapshot/snapshot';
import { visible, check, hidden, partial, short, snapshotOf } from '../world';

const over = (id: string, sections: Partial<Snapshot['sections']>) => short(check(id, snapshotOf(sections)));

describe('consul-version', () => {
  const withVersion = (version: string) =>
    over('consul-version', { servers: visible([exampleServer({ node: 'server-2', version })]) });

  it.each(['1.14.0', '1.14.11+ent', '1.20.1', '1.22.0-dev', '2.0.0', 'v1.15.2'])('takes %s', (version) => {
    expect(withVersion(version)).toEqual(['pass']);
  });

  it.each(['1.13.9', '1.9.0', '0.9.4', '1.13.0+ent'])('does not take %s', (version) => {
    expect(withVersion(version)).toEqual(['fail', 'error server server-2']);
  });

  it.each(['', 'next', '<b>1.20</b>'])('cannot tell of %j', (version) => {
    expect(withVersion(version)).toEqual(['unknown']);
  });

  it('names an old answering agent, once where it is a server', () => {
    const agent = (NodeName: string) =>
      visible(exampleAgent({ Config: { ...exampleAgent().Config, NodeName, Version: '1.13.2' } }));
    expect(over('consul-version', { agent: agent('client-9') })).toEqual(['fail', 'error agent client-9']);
    const servers = visible([exampleServer({ version: '1.13.2' })]);
    expect(over('consul-version', { agent: agent('server-1'), servers })).toEqual([
      'fail',
      'error server server-1',
    ]);
  });

  it('cannot tell without servers, and stands by an old one among hidden ones', () => {
    expect(over('consul-version', { servers: visible([]) })).toEqual(['unknown']);
    expect(over('consul-version', { servers: partial([exampleServer()]) })).toEqual(['unknown']);
    expect(over('consul-version', { servers: partial([exampleServer({ version: '1.13.2' })]) })).toEqual([
      'fail',
      'error server server-1',
    ]);
  });
});

describe('local-agent', () => {
  const withGateway = (gateway: Parameters<typeof exampleGateway>[0]) =>
    over('local-agent', { gateways: visible([exampleGateway(), exampleGateway(gateway)]) });
  const node = { Node: 'gw-2' };

  it('fails where the agent of the node is dead', () => {
    expect(withGateway({ node, checks: [exampleSerfHealth('critical'), exampleCheck()] })).toEqual([
      'fail',
      'error mesh-gateway mesh-gateway on gw-2',
    ]);
  });

  it('is not about the checks of the service, whatever they are called', () => {
    const checks = [exampleSerfHealth('passing'), exampleCheck({ Status: 'critical' })];
    expect(withGateway({ node, checks })).toEqual(['pass']);
    const disguised = exampleCheck({ CheckID: 'serfHealth', Status: 'critical' });
    expect(withGateway({ node, checks: [disguised] })).toEqual([
      'fail',
      'warning mesh-gateway mesh-gateway on gw-2',
    ]);
  });

  it('says that a synthetic node has no agent, and passes', () => {
    expect(
      withGateway({ node: { ...node, Meta: { 'synthetic-node': 'true' } }, checks: [exampleCheck()] }),
    ).toEqual(['pass', 'info mesh-gateway mesh-gateway on gw-2']);
  });

  it('warns of a node that has no agent', () => {
    expect(withGateway({ node, checks: [exampleCheck()] })).toEqual([
      'fail',
      'warning mesh-gateway mesh-gateway on gw-2',
    ]);
  });

  it('does not apply without gateways, unless some are hidden', () => {
    expect(over('local-agent', { gateways: visible([]) })).toEqual(['skip']);
    expect(over('local-agent', { gateways: partial([]) })).toEqual(['unknown']);
  });
});

describe('envoy-proxies', () => {
  it('fails where no version of Envoy is supported', () => {
    const agent = visible(exampleAgent({ xDS: { SupportedProxies: { other: ['1'] } } }));
    expect(over('envoy-proxies', { agent })).toEqual(['fail', 'error agent server-1']);
  });

  it('cannot tell from a client agent without gRPC', () => {
    expect(over('envoy-proxies', { agent: visible(exampleAgent({ xDS: null })) })).toEqual(['unknown']);
  });

  it('warns of an exported service that is only natively in the mesh', () => {
    const native = (more: Parameters<typeof exampleServiceSeen>[0]) =>
      over('envoy-proxies', { exportedHealth: visible([exampleServiceSeen(more)]) });
    expect(native({ native: 2, inMesh: 2 })).toEqual(['fail', 'warning service api']);
    expect(native({ native: 1, inMesh: 2 })).toEqual(['pass']);
    expect(native({ native: 2, inMesh: 2, name: 'not-exported' })).toEqual(['pass']);
  });
});

describe('cluster-leader', () => {
  it('fails without one', () => {
    expect(over('cluster-leader', { leader: visible('') })).toEqual(['fail', 'error cluster prod-east']);
    expect(over('cluster-leader', { leader: hidden() })).toEqual(['unknown']);
  });
});

describe('peering-enabled', () => {
  it('fails where servers refuse, with their words as evidence', () => {
    const refusal = 'peering must be enabled to use this endpoint';
    const result = check(
      'peering-enabled',
      snapshotOf({ peerings: visible({ enabled: false, list: [], refusal }) }),
    );
    expect(short(result)).toEqual(['fail', 'error cluster prod-east']);
    expect(result.findings[0]?.evidence).toEqual([{ endpoint: '/v1/peerings', path: '', value: refusal }]);
  });
});

describe('mesh-enabled', () => {
  const withRoots = (caRoots: Snapshot['sections']['caRoots']) => over('mesh-enabled', { caRoots });
  const failed = ['fail', 'error cluster prod-east'];

  it('fails where the mesh is off', () => {
    expect(withRoots(visible({ ...exampleRoots(), enabled: false }))).toEqual(failed);
  });

  it('fails without an active root', () => {
    const { roots } = exampleRoots();
    expect(withRoots(visible({ enabled: true, roots: { ...roots, ActiveRootID: '', Roots: [] } }))).toEqual(
      failed,
    );
  });

  it('fails once the active root has ended, and not before', () => {
    expect(withRoots(visible(exampleRoots({ NotAfter: '2026-11-23T14:03:22Z' })))).toEqual(failed);
    expect(withRoots(visible(exampleRoots({ NotAfter: '2026-11-23T14:03:23Z' })))).toEqual(['pass']);
  });

  it('does not mind old roots that have ended', () => {
    const { roots } = exampleRoots();
    const [active] = roots.Roots;
    if (!active) throw new Error('no root');
    const old = { ...active, ID: 'old', Active: false, NotAfter: '2020-01-01T00:00:00Z' };
    expect(withRoots(visible({ enabled: true, roots: { ...roots, Roots: [old, active] } }))).toEqual([
      'pass',
    ]);
  });

  it('cannot tell from an end that is no date', () => {
    expect(withRoots(visible(exampleRoots({ NotAfter: 'soon' })))).toEqual(['unknown']);
  });
});

describe('grpc-tls-port', () => {
  const closed = exampleServer({ grpcPort: '', grpcTlsPort: '' });
  const dialer = examplePeering({ PeerServerAddresses: ['192.0.2.1:8503'] });

  it.each([
    ['8503', ''],
    ['', '8502'],
    ['-1', '8502'],
  ])('takes TLS port %j and plain port %j', (tls, plain) => {
    const servers = visible([exampleServer({ grpcTlsPort: tls, grpcPort: plain })]);
    expect(over('grpc-tls-port', { servers })).toEqual(['pass']);
  });

  it.each(['', '0', '-1', 'none'])('fails where all servers publish %j', (port) => {
    const servers = visible([exampleServer({ grpcTlsPort: port, grpcPort: port })]);
    expect(over('grpc-tls-port', { servers })).toEqual(['fail', 'error cluster prod-east']);
  });

  it('warns of one server among others', () => {
    const servers = visible([exampleServer(), { ...closed, node: 'server-2' }]);
    expect(over('grpc-tls-port', { servers })).toEqual(['fail', 'warning server server-2']);
  });

  it('does not apply to a cluster that only dials', () => {
    const peerings = visible({ enabled: true, list: [dialer] });
    expect(over('grpc-tls-port', { servers: visible([closed]), peerings })).toEqual(['skip']);
    const both = visible({ enabled: true, list: [dialer, examplePeering({ Name: 'lab' })] });
    expect(over('grpc-tls-port', { servers: visible([closed]), peerings: both })).toEqual([
      'fail',
      'error cluster prod-east',
    ]);
  });

  it('applies to a cluster that is checked for readiness', () => {
    const peerings = visible({ enabled: true, list: [] });
    expect(over('grpc-tls-port', { servers: visible([closed]), peerings })).toEqual([
      'fail',
      'error cluster prod-east',
    ]);
  });

  it('does not apply where the peer asked for is not there', () => {
    const result = check('grpc-tls-port', snapshotOf({ servers: visible([closed]) }), { peer: 'nobody' });
    expect(short(result)).toEqual(['skip']);
  });

  it('cannot tell of hidden servers', () => {
    expect(over('grpc-tls-port', { servers: partial([closed]) })).toEqual(['unknown']);
    expect(over('grpc-tls-port', { servers: visible([]) })).toEqual(['unknown']);
  });
});
