import fc from 'fast-check';
import { configEntryRemediation } from '../../../src/checks/remediation/config-entry';
import { policyRemediation } from '../../../src/checks/remediation/policy';
import type { Remediation } from '../../../src/report/report';
import { type ConsulAgent, describeOnVersions, startConsul } from '../../lab/consul';
import { asConsulReads, hostileText } from './hostile';

const shellOf = (remediations: readonly Remediation[]): string =>
  remediations.find(({ language }) => language === 'shell')?.code ?? '';

describeOnVersions('snippets applied to a real Consul', (version) => {
  let consul: ConsulAgent;
  beforeAll(async () => {
    consul = await startConsul({ version });
  }, 60_000);
  afterAll(() => consul?.stop());

  const apply = async (remediations: readonly Remediation[]): Promise<void> => {
    const done = await consul.shell(shellOf(remediations));
    expect([done.status, done.stderr]).toEqual([0, '']);
  };

  const read = async (kind: string, name: string): Promise<Record<string, unknown>> =>
    consul.call('GET', `/v1/config/${kind}/${encodeURIComponent(name)}`);

  it('write an entry that holds exactly the text given', async () => {
    // A quarter of the length: the command line of `sh -c` takes 128 KiB, and escapes take up to 10 characters.
    await fc.assert(
      fc.asyncProperty(hostileText(2_500), async (text) => {
        const key = `key${text.slice(0, 100)}`;
        const entry = {
          Kind: 'proxy-defaults',
          Name: 'global',
          Config: { text, nested: { [key]: [text, 1] } },
        };
        await apply(configEntryRemediation({ title: '', entry }));
        const { Config } = await read('proxy-defaults', 'global');
        const seen = asConsulReads(text);
        expect(Config).toEqual({ text: seen, nested: { [asConsulReads(key)]: [seen, 1] } });
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it('write what the API answers for an entry back unchanged', async () => {
    // Since 1.15; 1.14 refuses them.
    const newFields = version === 'newest' && {
      override: { Peer: 'east' },
      global: { AccessLogs: { Enabled: true, JSONFormat: '{"a":"%START_TIME%"}' } },
      defaults: {
        EnvoyExtensions: [
          {
            Name: 'builtin/lua',
            Arguments: { ProxyType: 'connect-proxy', Listener: 'inbound', Script: 'a\n"${b}' },
          },
        ],
      },
    };
    const entries = [
      {
        Kind: 'exported-services',
        Name: 'default',
        Services: [
          { Name: 'web', Consumers: [{ Peer: 'east' }, { Peer: 'west' }] },
          { Name: '*', Consumers: [{ Peer: 'lab' }] },
        ],
      },
      {
        Kind: 'service-defaults',
        Name: 'web',
        Protocol: 'http',
        MeshGateway: { Mode: 'local' },
        UpstreamConfig: {
          Defaults: { Limits: { MaxConnections: 3 }, MeshGateway: { Mode: 'remote' } },
          Overrides: [
            {
              Name: 'api',
              ...(newFields && newFields.override),
              PassiveHealthCheck: { Interval: '30s', MaxFailures: 2 },
            },
          ],
        },
        ...(newFields && newFields.defaults),
      },
      {
        Kind: 'proxy-defaults',
        Name: 'global',
        Config: {
          local_connect_timeout_ms: 1000,
          envoy_dogstatsd_url: 'udp://127.0.0.1:1',
          nested: { a: { b: [1, 2] } },
        },
        ...(newFields && newFields.global),
        TransparentProxy: { OutboundListenerPort: 15001 },
      },
      {
        Kind: 'mesh',
        TLS: { Incoming: { TLSMinVersion: 'TLSv1_2' } },
        Peering: { PeerThroughMeshGateways: true },
      },
      {
        Kind: 'service-resolver',
        Name: 'web',
        ConnectTimeout: '15s',
        Subsets: { v1: {}, v2: { Filter: 'Service.Meta.version == v2', OnlyPassing: true } },
        Failover: { '*': { Targets: [{ Peer: 'east' }, { ServiceSubset: 'v1' }] } },
      },
      {
        Kind: 'service-router',
        Name: 'web',
        Routes: [
          {
            Match: { HTTP: { PathPrefix: '/a', Header: [{ Name: 'x', Exact: 'y' }] } },
            Destination: { Service: 'web', ServiceSubset: 'v1', RequestTimeout: '3s' },
          },
        ],
      },
      {
        Kind: 'service-intentions',
        Name: 'web',
        Sources: [
          { Name: 'api', Peer: 'east', Action: 'allow' },
          { Name: '*', Action: 'deny', Description: 'all "others"' },
        ],
      },
    ];
    for (const entry of entries) await consul.call('PUT', '/v1/config', entry);
    for (const { Kind, Name = 'mesh' } of entries as readonly { Kind: string; Name?: string }[]) {
      const before = (await read(Kind, Name)) as { Kind: string; ModifyIndex: number };
      await apply(
        configEntryRemediation({ title: '', entry: before, existing: { entry: before, withheld: [] } }),
      );
      const changing = { CreateIndex: 0, ModifyIndex: 0, Hash: 0 };
      expect({ ...(await read(Kind, Name)), ...changing }).toEqual({ ...before, ...changing });
    }
  }, 60_000);

  it('are refused where the entry has changed since it was read', async () => {
    const entry = { Kind: 'service-defaults', Name: 'cas', Protocol: 'http' };
    await consul.call('PUT', '/v1/config', entry);
    const existing = { entry: (await read(entry.Kind, entry.Name)) as { Kind: string }, withheld: [] };
    await consul.call('PUT', '/v1/config', { ...entry, Protocol: 'grpc' });
    const done = await consul.shell(shellOf(configEntryRemediation({ title: '', entry, existing })));
    expect(done.status).not.toBe(0);
    expect(await read(entry.Kind, entry.Name)).toMatchObject({ Protocol: 'grpc' });
  });

  it('change a part of the live entry and keep what the snapshot withholds', async () => {
    const secret = {
      Kind: 'proxy-defaults',
      Name: 'global',
      Config: { envoy_x: 'secret' },
      MeshGateway: { Mode: 'none' },
    };
    await consul.call('PUT', '/v1/config', secret);
    const seen = { ...secret, Config: {} };
    const entry = { ...seen, MeshGateway: { Mode: 'remote' } };
    await apply(
      configEntryRemediation({ title: '', entry, existing: { entry: seen, withheld: ['/Config/envoy_x'] } }),
    );
    expect(await read('proxy-defaults', 'global')).toMatchObject({
      Config: { envoy_x: 'secret' },
      MeshGateway: { Mode: 'remote' },
    });
  });

  it('create a policy with exactly these rules and add it to a token and a role', async () => {
    const { accessor, secret } = await consul.tokenWith('key_prefix "" { policy = "read" }');
    const { ID } = await consul.call<{ ID: string }>('PUT', '/v1/acl/role', { Name: 'gateways' });
    const rules = [
      { resource: 'service', segment: 'a"${b}\n', access: 'write' },
      { resource: 'service_prefix', segment: '', access: 'read' },
      { resource: 'mesh', access: 'write' },
    ];
    const token = { AccessorID: accessor, ServiceIdentities: [], NodeIdentities: [] };
    const self = await consul.call<{ Config: { Version: string } }>('GET', '/v1/agent/self');
    const consulVersion = self.Config.Version;
    await apply(
      policyRemediation({ title: '', name: 'mesh gateway', rules, attachTo: { token }, consulVersion }),
    );
    await apply(
      policyRemediation({ title: '', name: 'other', rules, attachTo: { roleId: ID }, consulVersion }),
    );
    const questions = [
      { Resource: 'service', Access: 'write', Segment: 'a"${b}\n' },
      { Resource: 'service', Access: 'read', Segment: 'any' },
      { Resource: 'service', Access: 'write', Segment: 'any' },
      { Resource: 'mesh', Access: 'write' },
      { Resource: 'key', Access: 'read', Segment: 'kept' },
    ];
    const answers = await consul.call<{ Allow: boolean }[]>(
      'POST',
      '/v1/internal/acl/authorize',
      questions,
      secret,
    );
    expect(answers.map(({ Allow }) => Allow)).toEqual([true, true, false, true, true]);
    const role = await consul.call<{ Policies: { Name: string }[] }>('GET', '/v1/acl/role/name/gateways');
    expect(role.Policies.map(({ Name }) => Name)).toEqual(['other']);
  });
});
