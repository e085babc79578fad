import { exampleAgent, examplePeering } from '../../../src/checks/examples/parts';
import type { AgentSelf } from '../../../src/consul/wire';
import { checkTable } from '../check-table';
import { hidden, partial } from '../world';

const federated = (config: Partial<AgentSelf['Config']> = {}): AgentSelf =>
  exampleAgent({ Config: { ...exampleAgent().Config, PrimaryDatacenter: 'dc0', ...config } });

const exportsNothing = {
  exportedServices: [],
  peerings: {
    enabled: true,
    list: [
      examplePeering({
        StreamStatus: { ImportedServices: ['billing'], ExportedServices: [], LastHeartbeat: null },
      }),
    ],
  },
};
const failed = ['error', 'cluster prod-east'] as const;

checkTable(
  'primary-datacenter',
  [
    ['it is the primary', {}, 'pass'],
    ['names of datacenters have no case', { agent: federated({ PrimaryDatacenter: 'DC1' }) }, 'pass'],
    ['no primary is named', { agent: federated({ PrimaryDatacenter: '' }) }, 'pass'],
    ['a secondary exports', { agent: federated() }, 'fail', failed],
    [
      'some peerings are not visible, and a secondary exports to a visible one',
      { agent: federated(), peerings: partial({ enabled: true, list: [examplePeering()] }) },
      'fail',
      failed,
    ],
    [
      'some peerings are not visible, and a secondary only imports from the visible one',
      { agent: federated(), ...exportsNothing, peerings: partial(exportsNothing.peerings) },
      'unknown',
    ],
    [
      'no peering of a secondary is visible, and some are hidden',
      { agent: federated(), peerings: partial({ enabled: true, list: [] }) },
      'unknown',
    ],
    ['a secondary only imports', { agent: federated(), ...exportsNothing }, 'skip'],
    ['a secondary without a peering', { agent: federated(), peerings: { enabled: true, list: [] } }, 'skip'],
    [
      'the primary is asked about its secondary',
      { agent: federated({ Datacenter: 'dc0' }), cluster: { datacenter: 'dc2' } },
      'fail',
      failed,
    ],
    [
      'a secondary is asked about the primary',
      { agent: federated({ Datacenter: 'dc2' }), cluster: { datacenter: 'dc0' } },
      'pass',
    ],
    ['the agent is not visible', { agent: hidden() }, 'unknown'],
    [
      'it is not known whether a secondary exports',
      { agent: federated(), ...exportsNothing, exportedServices: hidden() },
      'unknown',
    ],
  ],
  { several: 'a cluster is in one datacenter' },
);
