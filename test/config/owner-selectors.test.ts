import type { OwnerConfig } from '../../src/config/config';
import { matchClusters } from '../../src/config/match-clusters';
import { suggestSelector } from '../../src/config/owner-selectors';

const owned = (over: Partial<OwnerConfig>): OwnerConfig => ({
  usergroup: 'S0TEAM',
  channel: 'C0TEAM',
  approvers: { users: [], usergroups: ['S0TEAM'] },
  labels: {},
  samePerson: false,
  ...over,
});
const names = ['east', 'west', 'lab'];
const owners = new Map([
  ['east', owned({ name: 'payments', labels: { team: 'payments' } })],
  ['west', owned({ usergroup: 'S0WEST', labels: { team: 'orders' } })],
]);

it.each([
  [['owner:payments'], ['east'], []],
  [['owner:S0TEAM'], ['east'], []],
  [['owner:S0WEST'], ['west'], []],
  [['label:team=orders'], ['west'], []],
  [['label:team'], ['east', 'west'], []],
  [['lab', 'label:team=payments'], ['lab', 'east'], []],
  [['owner:nobody', 'lab'], ['lab'], ['owner:nobody']],
  [['owner:'], [], ['owner:']],
  [['label:team='], [], ['label:team=']],
  [['label:toString'], [], ['label:toString']],
  [['owner:*', 'label:*', 'label:team=*'], [], ['owner:*', 'label:*', 'label:team=*']],
  [['lab*'], ['lab'], []],
])('%j selects %j', (words, clusters, gone) => {
  expect(matchClusters(words, names, owners)).toEqual({ clusters, gone });
});

it('selects nothing where no cluster has an owner', () => {
  expect(matchClusters(['owner:payments'], names, undefined).clusters).toEqual([]);
});

it('suggests only words of the clusters that are named', () => {
  for (const word of ['owner:S0WETS', 'label:team=ordres', 'label:taem']) {
    expect(suggestSelector(word, ['west', 'lab'], owners)).toBeDefined();
    expect(suggestSelector(word, ['lab'], owners)).toBeUndefined();
  }
  expect(suggestSelector('owner:paymens', names, owners)).toBe('owner:payments');
  expect(suggestSelector('onwer:payments', names, owners)).toBe('owner:payments');
  expect(suggestSelector('owner:payments', names, owners)).not.toBe('owner:payments');
  expect(suggestSelector('owner:paymens', ['west', 'lab'], owners)).toBeUndefined();
});
