import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { calling, peers, stream } from '../changes';
import { checkTable, type Changes, firstCode, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const id = 'upstream-destination-namespace';

/** Consul Enterprise, where `west` exports `billing` of the namespace `finance`. */
const enterprise = (...changes: readonly Changes[]): Changes =>
  Object.assign({ cluster: { enterprise: true } }, peers(stream(['finance/billing'])), ...changes) as Changes;

const toBilling = ['error', 'upstream web-sidecar-proxy → billing'] as const;
const toLedger = ['error', 'upstream web-sidecar-proxy → ledger'] as const;
const ledger = { DestinationPeer: '', DestinationName: 'ledger' };
const ledgerInFinance: Changes = { serviceNames: [{ name: 'ledger', namespace: 'finance' }] };

checkTable(id, [
  ['the namespace is named', enterprise(calling({ DestinationNamespace: 'finance' })), 'pass'],
  [
    'the sidecar is in that namespace',
    enterprise({ sidecars: [exampleSidecar([exampleUpstream()], { namespace: 'finance' })] }),
    'pass',
  ],
  ['the peer exports it from another namespace only', enterprise(calling({})), 'fail', toBilling],
  [
    'the peer exports it from this namespace and another',
    enterprise(calling({}), peers(stream(['finance/billing', 'billing']))),
    'pass',
  ],
  ['the peer does not export it', enterprise(calling({ DestinationName: 'x' })), 'pass'],
  [
    'the peer exports two of three from another namespace only',
    enterprise(
      calling(
        {},
        { DestinationName: 'stock', LocalBindPort: 9192 },
        { DestinationName: 'books', LocalBindPort: 9193 },
      ),
      peers(stream(['finance/billing', 'stock', 'finance/books'])),
    ),
    'fail',
    toBilling,
    ['error', 'upstream web-sidecar-proxy → books'],
  ],
  [
    'the peering is not ACTIVE',
    enterprise(calling({}), peers({ State: 'TERMINATED', ...stream(['finance/billing']) })),
    'pass',
  ],
  [
    'this cluster has it in another namespace only',
    enterprise(calling(ledger), ledgerInFinance),
    'fail',
    toLedger,
  ],
  [
    'this cluster has it in this namespace too',
    enterprise(calling(ledger), {
      serviceNames: [{ name: 'ledger', namespace: 'finance' }, { name: 'ledger' }],
    }),
    'pass',
  ],
  [
    'a prepared query has the name of a service in another namespace',
    enterprise(calling({ ...ledger, DestinationType: 'prepared_query' }), ledgerInFinance),
    'pass',
  ],
  [
    'it is the wildcard of a transparent proxy',
    enterprise(calling({ ...ledger, DestinationName: '*' }), {
      serviceNames: [{ name: '*', namespace: 'x' }],
    }),
    'pass',
  ],
  [
    'it has no name',
    enterprise(calling({ ...ledger, DestinationName: '' }), { serviceNames: [{ name: '', namespace: 'x' }] }),
    'pass',
  ],
  [
    'the namespace is named, but is that of the sidecar',
    enterprise(calling({ DestinationNamespace: 'default', DestinationName: 'x' })),
    'pass',
    ['info', 'upstream web-sidecar-proxy → x'],
  ],
  [
    'two upstreams name the namespace of the sidecar, and one needs another',
    enterprise(
      calling(
        { DestinationNamespace: 'default', DestinationName: 'x' },
        {},
        { DestinationNamespace: 'default', DestinationName: 'y' },
      ),
    ),
    'fail',
    toBilling,
    ['info', 'upstream web-sidecar-proxy → x'],
    ['info', 'upstream web-sidecar-proxy → y'],
  ],
  ['this is Consul CE', { ...calling({}), ...peers(stream(['finance/billing'])) }, 'skip'],
  ['there is no peering', enterprise(calling({}), peers()), 'skip'],
  ['the catalog is not visible', enterprise(calling(ledger), { serviceNames: hidden() }), 'unknown'],
  [
    'the catalog is not visible, and no upstream needs it',
    enterprise(calling({ DestinationNamespace: 'finance' }), { serviceNames: hidden() }),
    'pass',
  ],
  [
    'the catalog is not visible, and the peer exports it from another namespace only',
    enterprise(calling({}, ledger), { serviceNames: hidden() }),
    'fail',
    toBilling,
  ],
  ['sidecars are not visible', enterprise({ sidecars: hidden() }), 'unknown'],
  [
    'some sidecars are not visible, and the visible one names the namespace',
    enterprise({
      sidecars: partial([exampleSidecar([exampleUpstream({ DestinationNamespace: 'finance' })])]),
    }),
    'unknown',
  ],
  [
    'some sidecars are not visible, and a visible one is wrong',
    enterprise({ sidecars: partial([exampleSidecar()]) }),
    'fail',
    toBilling,
  ],
]);

it('upstream-destination-namespace sets the namespace, or removes one that is not needed', () => {
  expect(firstCode(resultFor(id, enterprise(calling({}))))).toContain('destination_namespace = "finance"');
  const both = resultFor(
    id,
    enterprise(calling({}, { DestinationNamespace: 'default', DestinationName: 'x', LocalBindPort: 9192 })),
  );
  const [error, info] = both.findings.map(({ remediation }) => remediation[0]?.code ?? '');
  expect(error?.match(/destination_namespace/gu)).toHaveLength(2);
  expect(info?.match(/destination_namespace/gu)).toHaveLength(1);
  expect(info).toContain('destination_namespace = "finance"');
});
