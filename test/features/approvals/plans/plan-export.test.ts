import fc from 'fast-check';
import type { ExportedServices } from '../../../../src/consul/wire';
import type { ClusterFacts } from '../../../../src/features/approvals/plans/plan';
import { changedEntry, isExported, planExport } from '../../../../src/features/approvals/plans/plan-export';

const facts = (Services: ExportedServices['Services'] | null, index = 7): ClusterFacts => ({
  name: 'prod-east',
  address: 'https://east:8501',
  datacenter: 'dc1',
  partition: 'default',
  trustDomain: 'a.consul',
  peeringEnabled: true,
  mayWrite: true,
  peering: null,
  entry: Services && { index, entry: { Kind: 'exported-services', Name: 'default', Services } },
});
const one = { service: 'api', peer: 'west' };
const api = [{ Name: 'api', Consumers: [{ Peer: 'west' }] }];
const consumersIn = (entry: object): readonly string[] =>
  ('Services' in entry ? (entry.Services as ExportedServices['Services']) : []).flatMap(
    ({ Name, Consumers }) => Consumers.map((consumer) => `${Name} ${JSON.stringify(consumer)}`),
  );

it('holds no longer once anybody has written the entry', () => {
  const [before, after] = [planExport('export', facts([]), one), planExport('export', facts([], 8), one)];
  if (!before.ok || !after.ok) throw new Error('refused');
  expect(after.value.digest).not.toBe(before.value.digest);
});

it.each([
  ['export', null, true],
  ['export', [], true],
  ['export', api, false],
  ['unexport', api, true],
  ['unexport', [], false],
  ['unexport', null, false],
  ['unexport', [{ Name: '*', Consumers: [{ Peer: 'west' }] }], false],
  ['unexport', [{ Name: 'api', Namespace: 'other', Consumers: [{ Peer: 'west' }] }], false],
] as const)('plans to %s where the entry is %j: %s', (kind, before, possible) => {
  expect(planExport(kind, facts(before && (structuredClone(before) as never)), one).ok).toBe(possible);
});

it('changes one consumer and keeps every other one, there and back', () => {
  const name = fc.constantFrom('api', 'web', '*');
  const consumer = fc.oneof(
    fc.record({ Peer: fc.constantFrom('west', 'lab') }),
    fc.record({ Partition: fc.constantFrom('west', 'lab') }),
  );
  const service = fc.record({
    Name: name,
    Consumers: fc.uniqueArray(consumer, {
      minLength: 1,
      maxLength: 3,
      selector: (given) => JSON.stringify(given),
    }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(service, { selector: ({ Name }) => Name }), (Services) => {
      const before = facts(Services);
      const kind = isExported(before.entry?.entry, one) ? 'unexport' : 'export';
      const own = `api ${JSON.stringify({ Peer: 'west' })}`;
      const changed = changedEntry(kind, before, one);
      const others = (entry: object) => consumersIn(entry).filter((text) => text !== own);
      expect(others(changed)).toEqual(others(before.entry?.entry ?? {}));
      expect(consumersIn(changed).includes(own)).toBe(kind === 'export');
      const { Services: now = [] } = changed as Partial<ExportedServices>;
      const back = changedEntry(kind === 'export' ? 'unexport' : 'export', facts(now), one);
      expect(consumersIn(back).toSorted()).toEqual(consumersIn(before.entry?.entry ?? {}).toSorted());
    }),
  );
});
