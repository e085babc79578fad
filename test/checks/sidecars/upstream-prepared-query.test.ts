import { exampleSidecar, exampleUpstream } from '../../../src/checks/examples/parts';
import { calling } from '../changes';
import { checkTable, codesOf, resultFor } from '../check-table';
import { hidden, partial } from '../world';

const query = (Service: string, Peer: string, failover?: string, Name = 'q') => ({
  preparedQueries: [
    {
      ID: '',
      Name,
      Service: {
        Service,
        Peer,
        SamenessGroup: '',
        Failover: failover ? { Datacenters: [], Targets: [{ Peer: failover, Datacenter: '' }] } : null,
      },
    },
  ],
});
const toQueryOf = (DestinationName: string) => ({
  DestinationType: 'prepared_query',
  DestinationName,
  DestinationPeer: '',
});
const toQuery = calling(toQueryOf('q'));
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
  [
    'two queries of three are for services of peers',
    {
      ...calling(...['q', 'r', 's'].map((name) => toQueryOf(name))),
      preparedQueries: [
        ...query('billing', 'west').preparedQueries,
        ...query('api', '', undefined, 'r').preparedQueries,
        ...query('stock', 'west', undefined, 's').preparedQueries,
      ],
    },
    'fail',
    ['error', subject],
    ['error', 'upstream web-sidecar-proxy → s'],
  ],
  [
    'some sidecars are not visible, and a visible one calls a query for a service of a peer',
    { ...query('billing', 'west'), sidecars: partial([exampleSidecar([exampleUpstream(toQueryOf('q'))])]) },
    'fail',
    ['error', subject],
  ],
  [
    'some sidecars are not visible, and the visible one calls no query',
    { sidecars: partial([exampleSidecar()]) },
    'unknown',
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
