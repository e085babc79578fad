import { applyOverlay, type OverlayChange, parseOverlay } from '../../src/checks/overlay';
import { runChecks } from '../../src/checks/runner';
import type { Snapshot } from '../../src/snapshot/snapshot';
import { type ConsulAgent, describeOnVersions, startConsul } from '../lab/consul';
import { resultOf } from '../e2e-checks/stage';
import { gatherFrom, valueOf } from './reading';

const gatewayWith = (Name: string, ...services: readonly string[]) => ({
  Kind: 'terminating-gateway',
  Name,
  Services: services.map((service) => ({ Name: service })),
});

const changesOf = (entry: object): readonly OverlayChange[] => {
  const overlay = parseOverlay([{ name: 'change.json', text: JSON.stringify(entry) }]);
  if (!overlay.ok) throw new Error(overlay.error);
  return overlay.value.changes;
};

const linkedIn = (snapshot: Snapshot): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    valueOf(snapshot, 'wildcardLinks').map(({ gateway, services }) => [
      gateway,
      services.map(({ name }) => name),
    ]),
  );

describeOnVersions('what wildcards link to terminating gateways', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    for (const [name, Service] of Object.entries({
      ext: {},
      api: {},
      native: { Connect: { Native: true } },
      'api-sidecar-proxy': { Kind: 'connect-proxy', Proxy: { DestinationServiceName: 'api' } },
    })) {
      await register(name, Service);
    }
    for (const entry of [
      {
        Kind: 'service-defaults',
        Name: 'outside',
        Destination: { Addresses: ['outside.example'], Port: 443 },
      },
      {
        Kind: 'exported-services',
        Name: 'default',
        Services: [{ Name: '*', Consumers: [{ Peer: 'west' }] }],
      },
      gatewayWith('named', 'ext'),
    ]) {
      await agent.call('PUT', '/v1/config', entry);
    }
  }, 60_000);
  afterAll(() => agent.stop());

  const register = (name: string, service: object) =>
    agent.call('PUT', '/v1/catalog/register', {
      Node: 'app',
      Address: '192.0.2.1',
      Service: { ID: name, Service: name, Port: 8080, ...service },
    });

  const requestsOf = async (): Promise<number> => {
    let requests = 0;
    await gatherFrom(agent, undefined, { onProgress: (_, total) => (requests = total) });
    return requests;
  };

  it('are not asked for where no entry links one, and take one request of each gateway that does', async () => {
    const before = await requestsOf();
    expect(valueOf(await gatherFrom(agent), 'wildcardLinks')).toEqual([]);
    await agent.call('PUT', '/v1/config', gatewayWith('exit', '*', 'later'));
    expect((await requestsOf()) - before).toBe(1);
  });

  it('are instances outside the mesh, and no destinations', async () => {
    expect(linkedIn(await gatherFrom(agent))).toEqual({ exit: ['api', 'ext'] });
  });

  it('are searched for in tokens where a wildcard exports them', async () => {
    const { gateways = [] } = valueOf(await gatherFrom(agent), 'sidecarTokens');
    const servicesOf = (name: string) => gateways.find(({ gateway }) => gateway === name)?.services;
    expect([servicesOf('exit'), servicesOf('named')]).toEqual([['api', 'ext', 'later'], ['ext']]);
  });

  it('are what peers cannot reach before the releases with the fix', async () => {
    const exporting = (name: string): Promise<unknown> =>
      agent.call('PUT', '/v1/config', {
        Kind: 'exported-services',
        Name: 'default',
        Services: [{ Name: name, Consumers: [{ Peer: 'west' }] }],
      });
    const isReported = async (): Promise<boolean> =>
      resultOf(runChecks(await gatherFrom(agent)), 'consul-known-issues').findings.some(
        ({ subject }) => subject.name === '18959',
      );
    await agent.call('DELETE', '/v1/config/terminating-gateway/named');
    await exporting('ext');
    expect(await isReported()).toBe(version === 'oldest');
    await exporting('native');
    expect(await isReported()).toBe(false);
    await exporting('*');
    await agent.call('PUT', '/v1/config', gatewayWith('named', 'ext'));
  });

  it('are not visible to a token that may not read the gateway, and in part to one that may not read all', async () => {
    const visibleWith = async (rules: string) =>
      (await gatherFrom(agent, (await agent.tokenWith(rules)).secret)).sections.wildcardLinks;
    expect(await visibleWith('service "ext" { policy = "read" }')).toMatchObject({ visibility: 'hidden' });
    expect(
      await visibleWith('service "exit" { policy = "read" } service "ext" { policy = "read" }'),
    ).toMatchObject({ visibility: 'partial', value: [{ gateway: 'exit', services: [{ name: 'ext' }] }] });
  });

  it('are not known of a wildcard before it is written, and stay where the entry keeps it', async () => {
    const before = await gatherFrom(agent);
    const after = (entry: object): Snapshot => applyOverlay(before, before, changesOf(entry));
    expect(linkedIn(after(gatewayWith('exit', '*')))).toEqual({ exit: ['api', 'ext'] });
    expect(linkedIn(after(gatewayWith('exit', 'ext')))).toEqual({});
    expect(after(gatewayWith('named', '*')).sections.wildcardLinks).toMatchObject({
      visibility: 'partial',
      value: [{ gateway: 'exit' }],
    });
  });

  it('are cut where they are very many, and all services are then searched for', async () => {
    for (let number = 0; number < 300; number += 1) await register(`many-${number}`, {});
    const snapshot = await gatherFrom(agent);
    expect(snapshot.sections.wildcardLinks).toMatchObject({
      visibility: 'partial',
      reason: { kind: 'too-large' },
    });
    expect(linkedIn(snapshot)['exit']).toHaveLength(256);
    const { gateways = [] } = valueOf(snapshot, 'sidecarTokens');
    expect(gateways.find(({ gateway }) => gateway === 'exit')?.services).toContain('*');
  });
});
