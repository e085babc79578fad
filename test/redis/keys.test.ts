import { keys } from '../../src/redis/keys';

it('gives every key a prefix that the README names for an ACL user', () => {
  const names = Object.values(keys).map((key) => (typeof key === 'string' ? key : key('a', 'b')));
  expect(names.filter((name) => !name.startsWith('peering:'))).toEqual([]);
});
