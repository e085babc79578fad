import type { Config } from '../../src/config/config';
import type { ConsulClient } from '../../src/consul/client';
import { planNow } from '../../src/features/approvals/runs/examine';
import type { PlannedRequest } from '../../src/features/approvals/requests/request';
import { requestNotes } from '../../src/features/approvals/new-requests/request-notes';
import type { TokenServices } from '../../src/features/approvals/jobs/services';
import { markOf } from '../../src/features/approvals/runs/sides';
import { pendingRecord } from '../features/approvals/pending-record';
import { sampleCluster } from './canaries/sample-cluster';
import { keysIn, textsIn, withKeyAt, withValueAt } from './canaries/schema-fields';
import { type StubRequest, stubClient } from './canaries/stub-cluster';

/**
 * Plants a secret in each text and each key of every answer that a request for approval is planned from, and searches what
 * is kept of it: the plan, the notes for its approvers, and the marks of the peerings.
 */

const secrets = {
  aws: 'AKIAQ3EGRCANARY77XZB',
  uuid: 'c4a17d00-5ec7-4e00-beef-0123456789ab',
  password: 'password=hunter2canary',
} as const;

const kinds = ['token', 'connect', 'disconnect', 'renew', 'export', 'unexport'] as const;

/** The id of a peering is not its secret, and a plan names the partition and the peers of the entry that it changes. */
const kept: readonly string[] = ['/v1/peering/west ID', '/v1/agent/self Partition'];

const { request: pending } = pendingRecord('r');
const requestOf = (kind: PlannedRequest['kind']): PlannedRequest =>
  kind === 'token' || kind === 'export' || kind === 'unexport'
    ? { ...pending, kind, service: 'api', replace: true }
    : { ...pending, kind, dialer: 'prod-west', dialerPeer: 'east' };

const clusterNamed = (name: string) => ({
  name,
  address: `https://${name}:8501`,
  tls: {},
  allowPlainHttp: false,
  gatewayTokens: [],
  peers: {},
});
const config: Config = {
  clusters: new Map(['prod-east', 'prod-west'].map((name) => [name, clusterNamed(name)])),
  access: { restrict: false, grants: [] },
  history: { reports: 10, maxAgeMs: 3_600_000 },
};

type Answer = (request: StubRequest, cluster: string) => unknown;

type Change = readonly [path: readonly (string | number)[], value: unknown];

/** Differences of the two clusters from the sample: they could be peered, or are, with the first one as the acceptor. */
const changesOf = (
  { route }: StubRequest,
  cluster: string,
  kind: PlannedRequest['kind'],
): readonly Change[] => {
  if (route === '/v1/connect/ca/roots') return [[['TrustDomain'], `${cluster}.consul`]];
  if (route === '/v1/health/service/consul') return [[[0, 'Service', 'Meta', 'grpc_tls_port'], '8503']];
  if (route === '/v1/config/exported-services')
    return [
      [[0, 'Name'], 'default'],
      [[0, 'Partition'], 'default'],
      [[0, 'Services', 0, 'Namespace'], 'default'],
      [[0, 'Services', 0, 'Consumers', 0, 'Peer'], kind === 'unexport' ? 'west' : 'other'],
    ];
  if (!route.startsWith('/v1/peering/')) return [];
  const isAcceptor = route.endsWith('/west');
  return [
    [['DeletedAt'], null],
    [['State'], 'ACTIVE'],
    ...(isAcceptor
      ? ([[['PeerServerAddresses'], []]] as const)
      : ([[['PeerID'], '2f4ae8a2-3c4b-4ab6-a9c4-0e8ed0e8c8f1']] as const)),
  ];
};

const sampleOf = (request: StubRequest, cluster: string, kind: PlannedRequest['kind']): unknown =>
  changesOf(request, cluster, kind).reduce(
    (answer, [path, value]) => withValueAt(answer, path, value),
    sampleCluster(request),
  );

/** Reads all of a request from clusters with these answers, and returns what is kept of it. */
const keptOf = async (kind: PlannedRequest['kind'], answer: Answer) => {
  const clients = {
    lease: ({ name }: { readonly name: string }) => {
      const client = stubClient((request) => answer(request, name)) as ConsulClient;
      return { ok: true, value: { client, release: () => undefined } } as const;
    },
  };
  const unused = (): never => {
    throw new Error('unused');
  };
  const requesters: TokenServices['requesters'] = { authorize: unused, decide: unused };
  const request = requestOf(kind);
  const { signal } = new AbortController();
  const tools = { config, tokens: { clients, readers: clients, requesters } };
  const planned = await planNow(request, tools, signal);
  if (planned.kind !== 'planned') return JSON.stringify(planned);
  const notes = await requestNotes(
    request,
    planned,
    {
      ...tools,
      findImpact: undefined,
      authorizer: requesters,
      requester: { user: 'U1', team: 'T1' },
    } as never,
    { id: 'r', signal },
  );
  return JSON.stringify([planned.plan, notes, markOf(planned.acceptor.peering)]);
};

it.each(kinds)('a %s keeps no secret of what it reads', async (kind) => {
  const routes = new Map<string, unknown>();
  const base = await keptOf(kind, (request, cluster) => {
    const answer = sampleOf(request, cluster, kind);
    routes.set(request.route, answer);
    return answer;
  });
  expect(base.startsWith('[{"ok":true')).toBe(kind !== 'connect');
  expect(routes.size).toBeGreaterThanOrEqual(4);
  const found = new Set<string>();
  for (const [route, answer] of routes) {
    for (const secret of Object.values(secrets)) {
      const planted = [
        ...textsIn(answer).map((path) => ({ path, changed: withValueAt(answer, path, secret) })),
        ...keysIn(answer).map((path) => ({ path, changed: withKeyAt(answer, path, secret) })),
      ];
      for (const { path, changed } of planted) {
        const text = await keptOf(kind, (request, cluster) =>
          request.route === route ? changed : sampleOf(request, cluster, kind),
        );
        const field = `${route} ${path.at(-1) ?? ''}`;
        if (text.includes(secret) && !kept.includes(field)) found.add(field);
      }
    }
  }
  expect([...found]).toEqual([]);
});
