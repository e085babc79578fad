import { exampleEntry, exampleExports } from '../../../src/checks/examples/parts';
import { exporting, peers } from '../changes';
import { checkTable, firstCode, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const id = 'exported-services-reserved';
const api = { name: 'api', peers: ['west'] };
const consul = { name: 'consul', peers: ['west'] };
const finding = ['warning', 'service consul'] as const;

/** `consul` in these namespaces, each for these consumers. */
const inNamespaces = (
  ...services: readonly (readonly [Namespace: string, consumer: Readonly<Record<string, string>>])[]
) => ({
  exportedServices: [
    exampleEntry({
      Kind: 'exported-services' as const,
      Name: 'default',
      Services: services.map(([Namespace, consumer]) => ({
        Name: 'consul',
        Namespace,
        Consumers: [consumer],
      })),
    }),
  ],
});
const two = inNamespaces(['default', { Peer: 'west' }], ['team', { Peer: 'west' }]);

checkTable(id, [
  ['another service is exported', exporting(api), 'pass'],
  ['all services are exported', exporting({ name: '*', peers: ['west'] }), 'pass'],
  ['the name differs in case', exporting({ name: 'Consul', peers: ['west'] }), 'pass'],
  ['consul is exported to a partition', inNamespaces(['', { Partition: 'team' }]), 'pass'],
  ['consul is exported beside another service', exporting(api, consul), 'fail', finding],
  ['consul alone is exported', exporting(consul), 'fail', finding],
  ['consul is exported twice', exporting(consul, api, consul), 'fail', finding],
  [
    'consul is exported to a group that is not known',
    exporting({ name: 'consul', group: 'all' }),
    'fail',
    finding,
  ],
  ['consul is exported from two namespaces', two, 'fail', finding, ['warning', 'service team/consul']],
  ['nothing is exported', { exportedServices: [] }, 'skip'],
  ['there is no peering', { ...peers(), ...exporting(consul) }, 'skip'],
  ['exports are not visible', { exportedServices: hidden() }, 'unknown'],
  ['some exports are not visible', { exportedServices: partial([exampleExports([api])]) }, 'unknown'],
  [
    'a visible export is consul',
    { exportedServices: partial([exampleExports([consul])]) },
    'unknown',
    finding,
  ],
]);

it('the fix keeps the other services', () => {
  const code = firstCode(resultFor(id, exporting(consul, api, consul)));
  expect(code).toContain('"api"');
  expect(code).not.toContain('"consul"');
});

it('each fix removes consul from every namespace, and keeps what is for partitions', () => {
  const changes = inNamespaces(
    ['default', { Peer: 'west' }],
    ['team', { Peer: 'west' }],
    ['', { Partition: 'team' }],
  );
  for (const { remediation } of resultFor(id, changes).findings) {
    expect(remediation?.[0]?.code).not.toContain('west');
    expect(remediation?.[0]?.code).toContain('Partition');
  }
});

it('shows each row, under the namespace that it is in', () => {
  const pathsOf = (changes: ReturnType<typeof exporting>) =>
    resultFor(id, changes).findings.map((found) => found.evidence.map(({ path }) => path));
  expect(pathsOf(exporting(consul, api, consul))).toEqual([['Services[0].Name', 'Services[2].Name']]);
  expect(pathsOf(two)).toEqual([['Services[0].Name'], ['Services[1].Name']]);
});

it('the fix of an entry removes nothing for the place of consul in another', () => {
  const changes = { exportedServices: [exampleExports([consul, api]), exampleExports([api, consul])] };
  const code = firstCode(resultFor(id, changes));
  expect(code).toContain('"api"');
  expect(code).not.toContain('"consul"');
});

it('the fix writes no Kubernetes resource without services, which Kubernetes refuses', () => {
  const languages = (changes: ReturnType<typeof exporting>) =>
    resultFor(id, changes).findings.flatMap(({ remediation }) =>
      remediation?.map(({ language }) => language),
    );
  expect(languages(exporting(api, consul))).toContain('yaml');
  expect(languages(exporting(consul))).not.toContain('yaml');
  expect(languages(exporting(consul))).toContain('hcl');
});
