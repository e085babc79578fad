import { gatherSnapshot } from '../../src/snapshot/gather-snapshot';
import type { ExportedServiceHealth } from '../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions, startConsul } from '../lab/consul';
import { clientOf, gatherFrom, valueOf } from './reading';

const register = (
  agent: ConsulAgent,
  service: { readonly ID: string; readonly [key: string]: unknown },
  check = 'passing',
) =>
  agent.call('PUT', '/v1/catalog/register', {
    Node: 'n1',
    Address: '192.0.2.1',
    SkipNodeUpdate: true,
    Service: { Port: 80, ...service },
    Check: { CheckID: `c-${service.ID}`, Name: 'check', Status: check, ServiceID: service.ID },
  });

const sidecarOf = (name: string) => ({
  Kind: 'connect-proxy',
  ID: `${name}-proxy`,
  Service: `${name}-sidecar-proxy`,
  Proxy: { DestinationServiceName: name },
});

const facts = ({ instances, passing, native, inMesh }: ExportedServiceHealth) => ({
  instances,
  passing,
  native,
  inMesh,
});

describeOnVersions('the services that are exported by name', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    await register(agent, { ID: 'good', Service: 'good' });
    await register(agent, sidecarOf('good'));
    await register(agent, { ID: 'half-1', Service: 'half' });
    await register(agent, { ID: 'half-2', Service: 'half' }, 'critical');
    await register(agent, { ID: 'warned', Service: 'warned' }, 'warning');
    await register(agent, { ID: 'dead', Service: 'dead' }, 'critical');
    await register(agent, sidecarOf('dead'));
    await register(agent, { ID: 'unled', Service: 'unled' });
    await register(agent, sidecarOf('unled'), 'critical');
    for (const name of ['warned-sidecar', 'weightless']) {
      const Weights = { Passing: 1, Warning: name === 'weightless' ? 0 : 1 };
      await register(agent, { ID: name, Service: name });
      await register(agent, { ...sidecarOf(name), Weights }, 'warning');
    }
    await register(agent, { ID: 'native', Service: 'native', Connect: { Native: true } });
    await agent.call('PUT', '/v1/config', {
      Kind: 'exported-services',
      Name: 'default',
      Services: [
        'good',
        'half',
        'warned',
        'dead',
        'native',
        'absent',
        'Good',
        'unled',
        'consul',
        '*',
        'warned-sidecar',
        'weightless',
      ].map((name) => ({
        Name: name,
        Consumers: [{ Peer: 'west' }, { Peer: 'south' }],
      })),
    });
  }, 60_000);
  afterAll(() => agent.stop());

  const seen = async () => {
    const rows = valueOf(await gatherFrom(agent), 'exportedHealth');
    return Object.fromEntries(rows.map((row) => [row.name, row]));
  };

  const expected = {
    good: { instances: 1, passing: 1, native: 0, inMesh: 1 },
    half: { instances: 2, passing: 1, native: 0, inMesh: 0 },
    warned: { instances: 1, passing: 1, native: 0, inMesh: 0 },
    dead: { instances: 1, passing: 0, native: 0, inMesh: 1 },
    native: { instances: 1, passing: 1, native: 1, inMesh: 1 },
    absent: { instances: 0, passing: 0, native: 0, inMesh: 0 },
    // Another name to peers, though the catalog finds the same instances by it.
    Good: { instances: 0, passing: 0, native: 0, inMesh: 1 },
    unled: { instances: 1, passing: 1, native: 0, inMesh: 1 },
    'warned-sidecar': { instances: 1, passing: 1, native: 0, inMesh: 1 },
    weightless: { instances: 1, passing: 1, native: 0, inMesh: 1 },
  };

  it('are counted with what passes and what stands for them in the mesh', async () => {
    const rows = await seen();
    expect(Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, facts(row)]))).toEqual(
      expected,
    );
    expect(rows['dead']).toMatchObject({
      endpoint: '/v1/health/connect/dead',
      healthEndpoint: '/v1/health/service/dead',
    });
    expect(Object.values(rows).flatMap(({ registeredAs }) => registeredAs ?? [])).toEqual(['good']);
    expect(rows['Good']?.registeredAs).toBe('good');
    expect(rows['unled']).toMatchObject({
      downInMesh: { kind: 'connect-proxy', service: 'unled-sidecar-proxy', node: 'n1', failing: ['check'] },
    });
    expect(rows['weightless']).toMatchObject({ downInMesh: { service: 'weightless-sidecar-proxy' } });
    expect(Object.values(rows).filter(({ downInMesh }) => downInMesh)).toHaveLength(2);
  });

  it('are read one by one only if something of theirs is critical, absent or outside the mesh', async () => {
    const names: string[] = [];
    const client = clientOf(agent);
    await gatherSnapshot({
      cluster: { name: 'x' },
      client: {
        ...client,
        healthService: (name, options) => {
          names.push(name);
          return client.healthService(name, options);
        },
      },
    });
    client.close();
    expect(names.sort()).toEqual(['Good', 'absent', 'dead', 'half', 'warned']);
  });

  it('tell the maintenance that takes them out of use', async () => {
    const own = '_service_maintenance:unled-proxy';
    for (const [CheckID, ServiceID] of [
      ['_node_maintenance', ''],
      [own, 'unled-proxy'],
    ]) {
      const check = { CheckID, Name: CheckID, Status: 'critical', ServiceID };
      await agent.call('PUT', '/v1/catalog/register', { Node: 'n1', Address: '192.0.2.1', Check: check });
    }
    const during = await seen();
    expect(during['good']?.maintenance).toEqual([{ node: 'n1' }]);
    expect(during['unled']?.downInMesh?.maintenance).toHaveLength(2);
    expect(during['unled']?.downInMesh?.maintenance).toContainEqual({ node: 'n1', service: 'unled-proxy' });
    for (const CheckID of ['_node_maintenance', own]) {
      await agent.call('PUT', '/v1/catalog/deregister', { Node: 'n1', CheckID });
    }
    expect((await seen())['good']).not.toHaveProperty('maintenance');
  });

  it('do not pass where their node is critical', async () => {
    const check = { CheckID: 'disk', Name: 'disk', Status: 'critical' };
    await agent.call('PUT', '/v1/catalog/register', { Node: 'n1', Address: '192.0.2.1', Check: check });
    const rows = await seen();
    expect(rows['good']).toMatchObject({ instances: 1, passing: 0 });
    await agent.call('PUT', '/v1/catalog/deregister', { Node: 'n1', CheckID: 'disk' });
    expect((await seen())['good']).toMatchObject({ passing: 1 });
  });
});

describeOnVersions('the subsets that calls of an exported name end at', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    const instance = async (id: string, version: string, status: string): Promise<void> => {
      await register(agent, { ID: id, Service: 'api', Meta: { version } });
      const proxy = { ...sidecarOf('api'), ID: `${id}-proxy`, Meta: { version } };
      await register(agent, proxy, status);
    };
    await instance('a', 'v1', 'passing');
    await instance('b', 'v1', 'critical');
    await instance('c', 'v2', 'warning');
    for (const entry of [
      {
        Kind: 'service-resolver',
        Name: 'api',
        DefaultSubset: 'v1',
        Subsets: {
          v1: { Filter: 'Service.Meta.version == v1' },
          v2: { Filter: 'Service.Meta.version == v2', OnlyPassing: true },
          v3: { Filter: 'Service.Meta.version == v3' },
        },
        Failover: { '*': { ServiceSubset: 'v2' } },
      },
      { Kind: 'service-resolver', Name: 'old', Redirect: { Service: 'api', ServiceSubset: 'v3' } },
      {
        Kind: 'exported-services',
        Name: 'default',
        Services: ['api', 'old'].map((Name) => ({ Name, Consumers: [{ Peer: 'west' }] })),
      },
    ]) {
      await agent.call('PUT', '/v1/config', entry);
    }
  }, 60_000);
  afterAll(() => agent.stop());

  it('are counted by Consul', async () => {
    const rows = valueOf(await gatherFrom(agent), 'exportedHealth');
    const api = rows.find(({ name }) => name === 'api');
    expect(api?.inMesh).toBe(3);
    expect(api?.subsets?.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'v1', inMesh: 2, healthy: 1 },
      { name: 'v2', inMesh: 1, healthy: 0 },
      { name: 'v3', inMesh: 0, healthy: 0 },
    ]);
  });
});

describeOnVersions('the services that a wildcard exports and terminating gateways serve', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    await register(agent, { ID: 'well', Service: 'well' });
    await register(agent, { ID: 'ill', Service: 'ill' }, 'critical');
    await register(agent, { ID: 'ill-too', Service: 'ill-too' }, 'critical');
    await register(agent, { ID: 'exit', Service: 'exit', Kind: 'terminating-gateway' });
  }, 60_000);
  afterAll(() => agent.stop());

  const write = (Kind: string, Name: string, ...Services: readonly object[]) =>
    agent.call('PUT', '/v1/config', { Kind, Name, Services });
  const read = async () =>
    valueOf(await gatherFrom(agent), 'exportedHealth')
      .map(({ name, instances, passing, terminatedRows }) => [name, instances, passing, terminatedRows])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other)));

  it('are read where a check of them is critical', async () => {
    await write('exported-services', 'default', { Name: '*', Consumers: [{ Peer: 'west' }] });
    expect(await read()).toEqual([]);
    await write('terminating-gateway', 'exit', { Name: 'ill' }, { Name: 'well' });
    expect(await read()).toEqual([['ill', 1, 0, 1]]);
    await write('terminating-gateway', 'exit', { Name: '*' });
    expect(await read()).toEqual([
      ['ill', 1, 0, 1],
      ['ill-too', 1, 0, 1],
    ]);
  });

  it('are all read where a check of a node is critical', async () => {
    await agent.call('PUT', '/v1/catalog/register', {
      Node: 'n1',
      Address: '192.0.2.1',
      Check: { CheckID: 'node', Name: 'node', Status: 'critical' },
    });
    expect(await read()).toEqual([
      ['ill', 1, 0, 1],
      ['ill-too', 1, 0, 1],
      ['well', 1, 0, 1],
    ]);
  });

  it('say which gateways these are, by their ids', async () => {
    await register(agent, { ID: 'exit-2', Service: 'exit', Kind: 'terminating-gateway' });
    const [ill] = valueOf(await gatherFrom(agent), 'exportedHealth');
    expect(ill?.terminators?.map(({ gateway, id }) => `${gateway} ${id}`).toSorted()).toEqual([
      'exit exit',
      'exit exit-2',
    ]);
  });

  it('are read once where a name exports them too', async () => {
    const Consumers = [{ Peer: 'west' }];
    await write('exported-services', 'default', { Name: '*', Consumers }, { Name: 'ill', Consumers });
    expect((await read()).map(([name]) => name)).toEqual(['ill', 'ill-too', 'well']);
  });
});

describeOnVersions('the services that share calls with a peer', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    const splitter = (Name: string, ...names: readonly string[]) => ({
      Kind: 'service-splitter',
      Name,
      Splits: names.map((Service) => ({ Weight: 100 / names.length, Service })),
    });
    for (const Name of [
      'split',
      'outer',
      'inner',
      'here',
      'remote',
      'old',
      'orders',
      'carts',
      'stock',
      'books',
    ])
      await agent.call('PUT', '/v1/config', { Kind: 'service-defaults', Name, Protocol: 'http' });
    for (const entry of [
      { Kind: 'service-resolver', Name: 'remote', Redirect: { Service: 'api', Peer: 'west' } },
      { Kind: 'service-resolver', Name: 'old', Redirect: { Service: 'orders' } },
      splitter('split', 'remote', 'old'),
      splitter('inner', 'remote', 'carts'),
      splitter('outer', 'inner', 'stock'),
      splitter('here', 'books', 'stock'),
    ]) {
      await agent.call('PUT', '/v1/config', entry);
    }
    for (const name of ['orders', 'carts', 'stock', 'books'])
      await register(agent, { ID: name, Service: name });
    await register(agent, sidecarOf('orders'));
  }, 60_000);
  afterAll(() => agent.stop());

  it('are read where a splitter, or one of its legs, resolves to a peer', async () => {
    const rows = valueOf(await gatherFrom(agent), 'exportedHealth');
    const found = Object.fromEntries(rows.map(({ name, inMesh }) => [name, inMesh]));
    expect(found).toEqual({ orders: 1, carts: 0, stock: 0 });
  });
});
