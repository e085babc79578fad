import { listChainTargets } from '../../src/consul/chain-targets';
import { DiscoveryChain } from '../../src/consul/wire';

const chainTo = (StartNode: string, Target: string) =>
  DiscoveryChain.parse({
    Chain: {
      ServiceName: 'web',
      Namespace: 'default',
      Partition: 'default',
      Datacenter: 'dc1',
      Protocol: 'http',
      StartNode,
      Nodes: {
        'resolver:web': {
          Type: 'resolver',
          Name: 'web',
          Resolver: { Target, Failover: { Targets: [Target] } },
        },
      },
      Targets: {},
    },
  }).Chain;

it.each(['constructor', '__proto__', 'toString', 'missing'])('a chain without %s has no targets', (name) => {
  expect(listChainTargets(chainTo('resolver:web', name))).toEqual([]);
  expect(listChainTargets(chainTo(name, 'web'))).toEqual([]);
});
