import { type ConsulAgent, describeOnVersions, startConsul } from '../lab/consul';
import { gatherFrom, valueOf } from './reading';

describeOnVersions('the instances of a gateway that calls services', (version) => {
  let agent: ConsulAgent;
  beforeAll(async () => {
    agent = await startConsul({ version });
    await agent.call('PUT', '/v1/config', {
      Kind: 'ingress-gateway',
      Name: 'front',
      Listeners: [{ Port: 8080, Protocol: 'tcp', Services: [{ Name: 'web' }] }],
    });
  }, 60_000);
  afterAll(() => agent.stop());

  const register = (Node: string, Checks: readonly object[]) =>
    agent.call('PUT', '/v1/catalog/register', {
      Node,
      Address: '192.0.2.1',
      Service: { Kind: 'ingress-gateway', ID: 'front', Service: 'front', Port: 8080 },
      Checks: [{ Node, CheckID: 'node', Name: 'node', Status: 'passing' }, ...Checks],
    });

  it('are not seen to run where no check but that of the node watches them', async () => {
    const own = { CheckID: 'own', Name: 'own', ServiceID: 'front' };
    await register('alone', []);
    await register('aliased', [{ ...own, Node: 'aliased', Type: 'alias', Status: 'passing' }]);
    await register('watched', [{ ...own, Node: 'watched', Type: 'tcp', Status: 'passing' }]);
    await register('down', [{ ...own, Node: 'down', Type: 'tcp', Status: 'critical' }]);
    const gateways = valueOf(await gatherFrom(agent), 'routingGateways');
    expect(
      Object.fromEntries(
        gateways.map(({ id, node, failing, unchecked }) => [node, { id, failing, unchecked }]),
      ),
    ).toEqual({
      alone: { id: 'front', failing: [], unchecked: true },
      aliased: { id: 'front', failing: [], unchecked: true },
      watched: { id: 'front', failing: [] },
      down: { id: 'front', failing: ['own'] },
    });
  });
});
