import { putBackRemediation } from '../../../src/checks/changes/put-back';
import { stateOf } from '../../../src/checks/changes/state-of';
import { changeSnapshot, type SnapshotChanges } from '../../../src/checks/examples/healthy';
import { compareStates } from '../../../src/report/compare-states';
import { withheldValue } from '../../../src/consul/shapes';
import { resolverEntry } from '../changes';

const resolver = (changes: object, withheld: readonly string[] = []): SnapshotChanges => ({
  serviceResolvers: [{ ...resolverEntry('api', changes), withheld }],
});

const fixesOf = (before: SnapshotChanges, after: SnapshotChanges): readonly string[] => {
  const [was, is] = [stateOf(changeSnapshot(before)), stateOf(changeSnapshot(after))];
  return compareStates(was, is)
    .changes.flatMap((change) => putBackRemediation(change, was, is))
    .filter(({ language }) => language === 'shell')
    .map(({ code }) => code);
};

const toOther = { Redirect: { Service: 'other' } };
const toNew = { Redirect: { Service: 'new' } };

it.each<[string, SnapshotChanges, SnapshotChanges, RegExp]>([
  [
    'an entry that changed, at the index that the later run read',
    resolver({ ...toOther, ModifyIndex: 812 }),
    resolver({ ...toNew, ModifyIndex: 861 }),
    /^consul config write -cas -modify-index 861 - <<[\s\S]*other/,
  ],
  [
    'an entry that is gone, unless somebody made one meanwhile',
    resolver({ ...toOther, ModifyIndex: 812 }),
    {},
    /^consul config write -cas -modify-index 0 - <<[\s\S]*other/,
  ],
  [
    'an entry that is new, by deleting it at its index',
    {},
    resolver({ ...toNew, ModifyIndex: 861 }),
    /^consul config delete -cas -modify-index 861 -kind service-resolver -name api\n$/,
  ],
  [
    'the changed part of an entry with values that are not stored',
    resolver({ ...toOther, Subsets: { v1: { Filter: withheldValue } }, ModifyIndex: 812 }, [
      '/Subsets/v1/Filter',
    ]),
    resolver({ ...toNew, Subsets: { v1: { Filter: withheldValue } }, ModifyIndex: 861 }, [
      '/Subsets/v1/Filter',
    ]),
    /^consul config read -kind service-resolver -name api \|\n {2}jq [^<]*"other"/,
  ],
])('puts back %s', (_name, before, after, expected) => {
  expect(fixesOf(before, after)).toEqual([expect.stringMatching(expected)]);
});

it.each<[string, SnapshotChanges, SnapshotChanges]>([
  [
    'a value that is not stored is gone',
    resolver({ Subsets: { v1: { Filter: withheldValue } }, ModifyIndex: 812 }, ['/Subsets/v1/Filter']),
    resolver({ ModifyIndex: 861 }),
  ],
  [
    'an entry with a value that is not stored is gone',
    resolver({ Subsets: { v1: { Filter: withheldValue } }, ModifyIndex: 812 }, ['/Subsets/v1/Filter']),
    {},
  ],
  [
    'Kubernetes manages a new entry',
    {},
    resolver({ Meta: { 'external-source': 'kubernetes' }, ModifyIndex: 861 }),
  ],
  ['something else than a config entry changed', {}, { leader: '10.0.1.12:8300' }],
])('gives no fix if %s', (_name, before, after) => {
  const [was, is] = [stateOf(changeSnapshot(before)), stateOf(changeSnapshot(after))];
  const { changes } = compareStates(was, is);
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.flatMap((change) => putBackRemediation(change, was, is))).toEqual([]);
});
