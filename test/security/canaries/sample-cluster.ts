import { sampleOf, valueAt, withValueAt } from './schema-fields';
import type { StubRequest } from './stub-cluster';

/** The answers of a cluster in which every field of every schema is present, and every section has a row. */

const time = '2026-11-23T14:03:20Z';
const uuid = '2f4ae8a2-3c4b-4ab6-a9c4-0e8ed0e8c8f1';

/** Texts of fields that must be of a shape, or that lead to other reads. All others are `api`. */
const texts: Readonly<Record<string, string>> = {
  AccessorID: uuid,
  Address: '10.0.0.1',
  Datacenter: 'east',
  DestinationName: 'api',
  DestinationPeer: 'west',
  DestinationServiceName: 'web',
  ExpirationTime: time,
  DeletedAt: time,
  ID: uuid,
  Kind: 'connect-proxy',
  LastHeartbeat: time,
  LastReceive: time,
  LastSend: time,
  Mode: 'local',
  Name: 'api',
  NotAfter: time,
  NotBefore: time,
  Peer: 'west',
  PeerName: '',
  Rules: 'service "api" { policy = "write" }',
  State: 'ACTIVE',
  Status: 'critical',
  Version: '1.20.1',
};

const textAt = (path: readonly string[]): string => texts[path.at(-1) ?? ''] ?? 'api';

const upstreams = [0, 'Service', 'Proxy', 'Upstreams'];

/** Differences from the sample, by the beginning of the route. */
const changes: readonly (readonly [string, (sample: unknown, request: StubRequest) => unknown])[] = [
  [
    '/v1/catalog/services',
    (_, { filter }) => ({
      [filter.includes('mesh-gateway') ? 'mesh-gateway' : 'api']: [],
      'web-sidecar-proxy': [],
    }),
  ],
  [
    '/v1/health/service/mesh-gateway',
    (sample) =>
      withValueAt(
        withValueAt(sample, [0, 'Service', 'Kind'], 'mesh-gateway'),
        [0, 'Service', 'Service'],
        'mesh-gateway',
      ),
  ],
  [
    '/v1/health/service/web',
    (sample) => {
      const toPeer = valueAt(sample, [...upstreams, 0]);
      const toName = withValueAt(toPeer, ['DestinationPeer'], '');
      const ofType = (type: string) => withValueAt(toName, ['DestinationType'], type);
      return withValueAt(sample, upstreams, [toPeer, ofType('service'), ofType('prepared_query')]);
    },
  ],
  [
    '/v1/peerings',
    (sample) => [
      withValueAt(withValueAt(valueAt(sample, [0]), ['Name'], 'west'), ['DeletedAt'], null),
      withValueAt(valueAt(sample, [0]), ['Name'], 'gone'),
    ],
  ],
  [
    '/v1/internal/acl/authorize',
    (_, { body }) =>
      (body as readonly object[]).map((question) => ({ Segment: '', ...question, Allow: true })),
  ],
  ['/v1/status/leader', () => '10.0.0.1:8300'],
];

/** Returns the answer of the sample cluster to a request. */
export const sampleCluster = (request: StubRequest): unknown => {
  const sample = sampleOf(request.schema, textAt);
  const [, change] = changes.find(([begins]) => request.route.startsWith(begins)) ?? [];
  return change ? change(sample, request) : sample;
};
