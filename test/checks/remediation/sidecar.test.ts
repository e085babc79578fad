import fc from 'fast-check';
import { parse } from 'js-hcl-parser';
import { parse as parseYaml } from 'yaml';
import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { sidecarRemediation } from '../../../src/checks/remediation/sidecar';
import { AgentService } from '../../../src/consul/wire';
import type { Remediation } from '../../../src/report/report';
import type { SidecarInstance } from '../../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions, startConsul } from '../../lab/consul';
import { waitFor } from '../../lab/process';
import { asConsulReads, hostileText } from './hostile';

const registration = { Address: '', Port: 21_000, TaggedAddresses: {}, Meta: {} };

const remediationsFor = (
  sidecar: SidecarInstance,
  upstreams = [exampleUpstream({ DestinationPeer: 'east' })],
  enterprise = false,
): readonly Remediation[] => sidecarRemediation({ title: 'Fix', sidecar, upstreams, enterprise });

const codeOf = (remediations: readonly Remediation[], language: string): string =>
  remediations.find((remediation) => remediation.language === language)?.code ?? '';

const annotationOf = (remediations: readonly Remediation[]): unknown =>
  (
    parseYaml(codeOf(remediations, 'yaml')) as {
      spec: { template: { metadata: { annotations: object } } };
    } | null
  )?.spec.template.metadata.annotations;

describe('sidecarRemediation', () => {
  const label = 'consul.hashicorp.com/connect-service-upstreams';

  it('writes the annotation in the labelled form, or none where it cannot say the upstream', () => {
    const annotation = (over: Parameters<typeof exampleUpstream>[0], enterprise = false): unknown =>
      annotationOf(remediationsFor(exampleSidecar(), [exampleUpstream(over), exampleUpstream()], enterprise));
    expect(annotation({})).toEqual({ [label]: 'billing.svc.west.peer:9191,billing.svc.west.peer:9191' });
    expect(annotation({ DestinationPeer: '' })).toEqual({
      [label]: 'billing.svc:9191,billing.svc.west.peer:9191',
    });
    expect(annotation({ DestinationNamespace: 'n1' }, true)).toEqual({
      [label]: 'billing.svc.n1.ns.west.peer:9191,billing.svc.default.ns.west.peer:9191',
    });
    expect(annotation({ DestinationType: 'prepared_query', DestinationPeer: '' })).toEqual({
      [label]: 'prepared_query:billing:9191,billing.svc.west.peer:9191',
    });
    for (const unsayable of [
      { DestinationName: 'a.b' },
      { LocalBindPort: null },
      { MeshGateway: { Mode: 'local' } },
      { Config: { protocol: 'http' } },
      { LocalBindAddress: '0.0.0.0' },
      { DestinationPeer: 'west', Datacenter: 'dc2' },
    ]) {
      expect(annotation(unsayable)).toBeUndefined();
    }
  });

  it('offers what fits who manages the sidecar', () => {
    const languages = (over: Partial<SidecarInstance>): readonly string[] =>
      remediationsFor(exampleSidecar(undefined, over)).map(({ language }) => language);
    expect(languages({ registration, managedBy: 'agent' })).toEqual(['hcl', 'shell', 'yaml']);
    expect(languages({ registration, managedBy: 'dataplane' })).toEqual(['yaml']);
    const live = (over: Partial<SidecarInstance>): string =>
      codeOf(remediationsFor(exampleSidecar(undefined, over)), 'shell');
    expect(live({ registration, managedBy: 'agent' })).toContain('consul services register');
    expect(live({ registration, withheld: ['/Proxy/Config/x'] })).toContain('/v1/agent/service/register');
    expect(live({})).toContain('/v1/agent/service/register');
    expect(live({ registration, managedBy: 'catalog' })).toContain('/v1/catalog/register');
  });

  it('never repeats what was taken out of the snapshot', () => {
    const upstream = exampleUpstream({
      Config: { protocol: 'http', secret: '<withheld>', deep: { x: ['<withheld>'] } },
    });
    const withheld = ['/Proxy/Upstreams/0/Config/secret', '/Proxy/Upstreams/0/Config/deep/x/0'];
    const remediations = remediationsFor(exampleSidecar([upstream], { registration, withheld }), [
      { ...upstream, DestinationPeer: 'east' },
    ]);
    expect(codeOf(remediations, 'hcl')).toContain('protocol = "http"');
    for (const { code } of remediations) expect(code).not.toContain('<withheld>');
  });

  it('changes the catalog where dataplane manages what the annotation cannot say', () => {
    const upstream = exampleUpstream({ Config: { protocol: 'http' } });
    const remediations = remediationsFor(
      exampleSidecar([upstream], { registration, managedBy: 'dataplane' }),
      [{ ...upstream, DestinationPeer: 'east' }],
    );
    expect(codeOf(remediations, 'shell')).not.toContain('/v1/agent/');
  });

  it('is HCL that reads back exactly, whatever the names', () => {
    fc.assert(
      fc.property(hostileText(500), hostileText(500), (name, peer) => {
        const upstream = exampleUpstream({ DestinationName: `x${name}`, DestinationPeer: `x${peer}` });
        const sidecar = exampleSidecar([upstream], { id: `x${name}`, node: `x${peer}`, registration });
        const read = JSON.parse(parse(codeOf(remediationsFor(sidecar, [upstream]), 'hcl'))) as {
          service: [
            { id: string; proxy: [{ upstreams: [{ destination_name: string; destination_peer: string }] }] },
          ];
        };
        expect(read.service[0].id).toBe(asConsulReads(`x${name}`));
        expect(read.service[0].proxy[0].upstreams[0]).toEqual({
          destination_name: asConsulReads(`x${name}`),
          destination_peer: asConsulReads(`x${peer}`),
          local_bind_port: 9191,
        });
        remediationsFor({ ...sidecar, withheld: ['/Meta/x'] }, [upstream]);
      }),
      { numRuns: 25 },
    );
  });
});

describeOnVersions('sidecarRemediation on a real Consul', (version) => {
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul({ version });
  }, 60_000);
  afterAll(() => consul?.stop());

  const sidecar = {
    Kind: 'connect-proxy',
    ID: 'web-proxy-1',
    Name: 'web-sidecar-proxy',
    Tags: ['v1'],
    Address: '127.0.0.2',
    Port: 21_000,
    Meta: { team: 'a "b" ${c}' },
    Weights: { Passing: 10, Warning: 2 },
    Proxy: {
      DestinationServiceName: 'web',
      DestinationServiceID: 'web-1',
      LocalServiceAddress: '127.0.0.1',
      LocalServicePort: 9090,
      Mode: 'transparent',
      TransparentProxy: { OutboundListenerPort: 15_001 },
      Config: { protocol: 'http', nested: { list: [1, 2] } },
      MeshGateway: { Mode: 'local' },
      Upstreams: [
        { DestinationName: 'api', LocalBindPort: 9191, Config: { connect_timeout_ms: 5000 } },
        {
          DestinationName: 'db',
          LocalBindAddress: '127.0.0.3',
          LocalBindPort: 9192,
          MeshGateway: { Mode: 'remote' },
        },
      ],
    },
  };
  type Registered = Record<string, unknown> & { Proxy: { Upstreams: Record<string, unknown>[] } };
  const registered = async (node: string): Promise<Registered> => {
    const { CreateIndex, ModifyIndex, ...service } = await waitFor('the registration', async () => {
      const path = `/v1/catalog/node-services/${node}`;
      const { Services } = await consul.call<{ Services: Registered[] }>('GET', path);
      return Services.find(({ ID }) => ID === sidecar.ID);
    });
    return service;
  };
  const instance = async (node: string, over: Partial<SidecarInstance>): Promise<SidecarInstance> => {
    const { Proxy, ID, Service, ...registration } = AgentService.parse(await registered(node));
    if (!Proxy) throw new Error('no proxy');
    return { ...exampleSidecar(), node, id: ID, service: Service, proxy: Proxy, registration, ...over };
  };
  /** Applies the snippet that names the peer, and expects that nothing else has changed. */
  const fix = async (node: string, over: Partial<SidecarInstance>): Promise<void> => {
    const before = await registered(node);
    const seen = await instance(node, over);
    const upstreams = seen.proxy.Upstreams.map((upstream, at) =>
      at === 0 ? { ...upstream, DestinationPeer: 'east' } : upstream,
    );
    const done = await consul.shell(codeOf(remediationsFor(seen, upstreams), 'shell'));
    expect([done.status, done.stderr]).toEqual([0, '']);
    const peerOf = async (): Promise<unknown> =>
      (await registered(node)).Proxy.Upstreams[0]?.['DestinationPeer'];
    // An agent brings its changes into the catalog a moment later.
    await waitFor('the catalog', async () => (await peerOf()) === 'east');
    const expected = structuredClone(before);
    Object.assign(expected.Proxy.Upstreams[0] ?? {}, { DestinationPeer: 'east' });
    expect(await registered(node)).toEqual(expected);
  };

  it.each([
    ['known whole', {}],
    ['with values withheld', { withheld: ['/Proxy/Config/nested'] }],
  ])('keeps all else of a registration %s', async (_, over) => {
    await consul.call('PUT', '/v1/agent/service/register?replace-existing-checks=true', {
      ...sidecar,
      Check: { TTL: '24h', Status: 'passing' },
    });
    await fix(consul.nodeName, { ...over, managedBy: 'agent' });
    const checks = await consul.call<object[]>('GET', `/v1/health/checks/${sidecar.Name}`);
    expect(checks).toMatchObject([{ Status: 'passing', Type: 'ttl' }]);
  });

  afterEach(() => consul.request('PUT', `/v1/agent/service/deregister/${sidecar.ID}`));

  it('keeps all else of a catalog entry', async () => {
    const { Name, ...service } = sidecar;
    await consul.call('PUT', '/v1/catalog/register', {
      Node: 'outside',
      Address: '127.0.0.9',
      NodeMeta: { external: 'true' },
      Service: { ...service, Service: Name },
      Check: { Node: 'outside', CheckID: 'x', ServiceID: sidecar.ID, Status: 'passing' },
    });
    await fix('outside', { managedBy: 'catalog' });
    const checks = await consul.call<object[]>('GET', `/v1/health/checks/${sidecar.Name}`);
    expect(checks).toMatchObject([{ Status: 'passing', Node: 'outside' }]);
    const [node] = await consul.call<object[]>('GET', '/v1/catalog/nodes?filter=Meta.external==true');
    expect(node).toMatchObject({ Node: 'outside', Address: '127.0.0.9' });
  });
});
