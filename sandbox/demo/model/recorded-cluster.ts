import { type Fields, isObject, textOf } from '../../workspace/blocks/schema';
import type { Recording } from '../recording';

/** A recorded cluster whose answers can change: the recording, and what the model has written over it. */

export type RecordedAnswer = Recording['answers'][string];

export interface RecordedCluster {
  readonly name: string;
  /** As recorded, by method and target. A token with few rights sees these whatever is written. */
  readonly recorded: ReadonlyMap<string, RecordedAnswer>;
  /** As of now. */
  readonly answers: Map<string, RecordedAnswer>;
  /** The secret of the newest unused peering token, by the id of the peering. */
  readonly tokens: Map<string, string>;
  /** Peerings that the model made or changed, and those of the recording, by name. */
  readonly peerings: Map<string, Fields>;
  /** The Raft index of the last write. */
  index: number;
}

/** The parameters in one order, so that the order in which a client writes them does not matter. */
export const requestKey = (method: string, target: string): string => {
  const url = new URL(target, 'http://localhost');
  url.searchParams.sort();
  return `${method} ${url.pathname}${url.search}`;
};

export const rowsIn = (body: unknown): readonly Fields[] =>
  Array.isArray(body) ? body.filter(isObject) : [];

export const objectIn = (body: unknown): Fields => (isObject(body) ? body : {});

export const openCluster = ({ cluster, answers }: Recording): RecordedCluster => {
  const recorded = new Map(
    Object.entries(answers).map(([key, answer]) => {
      const [method = '', target = ''] = key.split(' ');
      return [requestKey(method, target), answer] as const;
    }),
  );
  const peerings = rowsIn(recorded.get('GET /v1/peerings')?.body);
  return {
    name: cluster,
    recorded,
    answers: new Map(recorded),
    tokens: new Map(),
    peerings: new Map(peerings.map((peering) => [textOf(peering['Name']), peering])),
    index: Math.max(
      0,
      ...[...recorded.values()].map(({ headers }) => Number(headers['x-consul-index'] ?? 0)),
    ),
  };
};

/** The body of an answer as of now; undefined if there is none. */
export const bodyOf = ({ answers }: RecordedCluster, path: string): unknown =>
  answers.get(`GET ${path}`)?.body;

/** A moment shortly before the recording was made: served, it is as shortly before now. */
export const recently = (cluster: RecordedCluster): string => {
  const date = Date.parse(cluster.recorded.get('GET /v1/agent/self')?.headers['date'] ?? '');
  return new Date((Number.isNaN(date) ? Date.now() : date) - 2_000).toISOString();
};

/** Answers a read with this body from now on. */
export const answerWith = (cluster: RecordedCluster, path: string, body: unknown): void => {
  const key = requestKey('GET', path);
  const like = cluster.answers.get(key) ?? cluster.recorded.get('GET /v1/agent/self');
  cluster.answers.set(key, {
    status: 200,
    headers: {
      ...like?.headers,
      'content-type': 'application/json',
      'x-consul-index': String(cluster.index),
    },
    body,
  });
};

/** Makes the answers about peerings say what the model knows. */
export const publishPeerings = (cluster: RecordedCluster): void => {
  for (const key of cluster.answers.keys())
    if (/^GET \/v1\/peering\/[^/?]+$/.test(key)) cluster.answers.delete(key);
  const all = [...cluster.peerings.values()].toSorted((one, other) =>
    textOf(one['Name']) < textOf(other['Name']) ? -1 : 1,
  );
  answerWith(cluster, '/v1/peerings', all);
  for (const peering of all) answerWith(cluster, `/v1/peering/${textOf(peering['Name'])}`, peering);
};
