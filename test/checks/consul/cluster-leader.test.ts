import { checkTable } from '../check-table';
import { hidden } from '../world';

checkTable(
  'cluster-leader',
  [
    ['there is a leader', {}, 'pass'],
    ['there is none', { leader: '' }, 'fail', ['error', 'cluster prod-east']],
    ['the leader is not visible', { leader: hidden() }, 'unknown'],
  ],
  {
    skip: 'every cluster needs a leader',
    several: 'a cluster has one leader',
    partial: 'the leader is one value',
  },
);
