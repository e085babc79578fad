import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConsulClient } from '../../src/consul/client';
import { configEntries, type ConfigEntryKind } from '../../src/consul/wire';
import { describeWith } from '../lab/binaries';
import { type ConsulAgent, startConsul } from '../lab/consul';
import { freePorts, temporaryFolder } from '../lab/process';
import { makeCa, makeCertificate } from './certificates';
import { anonymousOf, clientOf, failureOf } from './server';

const clients: ConsulClient[] = [];
const opened = (client: ConsulClient): ConsulClient => {
  clients.push(client);
  return client;
};
afterAll(() => clients.forEach((client) => client.close()));

describeWith(['consul'], 'a real cluster with ACLs', () => {
  let agent: ConsulAgent;
  let client: ConsulClient;
  beforeAll(async () => {
    agent = await startConsul({ datacenter: 'dc1' });
    client = opened(clientOf(agent.address, { token: agent.token }));
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'app-1',
      Address: '10.0.0.7',
      NodeMeta: { 'synthetic-node': 'true' },
      Service: {
        Kind: 'connect-proxy',
        ID: 'web-sidecar-proxy',
        Service: 'web-sidecar-proxy',
        Port: 20_000,
        Proxy: {
          DestinationServiceName: 'web',
          Upstreams: [{ DestinationName: 'api', DestinationPeer: 'west', LocalBindPort: 9191 }],
        },
      },
      Check: { CheckID: 'up', Name: 'up', Status: 'critical', ServiceID: 'web-sidecar-proxy' },
    });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'web-sidecar-proxy', Consumers: [{ Peer: 'west' }] }],
    });
  }, 60_000);
  afterAll(() => agent.stop());

  it('tells about its agent and its leader, by its own clock', async () => {
    const self = await client.agentSelf();
    expect(self).toMatchObject({
      ok: true,
      value: {
        Config: { Datacenter: 'dc1', Server: true },
        xDS: { SupportedProxies: { envoy: expect.any(Array) } },
      },
      meta: { filteredByAcls: false, defaultAclPolicy: 'deny' },
    });
    expect(Math.abs((self.ok ? (self.meta.dateMs ?? 0) : 0) - Date.now())).toBeLessThan(60_000);
    expect(await client.leader()).toMatchObject({
      ok: true,
      value: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(await client.caRoots()).toMatchObject({ ok: true, value: { Roots: [{ Active: true }] } });
  });

  it('tells about its catalog', async () => {
    const filter = '"west" in ServiceProxy.Upstreams.DestinationPeer';
    const services = await client.catalogServices({ filter });
    expect(services.ok && services.value).toEqual(['web-sidecar-proxy']);
    const upstreams = [{ DestinationName: 'api', DestinationPeer: 'west', LocalBindPort: 9191 }];
    expect(await client.catalogService('web-sidecar-proxy', { mergeCentralConfig: true })).toMatchObject({
      value: [{ Node: 'app-1', ServiceKind: 'connect-proxy', ServiceProxy: { Upstreams: upstreams } }],
    });
    expect(await client.catalogNodes({ filter: 'Node == "app-1"' })).toMatchObject({
      value: [{ Node: 'app-1', Meta: { 'synthetic-node': 'true' } }],
    });
    expect(await client.nodeServices('app-1')).toMatchObject({
      value: {
        Node: { Node: 'app-1' },
        Services: [{ ID: 'web-sidecar-proxy', Proxy: { Upstreams: upstreams } }],
      },
    });
    expect(await client.nodeServices('nowhere')).toMatchObject({ value: { Node: null, Services: [] } });
    expect(await client.catalogService('nothing')).toMatchObject({ ok: true, value: [] });
  });

  it('tells about health', async () => {
    const up = { CheckID: 'up', Status: 'critical' };
    const rows = [{ Node: { Node: 'app-1' }, Service: { ID: 'web-sidecar-proxy' }, Checks: [up] }];
    expect(await client.healthService('web-sidecar-proxy')).toMatchObject({ value: rows });
    expect(await client.healthService('web-sidecar-proxy', { passing: true })).toMatchObject({ value: [] });
    expect(await client.healthConnect('web')).toMatchObject({
      value: [{ Service: { Service: 'web-sidecar-proxy' } }],
    });
    expect(await client.healthState('critical')).toMatchObject({ value: [up] });
    expect(await client.healthState('any', { filter: 'Node == "app-1"' })).toMatchObject({ value: [up] });
  });

  it('tells about every kind of config entry that is read', async () => {
    for (const kind of Object.keys(configEntries) as ConfigEntryKind[]) {
      expect(await client.configEntries(kind)).toMatchObject({ ok: true });
    }
    expect(await client.configEntries('exported-services')).toMatchObject({
      value: [{ Services: [{ Name: 'web-sidecar-proxy', Consumers: [{ Peer: 'west' }] }] }],
    });
    expect(await client.exportedServices()).toMatchObject({
      value: [{ Service: 'web-sidecar-proxy', Consumers: { Peers: ['west'], Partitions: [] } }],
    });
    expect(await client.preparedQueries()).toMatchObject({ ok: true, value: [] });
    expect(await client.datacenters()).toMatchObject({ ok: true, value: [agent.datacenter] });
  });

  it('says what only Consul Enterprise has', async () => {
    expect(failureOf(await client.partitions())).toMatchObject({
      kind: 'not-found',
      cause: 'endpoint-unknown',
    });
    expect(failureOf(await client.namespaces())).toMatchObject({
      kind: 'not-found',
      cause: 'endpoint-unknown',
    });
    const scoped = opened(clientOf(agent.address, { token: agent.token, partition: 'ap1' }));
    expect(failureOf(await scoped.peerings())).toMatchObject({ kind: 'server', cause: 'enterprise-only' });
    const elsewhere = opened(clientOf(agent.address, { token: agent.token, datacenter: 'dc9' }));
    expect(failureOf(await elsewhere.catalogNodes())).toMatchObject({
      kind: 'server',
      cause: 'no-datacenter',
    });
  });

  it('says what is wrong with a question', async () => {
    expect(failureOf(await client.catalogServices({ filter: '?' }))).toMatchObject({
      cause: 'filter-refused',
    });
    expect(failureOf(await client.peering('nowhere'))).toMatchObject({ kind: 'not-found', status: 404 });
  });

  describe('about ACLs', () => {
    it('tells, without any SecretID', async () => {
      const { accessor, secret } = await agent.tokenWith('service_prefix "" { policy = "read" }');
      const own = opened(clientOf(agent.address, { token: secret }));
      const expanded = {
        AccessorID: accessor,
        ExpandedPolicies: [{ Rules: 'service_prefix "" { policy = "read" }' }],
        AgentACLDefaultPolicy: 'deny',
      };
      expect(await own.aclTokenSelf()).toMatchObject({ ok: true, value: { AccessorID: accessor } });
      const token = await client.aclToken(accessor);
      expect(token).toMatchObject({ ok: true, value: expanded });
      const tokens = await client.aclTokens();
      expect(tokens.ok && tokens.value.map((row) => row.AccessorID)).toContain(accessor);
      expect(JSON.stringify([token, tokens])).not.toContain(secret);
      const policies = await client.aclPolicies();
      const { ID: id = '', Name: name = '' } =
        (policies.ok ? policies.value : []).find((row) => row.Name.startsWith('lab-')) ?? {};
      expect(await client.aclPolicy(id)).toMatchObject({ value: { Name: name } });
      expect(await client.aclPolicyByName(name)).toMatchObject({ value: { ID: id } });
      const role = await agent.call<{ ID: string }>('PUT', '/v1/acl/role', {
        Name: 'a-role',
        Policies: [{ ID: id }],
      });
      expect(await client.aclRole(role.ID)).toMatchObject({ value: { Name: 'a-role' } });
      expect(await client.aclRoleByName('a-role')).toMatchObject({ value: { Policies: [{ Name: name }] } });
      expect(await client.aclRoles()).toMatchObject({ value: [{ ID: role.ID }] });
    });

    it('says what there is not', async () => {
      const none = '00000000-0000-0000-0000-0000000000ff';
      expect(failureOf(await client.aclToken(none))).toMatchObject({ kind: 'not-found' });
      expect(failureOf(await client.aclRole(none))).toMatchObject({ kind: 'not-found' });
      expect(failureOf(await client.aclPolicyByName('none'))).toMatchObject({ kind: 'not-found' });
      expect(failureOf(await client.aclToken('half-of-one'))).toMatchObject({
        kind: 'not-found',
        cause: 'bad-name',
      });
    });

    it('answers what a token may do', async () => {
      const { secret } = await agent.tokenWith('service "api" { policy = "write" }');
      const own = opened(clientOf(agent.address, { token: secret }));
      const questions = Array.from({ length: 70 }, (_, i) => ({
        Resource: 'service',
        Access: 'write',
        Segment: i === 66 ? 'api' : `other-${i}`,
      }));
      const answer = await own.authorize(questions);
      expect(answer.ok && answer.value.findIndex((row) => row.Allow)).toBe(66);
      expect(answer.ok && answer.value.length).toBe(70);
    });
  });

  describe('asked with a token', () => {
    it('that is unknown, refuses', async () => {
      const unknown = opened(clientOf(agent.address));
      for (const answer of [
        await unknown.agentSelf(),
        await unknown.peerings(),
        await unknown.catalogServices(),
        await unknown.aclTokenSelf(),
        await unknown.aclToken('00000000-0000-0000-0000-0000000000ff'),
        await unknown.aclRoleByName('none'),
        await unknown.authorize([{ Resource: 'mesh', Access: 'read' }]),
      ]) {
        expect(failureOf(answer)).toMatchObject({ kind: 'forbidden', cause: 'token-unknown' });
      }
    });

    it('that is too weak, refuses or says that rows are left out', async () => {
      const { secret } = await agent.tokenWith('node_prefix "" { policy = "read" }');
      const weak = opened(clientOf(agent.address, { token: secret }));
      const refused = failureOf(await weak.peerings());
      expect(refused).toMatchObject({ kind: 'forbidden', cause: 'permission-denied' });
      expect(refused.message).toContain('peering:read');
      expect(await weak.catalogServices()).toMatchObject({
        ok: true,
        value: [],
        meta: { filteredByAcls: true },
      });
      expect(await weak.catalogNodes()).toMatchObject({ ok: true, meta: { filteredByAcls: false } });
    });

    it('that is none, refuses or leaves rows out without saying so', async () => {
      const anonymous = opened(anonymousOf(agent.address));
      for (const answer of [
        await anonymous.peerings(),
        await anonymous.aclTokenSelf(),
        await anonymous.agentSelf(),
      ]) {
        expect(failureOf(answer)).toMatchObject({ kind: 'forbidden', cause: 'anonymous' });
      }
      expect(await anonymous.aclTokenAnonymous()).toMatchObject({
        ok: true,
        value: { AccessorID: '00000000-0000-0000-0000-000000000002' },
      });
      expect(await anonymous.catalogServices()).toMatchObject({
        ok: true,
        value: [],
        meta: { filteredByAcls: false },
      });
    });
  });

  it('generates, lists and deletes peerings', async () => {
    const generated = await client.generatePeeringToken('far', { meta: { request: '7' } });
    expect(generated).toMatchObject({ ok: true, value: { PeeringToken: expect.any(String) } });
    expect(await client.peering('far')).toMatchObject({
      ok: true,
      value: { Name: 'far', State: 'PENDING', Meta: { request: '7' } },
    });
    const peeringToken = generated.ok ? generated.value.PeeringToken : '';
    const own = failureOf(await client.establishPeering('itself', peeringToken));
    expect(own).toMatchObject({ kind: 'server' });
    expect(JSON.stringify(own)).not.toContain(peeringToken.slice(0, 40));
    expect(await client.deletePeering('far')).toMatchObject({ ok: true });
    expect(await client.deletePeering('never-was')).toMatchObject({ ok: true });
  });
});

describeWith(['consul'], 'a real cluster without', () => {
  it('ACLs, peering and mesh says so', async () => {
    const agent = await startConsul({
      acl: 'off',
      config: { peering: { enabled: false }, connect: { enabled: false } },
    });
    try {
      const client = opened(anonymousOf(agent.address));
      expect(failureOf(await client.aclTokenSelf())).toMatchObject({ kind: 'server', cause: 'acl-disabled' });
      expect(failureOf(await client.authorize([]))).toMatchObject({ cause: 'acl-disabled' });
      expect(failureOf(await client.peerings())).toMatchObject({ kind: 'server', cause: 'peering-disabled' });
      expect(await client.catalogServices()).toMatchObject({ ok: true, meta: { defaultAclPolicy: 'allow' } });
      expect(await client.catalogNodes()).toMatchObject({ ok: true });
    } finally {
      await agent.stop();
    }
  }, 60_000);
});

describeWith(['consul'], 'a real cluster over mutual TLS', () => {
  it('takes the client certificate of its CA, and no other', async () => {
    const folder = await temporaryFolder('tls');
    const ca = makeCa('the CA');
    const certificate = makeCertificate('server', { issuer: ca, dnsNames: ['server.dc1.consul'] });
    const own = makeCertificate('bot', { issuer: ca });
    const files = { ca_file: ca.cert, cert_file: certificate.cert, key_file: certificate.key };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
    const [port = 0] = await freePorts(1);
    const paths = Object.fromEntries(Object.keys(files).map((name) => [name, join(folder.path, name)]));
    const agent = await startConsul({
      config: { ports: { https: port }, tls: { https: { ...paths, verify_incoming: true } } },
    });
    try {
      const address = `https://127.0.0.1:${port}`;
      const serverName = 'server.dc1.consul';
      const settings = { token: agent.token };
      const good = opened(
        clientOf(address, { ...settings, tls: { ca: ca.cert, cert: own.cert, key: own.key, serverName } }),
      );
      expect(await good.peerings()).toMatchObject({ ok: true, value: [] });
      const without = opened(clientOf(address, { ...settings, tls: { ca: ca.cert, serverName } }));
      expect(failureOf(await without.peerings())).toMatchObject({ kind: 'unreachable', cause: 'tls' });
      const plain = opened(clientOf(address.replace('https:', 'http:'), settings));
      expect(failureOf(await plain.peerings())).toMatchObject({ kind: 'unreachable', cause: 'tls' });
    } finally {
      await agent.stop();
      folder.remove();
    }
  }, 60_000);
});
