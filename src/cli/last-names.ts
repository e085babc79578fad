import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../config/secret';
import type { CheckedRow } from './check-cluster';
import type { Terminal } from './command';

/** Names that completion offers, as the last checks at this terminal saw them: a file of the person who ran them. */

/** A call to a service of a peer. */
interface LastCall {
  readonly service: string;
  readonly destination: string;
}

interface LastPeer {
  readonly name: string;
  readonly calls: readonly LastCall[];
}

interface ClusterLastNames {
  readonly peers: readonly LastPeer[];
  readonly gateways: readonly string[];
}

type LastNames = Readonly<Record<string, ClusterLastNames>>;

/** Reads a field of a value that may be anything. */
const fieldOf = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;

const isText = (value: unknown): value is string => typeof value === 'string';

const isListOf = <T>(value: unknown, isOne: (one: unknown) => one is T): value is readonly T[] =>
  Array.isArray(value) && value.every(isOne);

const isCall = (value: unknown): value is LastCall =>
  isText(fieldOf(value, 'service')) && isText(fieldOf(value, 'destination'));

const isPeer = (value: unknown): value is LastPeer =>
  isText(fieldOf(value, 'name')) && isListOf(fieldOf(value, 'calls'), isCall);

// Not a schema, which completion would wait for.
const isClusterNames = (value: unknown): value is ClusterLastNames =>
  isListOf(fieldOf(value, 'peers'), isPeer) && isListOf(fieldOf(value, 'gateways'), isText);

const readNames = (text: string): LastNames => {
  const read: unknown = JSON.parse(text);
  const entries = Object.entries(typeof read === 'object' && read !== null ? read : {});
  return Object.fromEntries(
    entries.flatMap(([name, names]) => (isClusterNames(names) ? [[name, names] as const] : [])),
  );
};

const fileIn = (env: Environment): string | undefined => {
  const home = env['HOME'];
  const cache = env['XDG_CACHE_HOME'] || (home ? join(home, '.cache') : undefined);
  return cache === undefined ? undefined : join(cache, 'peering-bot', 'seen.json');
};

/** Reads the peers, calls and mesh gateways of each cluster; none if there is no such file. */
export const readLastNames = (env: Environment): LastNames => {
  const file = fileIn(env);
  try {
    return file === undefined ? {} : readNames(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
};

/** Remembers what checks of whole clusters name, where a person waits for them. A failure changes nothing. */
export const rememberNames = (
  { env, progress }: Terminal,
  rows: readonly Pick<CheckedRow, 'report' | 'gateways'>[],
): void => {
  const file = fileIn(env);
  const seen = rows.flatMap(({ report, gateways = [] }) =>
    report?.peer === null && report.peers.length + gateways.length > 0 ? [{ ...report, gateways }] : [],
  );
  if (!progress || file === undefined || seen.length === 0) return;
  const names: LastNames = {
    ...readLastNames(env),
    ...Object.fromEntries(
      seen.map(({ cluster, peers, gateways }) => [
        cluster.name,
        {
          peers: peers.map(({ name, calls = [] }) => ({ name, calls: [...calls] })),
          gateways: [...gateways],
        },
      ]),
    ),
  };
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A name that nobody can know, and a file that must be new: a link that another user made is not followed.
    const written = `${file}.${randomUUID()}`;
    writeFileSync(written, JSON.stringify(names), { mode: 0o600, flag: 'wx' });
    renameSync(written, file);
  } catch {
    // Completion offers fewer names then.
  }
};
