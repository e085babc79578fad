import type { OwnerConfig } from '../../src/config/config';
import { expandOwnerSelectors, ownerSelectors } from '../../src/config/owner-selectors';

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
  [['owner:payments'], ['east']],
  [['owner:S0TEAM'], ['east']],
  [['owner:S0WEST'], ['west']],
  [['label:team=orders'], ['west']],
  [['label:team'], ['east', 'west']],
  [
    ['lab', 'label:team=payments'],
    ['lab', 'east'],
  ],
  // Without a match, a word stays, so that it can be named.
  [['owner:nobody'], ['owner:nobody']],
  [['owner:'], ['owner:']],
  [['label:team='], ['label:team=']],
  [['label:toString'], ['label:toString']],
  [['lab*'], ['lab*']],
])('%j selects %j', (words, expected) => {
  expect(expandOwnerSelectors(words, names, owners)).toEqual(expected);
});

it('selects nothing where no cluster has an owner', () => {
  expect(expandOwnerSelectors(['owner:payments'], names, undefined)).toEqual(['owner:payments']);
});

it('suggests only words of the clusters that are named', () => {
  expect(ownerSelectors(['west', 'lab'], owners)).toEqual(['owner:S0WEST', 'label:team=orders']);
});
