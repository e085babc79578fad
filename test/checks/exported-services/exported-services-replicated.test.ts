import type { ResolvedExport } from '../../../src/consul/wire';
import { peers, stream } from '../changes';
import { type Changes, checkTable } from '../check-table';
import { hidden, partial } from '../world';

const resolved = (services: readonly string[], to = ['west'], namespace = ''): Changes => ({
  resolvedExports: services.map(
    (Service): ResolvedExport => ({
      Service,
      Consumers: { Peers: to, Partitions: [] },
      ...(namespace && { Namespace: namespace }),
    }),
  ),
});
const streaming = (services: readonly string[], State = 'ACTIVE'): Changes =>
  peers({ State, StreamStatus: { ImportedServices: [], ExportedServices: [...services] } });
const failed = ['error', 'peering west'] as const;

checkTable('exported-services-replicated', [
  ['declared and carried', {}, 'pass'],
  ['in another order', { ...resolved(['api', 'db']), ...streaming(['db', 'api']) }, 'pass'],
  ['declared and not carried', { ...resolved(['api', 'db']), ...streaming(['api']) }, 'fail', failed],
  [
    'two of three streams differ',
    {
      ...resolved(['api'], ['west', 'lab', 'edge']),
      ...peers(
        stream([]),
        { Name: 'lab', ...stream([], ['api']) },
        { Name: 'edge', ...stream([], ['web', 'api']) },
      ),
    },
    'fail',
    failed,
    ['error', 'peering edge'],
  ],
  ['carried and no longer declared', { ...resolved([]), ...streaming(['api']) }, 'fail', failed],
  ['declared for another peer', { ...resolved(['api'], ['lab']), ...streaming([]) }, 'pass'],
  ['case counts', { ...resolved(['Api']), ...streaming(['api']) }, 'fail', failed],
  ['a namespace', { ...resolved(['api'], ['west'], 'shop'), ...streaming(['shop/api']) }, 'pass'],
  ['a partition', { ...resolved(['api'], ['west'], 'shop'), ...streaming(['edge/shop/api']) }, 'pass'],
  ['another namespace', { ...resolved(['api'], ['west'], 'shop'), ...streaming(['api']) }, 'fail', failed],
  ['a stream that is not ACTIVE', { ...resolved(['api', 'db']), ...streaming(['api'], 'FAILING') }, 'skip'],
  ['no peering', peers(), 'skip'],
  ['some declared services are not visible', { resolvedExports: partial([]) }, 'unknown'],
  ['Consul is older than 1.17.3', { resolvedExports: hidden({ kind: 'unsupported' }) }, 'unknown'],
]);
