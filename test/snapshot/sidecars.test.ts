import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import type { SnapshotClient } from '../../src/snapshot/reads';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions } from '../lab/consul';
import { type PeeredPair, startPeeredPair } from '../lab/pair';
import { waitFor } from '../lab/process';
import { clientOf, gatherFrom, sectionsThatAre, valueOf } from './reading';

interface Registered {
  readonly name: string;
  readonly upstreams?: readonly Readonly<Record<string, unknown>>[];
  readonly proxy?: Readonly<Record<string, unknown>>;
  readonly node?: string;
}

let port = 9000;

const register = (agent: ConsulAgent, { name, upstreams = [], proxy, node = 'n1' }: Registered) =>
  agent.call('PUT', '/v1/catalog/register', {
    Node: node,
    Address: '192.0.2.1',
    Service: {
      Kind: 'connect-proxy',
      ID: name,
      Service: name,
      Port: 21_000,
      Proxy: {
        DestinationServiceName: 'any',
        Upstreams: upstreams.map((upstream) => ({ LocalBindPort: (port += 1), ...upstream })),
        ...proxy,
      },
    },
  });

const names = (snapshot: Snapshot): readonly string[] =>
  valueOf(snapshot, 'sidecars')
    .map(({ service }) => service)
    .sort();

/** Answers as a server before 1.14 does, which takes no filter on the list of services. */
const old = (client: SnapshotClient): SnapshotClient => ({
  ...client,
  agentSelf: async (call) => {
    const answer = await client.agentSelf(call);
    if (!answer.ok) return answer;
    const { Config } = answer.value;
    return { ...answer, value: { ...answer.value, Config: { ...Config, Version: '1.13.9' } } };
  },
  catalogServices: (call) => client.catalogServices({ ...(call?.signal && { signal: call.signal }) }),
});

interface Gathered {
  readonly snapshot: Snapshot;
  /** The filters by which services were searched for. */
  readonly filters: readonly string[];
}

/** Gathers again and again with one client, as a worker does. */
const gathererWithFilters = (
  agent: ConsulAgent,
): { readonly gather: () => Promise<Gathered>; readonly close: () => void } => {
  const client = clientOf(agent);
  let filters: string[] = [];
  const noting: SnapshotClient = {
    ...client,
    catalogServices: (call) => {
      if (call?.filter !== undefined) filters.push(call.filter);
      return client.catalogServices(call);
    },
  };
  return {
    gather: async () => {
      filters = [];
      const snapshot = await gatherSnapshot({ cluster: { name: agent.datacenter }, client: noting });
      return { snapshot, filters };
    },
    close: client.close,
  };
};

const gatherWithFilters = async (agent: ConsulAgent): Promise<Gathered> => {
  const { gather, close } = gathererWithFilters(agent);
  return gather().finally(close);
};

/** Consul refuses a path with it. */
const unprinted = 'a\nb';

/** Names that break out of quotes, regular expressions, paths and lines, where they are not taken care of. */
const hostile = [
  'a"b',
  "a'b",
  'a`b',
  'a\\b',
  'a|b',
  'a(b',
  '.*',
  'a b',
  unprinted,
  'a/b?c=d#e',
  '${a}',
  '<!channel>',
  'ünï',
  '🙂',
  'x'.repeat(3000),
];

describeOnVersions('the sidecars that matter to peering', (version) => {
  let pair: PeeredPair;
  let agent: ConsulAgent;
  beforeAll(async () => {
    pair = await startPeeredPair({ version });
    agent = pair.west.agent;
  }, 60_000);
  afterAll(() => pair.stop());

  it('are those with upstreams to peers, prepared queries, and transparent ones', async () => {
    await register(agent, { name: 'peer', upstreams: [{ DestinationName: 'x', DestinationPeer: 'east' }] });
    await register(agent, {
      name: 'peer-last',
      upstreams: [{ DestinationName: 'x' }, { DestinationName: 'x', DestinationPeer: 'gone' }],
    });
    await register(agent, {
      name: 'query',
      upstreams: [{ DestinationType: 'prepared_query', DestinationName: 'q' }],
    });
    await register(agent, { name: 'transparent', proxy: { Mode: 'transparent' } });
    await register(agent, { name: 'local', upstreams: [{ DestinationName: 'web' }] });
    await register(agent, { name: 'without' });
    expect(names(await gatherFrom(agent))).toEqual([
      'peer',
      'peer-last',
      'query',
      'transparent',
      'web-sidecar-proxy',
    ]);
  });

  it('do not run where a check of their own or of their node fails, whatever an alias check, maintenance or the readiness of their pod says', async () => {
    const registered: string[] = [];
    const checked = async (name: string, checks: Readonly<Record<string, string>>): Promise<void> => {
      registered.push(name);
      await register(agent, { name, upstreams: [{ DestinationName: 'x', DestinationPeer: 'east' }] });
      for (const [check, Status] of Object.entries(checks)) {
        const [Type, CheckID = `${name}-${Type}`] = check.split(' ');
        await agent.call('PUT', '/v1/catalog/register', {
          Node: 'n1',
          Address: '192.0.2.1',
          SkipNodeUpdate: true,
          Check: { Node: 'n1', CheckID, Name: check, Type, Status, ServiceID: name },
        });
      }
    };
    await checked('both', { tcp: 'critical', alias: 'critical' });
    await checked('alias-fails', { tcp: 'passing', alias: 'critical' });
    await checked('alias-alone', { alias: 'critical' });
    await checked('in-maintenance', {
      tcp: 'passing',
      'maintenance _service_maintenance:in-maintenance': 'critical',
    });
    await checked('in-ready-pod', { 'kubernetes-readiness': 'passing' });
    await checked('in-unready-pod', { 'kubernetes-readiness': 'critical' });
    await checked('in-unready-pod-and-listening', { 'kubernetes-readiness': 'critical', tcp: 'passing' });
    await checked('in-unready-pod-and-dead', { 'kubernetes-readiness': 'critical', tcp: 'critical' });
    const sidecars = valueOf(await gatherFrom(agent), 'sidecars');
    const runs = (name: string) => {
      const { failing, unchecked, unready } = sidecars.find(({ service }) => service === name) ?? {};
      return { failing, unchecked, unready };
    };
    expect(runs('in-ready-pod')).toEqual({ failing: [] });
    expect(runs('in-unready-pod')).toEqual({ failing: [], unchecked: true, unready: true });
    expect(runs('in-unready-pod-and-listening')).toEqual({ failing: [], unready: true });
    expect(runs('in-unready-pod-and-dead')).toEqual({ failing: ['tcp'], unready: true });
    expect(runs('both')).toEqual({ failing: ['tcp'] });
    expect(runs('alias-fails')).toEqual({ failing: [] });
    expect(runs('alias-alone')).toEqual({ failing: [], unchecked: true });
    expect(runs('in-maintenance')).toEqual({ failing: [] });
    for (const name of registered) {
      await agent.call('PUT', '/v1/catalog/deregister', { Node: 'n1', ServiceID: name });
    }
  });

  it('are those with an upstream to what only a peer has, though it names no peer', async () => {
    await register(agent, { name: 'forgetful', upstreams: [{ DestinationName: 'api' }] });
    expect(names(await gatherFrom(agent))).toContain('forgetful');
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'n1',
      Address: '192.0.2.1',
      Service: { Service: 'api', Port: 80 },
    });
    expect(names(await gatherFrom(agent))).not.toContain('forgetful');
  });

  it('are those with an upstream that config entries resolve to a peer', async () => {
    for (const entry of [
      { Kind: 'service-resolver', Name: 'redirected', Redirect: { Service: 'x', Peer: 'east' } },
      {
        Kind: 'service-resolver',
        Name: 'failing-over',
        Failover: { '*': { Targets: [{ Service: 'x', Peer: 'east' }] } },
      },
      { Kind: 'service-resolver', Name: 'twice', Redirect: { Service: 'redirected' } },
      { Kind: 'service-defaults', Name: 'routed', Protocol: 'http' },
      { Kind: 'service-defaults', Name: 'split', Protocol: 'http' },
      { Kind: 'service-defaults', Name: 'failing-over', Protocol: 'http' },
      { Kind: 'service-splitter', Name: 'split', Splits: [{ Weight: 100, Service: 'failing-over' }] },
      { Kind: 'service-router', Name: 'routed', Routes: [{ Destination: { Service: 'split' } }] },
      { Kind: 'service-resolver', Name: 'here', Redirect: { Service: 'web' } },
    ]) {
      await agent.call('PUT', '/v1/config', entry);
    }
    for (const name of ['redirected', 'failing-over', 'twice', 'split', 'routed', 'here']) {
      await register(agent, { name: `to-${name}`, upstreams: [{ DestinationName: name }] });
    }
    expect(names(await gatherFrom(agent)).filter((name) => name.startsWith('to-'))).toEqual(
      ['to-failing-over', 'to-redirected', 'to-routed', 'to-split', 'to-twice'].sort(),
    );
  });

  it('are the same among many that have other upstreams', async () => {
    const before = names(await gatherFrom(agent));
    for (let at = 0; at < 40; at += 1)
      await register(agent, { name: `other-${at}`, upstreams: [{ DestinationName: 'web' }] });
    const { snapshot, filters } = await gatherWithFilters(agent);
    expect(names(snapshot)).toEqual(before);
    expect(filters).toHaveLength(2);
    // Consul takes no upstream without a name today, so that none can be registered here.
    const [, pattern = ''] = /DestinationName matches `\^\(\?i:(.*?)\)\$`/.exec(filters[1] ?? '') ?? [];
    expect(pattern.split('|')).toEqual(expect.arrayContaining(['', 'twice']));
  });

  it('are found whatever the services are called', async () => {
    const { agent: east } = pair.east;
    for (const name of hostile) {
      await east.call('PUT', '/v1/catalog/register', {
        Node: 'n1',
        Address: '192.0.2.1',
        Service: { Service: name, Port: 80 },
      });
    }
    await east.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: ['api', ...hostile].map((name) => ({ Name: name, Consumers: [{ Peer: 'west' }] })),
    });
    await waitFor('the odd names to be imported', async () => {
      const list = valueOf(await gatherFrom(agent), 'peerings').list;
      return (list[0]?.StreamStatus?.ImportedServices.length ?? 0) > hostile.length;
    });
    const printed = hostile.filter((name) => name !== unprinted);
    const toEast = [{ DestinationName: 'x', DestinationPeer: 'east' }];
    for (const [index, name] of hostile.entries()) {
      await register(agent, { name: `odd-${index}`, upstreams: [{ DestinationName: name }] });
      if (name !== unprinted) await register(agent, { name: `${name}!`, upstreams: toEast });
    }
    const byName = await gatherFrom(agent);
    expect(byName.sections.sidecars.visibility).toBe('visible');
    expect(names(byName)).toEqual(
      expect.arrayContaining([
        ...hostile.map((_, index) => `odd-${index}`),
        ...printed.map((name) => `${name}!`),
      ]),
    );

    await register(agent, { name: `${unprinted}!`, upstreams: toEast });
    const byNode = await gatherFrom(agent);
    expect(byNode.sections.sidecars.visibility).toBe('visible');
    expect(names(byNode)).toEqual([...names(byName), `${unprinted}!`].sort());
    await agent.call('PUT', '/v1/catalog/deregister', { Node: 'n1', ServiceID: `${unprinted}!` });

    const exporter = await gatherFrom(east);
    expect(valueOf(exporter, 'exportedHealth').map(({ name, passing }) => [name, passing])).toEqual(
      expect.arrayContaining(printed.map((name) => [name, 1])),
    );
    expect(exporter.sections.exportedHealth.visibility).toBe('partial');
    await east.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [{ Name: 'api', Consumers: [{ Peer: 'west' }] }],
    });
  });

  it('are the same on a server that takes no filters', async () => {
    const client = clientOf(agent);
    const [now, then] = await Promise.all([
      gatherSnapshot({ cluster: { name: 'west' }, client }),
      gatherSnapshot({ cluster: { name: 'west' }, client: old(client) }),
    ]);
    client.close();
    expect(names(then)).toEqual(names(now));
    expect(valueOf(then, 'gateways')).toEqual(valueOf(now, 'gateways'));
    expect(sectionsThatAre(then, 'partial')).toEqual([]);
  });

  it('are the same, with their checks, among very many on few nodes, which are not searched twice', async () => {
    const before = valueOf(await gatherFrom(agent), 'sidecars');
    expect(before.filter(({ failing }) => failing === undefined)).toEqual([]);
    const others = Array.from({ length: 250 }, (_, index) => `very-many-${index}`);
    for (const name of others)
      await register(agent, { name, node: 'n2', upstreams: [{ DestinationName: 'web' }] });
    const { gather, close } = gathererWithFilters(agent);
    const byName = (one: { service: string }, other: { service: string }) =>
      one.service < other.service ? -1 : 1;
    const gatherTheSame = async (searches: number): Promise<void> => {
      const { snapshot, filters } = await gather();
      expect(filters).toHaveLength(searches);
      expect(snapshot.sections.sidecars.visibility).toBe('visible');
      expect(valueOf(snapshot, 'sidecars').toSorted(byName)).toEqual(before.toSorted(byName));
    };
    await gatherTheSame(1);
    // The search would only say again that the nodes must be read.
    await gatherTheSame(0);
    for (const name of others)
      await agent.call('PUT', '/v1/catalog/deregister', { Node: 'n2', ServiceID: name });
    await gatherTheSame(0);
    // More nodes than are read instead of a search.
    const nodes = Array.from({ length: 40 }, (_, index) => `extra-${index}`);
    for (const Node of nodes) await agent.call('PUT', '/v1/catalog/register', { Node, Address: '192.0.2.1' });
    await gatherTheSame(2);
    for (const Node of nodes) await agent.call('PUT', '/v1/catalog/deregister', { Node });
    close();
  }, 60_000);

  it('are read node by node where they are many, and are the same', async () => {
    const before = names(await gatherFrom(agent));
    const many = Array.from({ length: 250 }, (_, index) => `many-${index}`);
    for (const name of many) {
      await register(agent, {
        name,
        node: 'n2',
        upstreams: [{ DestinationName: 'x', DestinationPeer: 'east' }],
      });
    }
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'n2',
      Address: '192.0.2.1',
      SkipNodeUpdate: true,
      Check: {
        Node: 'n2',
        CheckID: 'listens',
        Name: 'Envoy listens',
        Status: 'critical',
        Type: 'tcp',
        ServiceID: 'many-2',
      },
    });
    let requests = 0;
    const snapshot = await gatherFrom(agent, undefined, { onProgress: (_, total) => (requests = total) });
    expect(names(snapshot)).toEqual([...before, ...many].sort());
    expect(requests).toBeLessThan(100);
    // Their checks are not read, but the critical ones are.
    const failing = valueOf(snapshot, 'sidecars').filter((sidecar) => sidecar.failing?.length !== 0);
    expect(failing.map(({ service, failing: names }) => [service, names])).toEqual([
      ['many-2', ['Envoy listens']],
    ]);
    const one = valueOf(snapshot, 'sidecars').find(({ service }) => service === 'many-1');
    expect(one).toMatchObject({
      at: {
        endpoint: expect.stringContaining('/v1/catalog/node-services/n2?filter='),
        path: /^Services\[\d+\]$/,
      },
      managedBy: 'catalog',
    });
  }, 60_000);
});
