import type { Recording } from '../recording';
import { deleteConfigEntry, entriesOf, writeConfigEntry } from './config-writes';
import { exchange, meshInstances } from './exchange';
import { deletePeering, establishPeering, generateToken } from './peering-writes';
import { openCluster, type RecordedAnswer, type RecordedCluster, requestKey } from './recorded-cluster';
import { registerService } from './service-writes';

/**
 * A small model of what writes do to recorded clusters: config entries, peerings between them, and registrations of services
 * that they know. It exists for the demo alone: it listens on loopback, in a process of its own, and reaches no Consul. It is no
 * Consul either: it validates little, runs nothing, and takes each effect as having happened at once.
 */

/** Rights of a token: `recorded` reads what the recording's token could read, `peering` also writes peerings and exports. */
export type Right = 'recorded' | 'peering' | 'manage';

interface ModelRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Parsed JSON; undefined if there is none. */
  readonly body: unknown;
}

export interface Model {
  /** The answer as of now; undefined if neither recording nor model has one. */
  readonly read: (cluster: string, target: string, right: Right) => RecordedAnswer | undefined;
  /** Does a write; undefined if the model has no such write. */
  readonly write: (
    cluster: string,
    request: ModelRequest,
    right: Right,
  ) => { readonly status: number; readonly body: unknown } | undefined;
}

const notAllowed = {
  status: 403,
  body: 'Permission denied: this token of a recorded cluster may not write this',
};

const writeTo = (
  cluster: RecordedCluster,
  all: readonly RecordedCluster[],
  { method, target, body }: ModelRequest,
  right: Right,
) => {
  const url = new URL(target, 'http://localhost');
  const [, , section = '', first = '', second = '', third = ''] = url.pathname
    .split('/')
    .map(decodeURIComponent);
  const cas = url.searchParams.get('cas');
  const isExport = (kind: unknown): boolean => kind === 'exported-services';
  const mayWrite = (kind: unknown): boolean => right === 'manage' || (right === 'peering' && isExport(kind));
  switch (`${method} ${section}`) {
    case 'PUT config': {
      const kind = typeof body === 'object' && body !== null && 'Kind' in body ? body.Kind : undefined;
      return mayWrite(kind) ? writeConfigEntry(cluster, body, cas) : notAllowed;
    }
    case 'DELETE config':
      return mayWrite(first) ? deleteConfigEntry(cluster, first, second, cas) : notAllowed;
    case 'PUT agent':
      if (`${first}/${second}/${third}` !== 'service/register/') return undefined;
      return right === 'manage' ? registerService(cluster, body) : notAllowed;
    case 'POST peering':
    case 'PUT peering':
      if (right === 'recorded') return notAllowed;
      if (first === 'token') return generateToken(cluster, body);
      return first === 'establish' ? establishPeering(cluster, all, body) : undefined;
    case 'DELETE peering':
      return right === 'recorded' ? notAllowed : deletePeering(cluster, all, first);
    default:
      return undefined;
  }
};

/** Answers for reads that no recording holds but the state of the model has. */
const derived = (cluster: RecordedCluster, target: string): unknown => {
  const url = new URL(target, 'http://localhost');
  const [, , section = '', first = '', second = ''] = url.pathname.split('/').map(decodeURIComponent);
  if (section === 'config' && second)
    return entriesOf(cluster, first).find((entry) => entry['Name'] === second);
  if (section === 'health' && first === 'connect' && !url.searchParams.has('peer')) {
    const instances = meshInstances(cluster, second);
    return instances.length > 0 ? instances : undefined;
  }
  return undefined;
};

/** A token that could not read the mesh when it was recorded sees nothing of what is written either. */
const sawMesh = ({ recorded }: RecordedCluster): boolean => recorded.get('GET /v1/peerings')?.status === 200;

/** Opens the recordings so that they can be written to. Nothing is stored: the next start has them as they were recorded. */
export const createModel = (recordings: readonly Recording[]): Model => {
  const all = recordings.map(openCluster);
  const named = (name: string): RecordedCluster | undefined => all.find((one) => one.name === name);
  return {
    read: (name, target, right) => {
      const cluster = named(name);
      if (!cluster) return undefined;
      const key = requestKey('GET', target);
      if (right === 'recorded' && !sawMesh(cluster)) return cluster.recorded.get(key);
      const answer = cluster.answers.get(key);
      if (/^GET \/v1\/peering(?:s$|\/)/.test(key) && right !== 'recorded' && answer?.status !== 200)
        return peeringAnswer(cluster, key);
      if (answer || key.startsWith('GET /v1/peering/')) return answer ?? noPeering(cluster);
      const body = derived(cluster, target);
      return body === undefined
        ? undefined
        : { status: 200, headers: { 'content-type': 'application/json' }, body };
    },
    write: (name, request, right) => {
      const cluster = named(name);
      const done = cluster && writeTo(cluster, all, request, right);
      if (done?.status === 200) exchange(all);
      return done;
    },
  };
};

const noPeering = (cluster: RecordedCluster): RecordedAnswer => ({
  status: 404,
  headers: {
    'content-type': 'text/plain; charset=utf-8',
    date: cluster.recorded.get('GET /v1/agent/self')?.headers['date'] ?? '',
  },
  body: 'Peering not found for ""',
});

/** A token that may write peerings may read them too, also where the recording's token could not. */
const peeringAnswer = (cluster: RecordedCluster, key: string): RecordedAnswer => {
  const all = [...cluster.peerings.values()];
  const name = decodeURIComponent(key.split('/').at(-1) ?? '');
  const body = key === 'GET /v1/peerings' ? all : cluster.peerings.get(name);
  return body === undefined
    ? noPeering(cluster)
    : { status: 200, headers: { 'content-type': 'application/json' }, body };
};
