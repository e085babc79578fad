import { calling } from '../changes';
import { checkTable, codesOf, resultFor } from '../check-table';
import { hidden } from '../world';

const query = (Service: string, Peer: string, failover?: string) => ({
  preparedQueries: [
    {
      ID: '',
      Name: 'q',
      Service: {
        Service,
        Peer,
        SamenessGroup: '',
        Failover: failover ? { Datacenters: [], Targets: [{ Peer: failover, Datacenter: '' }] } : null,
      },
    },
  ],
});
const toQuery = calling({ DestinationType: 'prepared_query', DestinationName: 'q', DestinationPeer: '' });
const subject = 'upstream web-sidecar-proxy → q';

checkTable('upstream-prepared-query', [
  ['a query for a service of this cluster', { ...toQuery, ...query('api', '') }, 'pass'],
  [
    'a query for a service of a peer',
    { ...toQuery, ...query('billing', 'west') },
    'fail',
    ['error', subject],
  ],
  [
    'a query that fails over to a peer, of a service that only the peer has',
    { ...toQuery, ...query('billing', '', 'west') },
    'fail',
    ['error', subject],
  ],
  [
    'a query that fails over to a peer, of a service that this cluster has',
    { ...toQuery, ...query('api', '', 'west') },
    'fail',
    ['warning', subject],
  ],
  ['no upstream is a query', query('billing', 'west'), 'skip'],
  ['the query is not visible', { ...toQuery, preparedQueries: hidden() }, 'unknown'],
  ['the query does not exist', { ...toQuery, preparedQueries: [] }, 'unknown'],
]);

it('calls the service of the peer itself', () => {
  const [code = ''] = codesOf(
    resultFor('upstream-prepared-query', { ...toQuery, ...query('billing', 'west') }),
  );
  expect(code).toContain('destination_name = "billing"');
  expect(code).toContain('destination_peer = "west"');
  expect(code).not.toContain('prepared_query');
});
