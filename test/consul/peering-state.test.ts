import { peeringState } from '../../src/consul/peering-state';

const DeletedAt = '2026-11-23T14:03:20Z';

it.each([
  ['ACTIVE', null, 'ACTIVE'],
  ['ACTIVE', DeletedAt, 'DELETING'],
  ['FAILING', DeletedAt, 'DELETING'],
  ['DELETING', DeletedAt, 'DELETING'],
  ['TERMINATED', DeletedAt, 'TERMINATED'],
  ['PENDING', undefined, 'PENDING'],
])('a peering that is %s and deleted at %s is %s', (State, deletedAt, expected) => {
  expect(peeringState({ State, DeletedAt: deletedAt })).toBe(expected);
});
