import type { AnyCheck } from '../checks/define';
import { createClients } from '../clusters/clients';
import { gatherCluster } from '../clusters/read-cluster';
import type { ClusterConfig, Config } from '../config/config';
import { isPattern, matchClusters } from '../config/match-clusters';
import { suggestSelector } from '../config/owner-selectors';
import { showInvisible } from '../render/escape';
import { type FleetRow, renderFleet } from '../render/fleet';
import { count, few } from '../render/words';
import { type CheckedRow, checkSnapshot } from './check-cluster';
import { type ExitCode, type Terminal, usageError, type Values } from './command';
import { createLiveLines } from './live-lines';
import { readConfig, unknownPendingSince } from './open-cluster';

/**
 * Maximum clusters that are read at once. A cluster that does not answer occupies one until its reads time out, so
 * there are more than a processor could use.
 */
const maxAtOnce = 64;

/**
 * Returns the clusters that names, patterns or `--all` select, each once, in the order of the file; undefined for the name
 * of one cluster. A pattern that matches nothing is an error, since a check of no clusters would pass.
 */
export const namesIn = (
  names: readonly string[],
  isAll: boolean,
  values: Values,
  terminal: Terminal,
): readonly string[] | ExitCode | undefined => {
  if (!isAll && names.length <= 1 && !names.some(isPattern)) return undefined;
  if (isAll && names.length > 0) return usageError(terminal, 'use --all or names of clusters, not both');
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  const known = [...config.clusters.keys()];
  const { clusters, gone } = matchClusters(isAll ? ['all'] : names, known, config.owners);
  const [unmatched] = gone;
  if (unmatched !== undefined) {
    const suggestion = suggestSelector(unmatched, known, config.owners);
    const hint =
      suggestion === undefined || /[*?]/.test(unmatched)
        ? isPattern(unmatched) && `; configured clusters: ${known.slice(0, 20).join(', ')}`
        : `; did you mean "${suggestion}"?`;
    return usageError(terminal, `no cluster matches ${JSON.stringify(unmatched.slice(0, 140))}${hint || ''}`);
  }
  if (clusters.length === 0) return usageError(terminal, 'the clusters file configures no clusters');
  return known.filter((name) => clusters.includes(name));
};

/** Checks several clusters at once. A cluster that cannot be read is a row; the others continue. */
export const checkFleet = async (
  names: readonly string[],
  options: {
    readonly checks: readonly AnyCheck[];
    readonly peer: string | undefined;
    readonly values: Values;
    readonly terminal: Terminal;
  },
): Promise<readonly CheckedRow[] | ExitCode> => {
  const { checks, peer, values, terminal } = options;
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  const clients = createClients(terminal.env);
  const rows: CheckedRow[] = [];
  const queue = names.flatMap((name) => config.clusters.get(name) ?? []);
  const reading = new Set<string>();
  const live = terminal.progress
    ? startLiveTable({ rows, reading, total: names.length }, terminal)
    : undefined;
  const checkNext = async (): Promise<void> => {
    for (let cluster = queue.shift(); cluster !== undefined; cluster = queue.shift()) {
      reading.add(cluster.name);
      live?.show();
      rows.push(await checkConfigured(cluster, { config, clients, checks, peer, terminal }));
      reading.delete(cluster.name);
      live?.show();
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(maxAtOnce, names.length) }, checkNext));
  } finally {
    clients.close();
    live?.stop();
  }
  return rows;
};

/** Minimum time between two drawings of the table, in ms. */
const drawMs = 100;
/** Maximum clusters that are named while they are read. */
const maxReading = 5;

/** Draws the table of the finished clusters, worst first, above a line of progress, on standard error. */
const startLiveTable = (
  state: {
    readonly rows: readonly FleetRow[];
    readonly reading: ReadonlySet<string>;
    readonly total: number;
  },
  { err, colour, screenRows = 24 }: Terminal,
): { readonly show: () => void; readonly stop: () => void } => {
  const live = createLiveLines(err, screenRows);
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    timer = undefined;
    const { rows, reading, total } = state;
    // The last line of the table counts clusters, and the one before it is empty.
    const table =
      rows.length === 0 ? [] : renderFleet(rows, { colour, short: false }).split('\n').slice(0, -3);
    const room = Math.max(0, screenRows - 4);
    const left = table.length - room;
    const waiting = few([...reading], maxReading, showInvisible);
    live.draw([
      ...table.slice(0, room),
      ...(left > 0 ? [`… and ${count(left, 'more cluster')}`] : []),
      `${rows.length} of ${count(total, 'cluster')}${waiting === '' ? '' : `, reading ${waiting}`}`,
    ]);
  };
  return {
    show: () => {
      timer ??= setTimeout(draw, drawMs);
    },
    stop: () => {
      clearTimeout(timer);
      live.erase();
    },
  };
};

const checkConfigured = async (
  cluster: ClusterConfig,
  parts: {
    readonly config: Config;
    readonly clients: ReturnType<typeof createClients>;
    readonly checks: readonly AnyCheck[];
    readonly peer: string | undefined;
    readonly terminal: Terminal;
  },
): Promise<CheckedRow> => {
  const startedAt = performance.now();
  const { config, clients, checks, peer, terminal } = parts;
  const read = await gatherCluster({
    config,
    clients,
    cluster,
    peer: peer ?? null,
    pendingSince: unknownPendingSince,
    probe: true,
    signal: terminal.signal,
    onProgress: () => undefined,
  });
  return read.ok
    ? checkSnapshot(read.value, peer, checks, startedAt, config)
    : { cluster: cluster.name, problem: read.error, tookMs: performance.now() - startedAt };
};
