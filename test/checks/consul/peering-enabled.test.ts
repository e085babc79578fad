import { checkTable, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const refusal = 'peering must be enabled to use this endpoint';
const disabled = { enabled: false, list: [], refusal };

checkTable(
  'peering-enabled',
  [
    ['peering is enabled', {}, 'pass'],
    ['peering is enabled, and there is no peering yet', { peerings: { enabled: true, list: [] } }, 'pass'],
    [
      'peering is enabled, to a token that sees a part',
      { peerings: partial({ enabled: true, list: [] }) },
      'pass',
    ],
    ['servers refuse', { peerings: disabled }, 'fail', ['error', 'cluster prod-east']],
    [
      'servers refuse, to a token that sees a part',
      { peerings: partial(disabled) },
      'fail',
      ['error', 'cluster prod-east'],
    ],
    ['peerings are not visible', { peerings: hidden() }, 'unknown'],
  ],
  {
    skip: 'every cluster is checked for peering',
    several: 'it is one setting of all servers',
    partial: 'any answer of the servers decides',
  },
);

it('peering-enabled shows the words of the servers', () => {
  const [finding] = resultFor('peering-enabled', { peerings: disabled }).findings;
  expect(finding?.evidence).toEqual([{ endpoint: '/v1/peerings', path: '', value: refusal }]);
});
