import { runChecks } from '../../src/checks/runner';
import { loadSnapshot } from '../../src/snapshot/load-snapshot';
import { gatherWithOtherSides } from '../../src/snapshot/gather-with-other-sides';
import { saveSnapshot } from '../../src/snapshot/save-snapshot';
import { withheldValue } from '../../src/consul/shapes';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { describeWith } from '../lab/binaries';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { clientOf, valueOf } from './reading';

/** In every place of a cluster where people may put a secret. */
const canary = 'hunter2-canary-Xq7';

describeWith(['consul'], 'a snapshot file', () => {
  let pair: PeeredPair;
  let snapshot: Snapshot;
  let secrets: readonly string[];

  beforeAll(async () => {
    pair = await startPeeredPair();
    const { agent } = pair.east;
    await agent.call('PUT', '/v1/config', {
      Kind: 'proxy-defaults',
      Name: 'global',
      Config: { protocol: 'http', envoy_tracing_json: canary, [`x-${'y'.repeat(5)}`]: { deep: [canary] } },
      Meta: { owner: canary },
      EnvoyExtensions: [
        {
          Name: 'builtin/lua',
          Arguments: { ProxyType: 'connect-proxy', Listener: 'inbound', Script: canary },
        },
      ],
    });
    await agent.call('PUT', '/v1/config', {
      Kind: 'service-defaults',
      Name: 'api',
      Protocol: 'http',
      UpstreamConfig: {
        Defaults: { EnvoyClusterJSON: canary },
        Overrides: [{ Name: 'x', EnvoyListenerJSON: canary }],
      },
    });
    await agent.call('PUT', '/v1/config', {
      Kind: 'service-router',
      Name: 'api',
      Routes: [
        {
          Match: { HTTP: { Header: [{ Name: 'authorization', Exact: canary }] } },
          Destination: { Service: 'api', RequestHeaders: { Set: { authorization: canary } } },
        },
      ],
    });
    const proxy = {
      DestinationServiceName: 'api',
      Config: { local_connect_timeout_ms: 1000, [canary.length]: canary, envoy_bootstrap_json_tpl: canary },
      Upstreams: [
        {
          DestinationName: 'x',
          DestinationPeer: 'west',
          LocalBindPort: 9100,
          Config: {
            protocol: 'http',
            token: canary,
            limits: { max_connections: 3, MaxPendingRequests: 0, note: canary },
          },
        },
      ],
    };
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'n1',
      Address: '192.0.2.1',
      NodeMeta: { 'synthetic-node': 'true', password: canary },
      Service: {
        Kind: 'connect-proxy',
        ID: 's',
        Service: 'secretive-sidecar-proxy',
        Port: 21_001,
        Tags: ['blue', `auth.users=admin:${canary}`],
        Meta: { version: '7', password: canary },
        Proxy: proxy,
      },
    });
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'n1',
      Address: '192.0.2.1',
      SkipNodeUpdate: true,
      Service: {
        Kind: 'mesh-gateway',
        ID: 'g',
        Service: 'mesh-gateway',
        Port: 8443,
        Meta: { password: canary },
        Proxy: {
          Config: {
            envoy_gateway_bind_addresses: { all: { address: '0.0.0.0', port: 8443, note: canary } },
            envoy_gateway_no_default_bind: true,
            envoy_stats_tags: [canary],
          },
        },
      },
    });
    await agent.call('POST', '/v1/query', { Name: 'q', Token: agent.token, Service: { Service: 'api' } });
    const clients = [clientOf(agent), clientOf(pair.west.agent)] as const;
    snapshot = await gatherWithOtherSides({
      cluster: { name: 'east' },
      client: clients[0],
      otherSides: { west: { name: 'west', client: clients[1] } },
      pendingSince: { visibility: 'visible', value: { 'peering-id': '2026-11-23T14:03:22.000Z' } },
    });
    for (const client of clients) client.close();
    secrets = [
      agent.token,
      pair.west.agent.token,
      pair.east.gatewayToken.secret,
      pair.west.gatewayToken.secret,
    ];
  }, 60_000);
  afterAll(() => pair.stop());

  it('gives back the same snapshot', () => {
    expect(loadSnapshot(saveSnapshot(snapshot))).toEqual({ ok: true, value: snapshot });
  });

  it('of an earlier version lacks what is younger, and is read all the same', () => {
    const { datacenters: _, ...sections } = snapshot.sections;
    const loaded = loadSnapshot(saveSnapshot({ ...snapshot, sections } as Snapshot));
    expect(loaded).toMatchObject({
      ok: true,
      value: { sections: { datacenters: { visibility: 'hidden' } } },
    });
  });

  it('gives the same report, as people read it', () => {
    const loaded = loadSnapshot(saveSnapshot(snapshot));
    if (!loaded.ok) throw new Error(loaded.error);
    const report = runChecks(snapshot);
    expect(report.results.some(({ status }) => status === 'fail')).toBe(true);
    expect(runChecks(loaded.value)).toEqual(report);
    for (const secret of [canary, ...secrets]) expect(JSON.stringify(report)).not.toContain(secret);
  });

  it('holds no secret of the cluster', () => {
    const text = saveSnapshot(snapshot);
    expect(text).toContain(withheldValue);
    for (const secret of [canary, ...secrets]) expect(text).not.toContain(secret);
    expect(text).not.toContain('SecretID');
  });

  it('keeps keys, and values that checks read', () => {
    const sidecar = valueOf(snapshot, 'sidecars').find(({ id }) => id === 's');
    expect(sidecar).toMatchObject({
      managedBy: 'dataplane',
      proxy: {
        Config: { local_connect_timeout_ms: 1000, envoy_bootstrap_json_tpl: withheldValue },
        Upstreams: [
          {
            Config: {
              protocol: 'http',
              token: withheldValue,
              limits: { max_connections: 3, MaxPendingRequests: 0, note: withheldValue },
            },
          },
        ],
      },
      registration: { Tags: [withheldValue, withheldValue], Meta: { version: '7', password: withheldValue } },
    });
    expect(sidecar?.withheld).toEqual(
      expect.arrayContaining([
        '/Tags/1',
        '/Meta/password',
        '/Proxy/Config/envoy_bootstrap_json_tpl',
        '/Proxy/Upstreams/0/Config/token',
        '/Proxy/Upstreams/0/Config/limits/note',
      ]),
    );
    const gateway = valueOf(snapshot, 'gateways').find(({ Service }) => Service.ID === 'g');
    expect(gateway).toMatchObject({
      Node: { Meta: { 'synthetic-node': 'true', password: withheldValue } },
      Service: {
        Proxy: {
          Config: {
            envoy_gateway_bind_addresses: { all: { address: '0.0.0.0', port: 8443, note: withheldValue } },
            envoy_gateway_no_default_bind: true,
            envoy_stats_tags: [withheldValue],
          },
        },
      },
    });
    expect(gateway?.withheld).toContain('/Service/Meta/password');
  });

  it('names what it leaves out of config entries, and nothing else', () => {
    expect(valueOf(snapshot, 'proxyDefaults')[0]?.withheld.toSorted()).toEqual([
      '/Config/envoy_tracing_json',
      '/Config/x-yyyyy/deep/0',
      '/EnvoyExtensions/0/Arguments/ProxyType',
      '/EnvoyExtensions/0/Arguments/Script',
      '/Meta/owner',
    ]);
    expect(valueOf(snapshot, 'serviceDefaults')[0]?.withheld.toSorted()).toEqual([
      '/UpstreamConfig/Defaults/EnvoyClusterJSON',
      '/UpstreamConfig/Overrides/0/EnvoyListenerJSON',
    ]);
    expect(valueOf(snapshot, 'serviceRouters')[0]?.withheld.toSorted()).toEqual([
      '/Routes/0/Destination/RequestHeaders/Set/authorization',
      '/Routes/0/Match/HTTP/Header/0/Exact',
    ]);
  });

  it.each([
    ['is empty', '', 'empty'],
    ['is cut short', '{"schemaVersion": 1, "cluster"', 'cut short'],
    ['is another file', '[]', 'the whole file'],
    ['is of another version', '{"schemaVersion": 3}', 'schemaVersion 3'],
    ['lacks a part', '{"schemaVersion": 2}', 'cluster'],
  ])('that %s is refused with its position', (_, text, position) => {
    const loaded = loadSnapshot(text);
    expect(loaded).toMatchObject({ ok: false, error: expect.stringContaining(position) });
  });

  it('that is another file is refused without a word of it', () => {
    expect(JSON.stringify(loadSnapshot('CANARY-0f3a'))).not.toContain('CANARY');
  });

  it.each([
    ['sections.peerings.value.list[0].Name', (it: Snapshot) => valueOf(it, 'peerings').list[0], 'Name'],
    ['sections.gateways.value[0].Node.Node', (it: Snapshot) => valueOf(it, 'gateways')[0]?.Node, 'Node'],
    ['sections.sidecars.value[0].proxy', (it: Snapshot) => valueOf(it, 'sidecars')[0], 'proxy'],
    ['sections.leader.visibility', (it: Snapshot) => it.sections.leader, 'visibility'],
    ['takenAt', (it: Snapshot) => it, 'takenAt'],
  ])('with something else at %s is refused with its position', (position, find, key) => {
    const edited = structuredClone(snapshot);
    (find(edited) as unknown as Record<string, unknown>)[key] = 7;
    const loaded = loadSnapshot(JSON.stringify(edited));
    expect(loaded).toMatchObject({ ok: false, error: expect.stringContaining(position) });
  });
});
