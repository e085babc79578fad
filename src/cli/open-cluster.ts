import { existsSync } from 'node:fs';
import type { ClusterConfig, Config } from '../config/config';
import { clusterOfConsulEnvironment } from '../config/consul-environment';
import { readClustersFile } from '../config/clusters-file';
import { clustersPath } from '../config/process-uses';
import { didYouMean } from '../config/suggest-name';
import { isExposed } from '../config/plain-http';
import { formatProblem } from '../config/problem';
import { createClients } from '../clusters/clients';
import { type GatherParts, gatherCluster } from '../clusters/read-cluster';
import type { Snapshot } from '../snapshot/snapshot';
import { type ExitCode, exit, type Terminal, usageError, type Values, word } from './command';
import { consulFlagsIn } from './consul-flags';

/** A cluster to read, and the terminal with the environment that its secrets are read from. */
export interface Target {
  readonly config: Config;
  readonly cluster: ClusterConfig;
  readonly terminal: Terminal;
}

/**
 * Returns the named cluster of the clusters file; without a name, the cluster that the `consul` command would use. If
 * there is none, writes the reason to standard error and returns the exit status.
 */
export const findCluster = (
  name: string | undefined,
  values: Values,
  terminal: Terminal,
): Target | ExitCode => {
  const flags = consulFlagsIn(values);
  const file = clustersPath(terminal.env, word(values, 'clusters'));
  if (flags['http-addr'] !== undefined || name === undefined) {
    if (flags['http-addr'] === undefined && existsSync(file)) return nameNeeded(file, terminal);
    return fromConsulEnvironment(name, flags, terminal);
  }
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  const cluster = config.clusters.get(name);
  if (cluster) return { config, cluster, terminal };
  const names = [...config.clusters.keys()];
  const known = names.length === 0 ? 'it configures none' : `it configures ${names.slice(0, 20).join(', ')}`;
  const shown = JSON.stringify(name.slice(0, 80));
  terminal.err(`peering-bot: no cluster ${shown} in ${file}${didYouMean(name, names) || `; ${known}`}\n`);
  return exit.usage;
};

/** Reads the clusters file, or writes each problem in it to standard error and returns the exit status. */
export const readConfig = (values: Values, terminal: Terminal): Config | ExitCode => {
  const read = readClustersFile(clustersPath(terminal.env, word(values, 'clusters')));
  if (read.ok) return read.value;
  for (const problem of read.error) terminal.err(`${formatProblem(problem)}\n`);
  return exit.usage;
};

const nameNeeded = (file: string, terminal: Terminal): ExitCode => {
  const read = readClustersFile(file);
  const names = read.ok ? [...read.value.clusters.keys()].slice(0, 20).join(', ') : '';
  return usageError(
    terminal,
    `expected the name of a cluster in ${file}${names ? ` (${names})` : ''}, or --http-addr ADDRESS`,
  );
};

/**
 * Warns if others on the network could read the token of a cluster that is in no clusters file.
 *
 * @param prefix prefix of its variables
 */
export const warnOfExposure = (
  { address, tls, token }: ClusterConfig,
  prefix: string,
  terminal: Terminal,
): void => {
  if (tls.skipVerify === true && address.startsWith('https:')) {
    terminal.err(
      `peering-bot: ${prefix}CONSUL_HTTP_SSL_VERIFY is false: the certificate of ${address} is not verified, so its answers and your token are not protected\n`,
    );
  }
  if (token !== undefined && isExposed(address)) {
    terminal.err(
      `peering-bot: the token is sent to ${address} over plain HTTP, where others on the network can read it\n`,
    );
  }
};

/** Passes a token from a flag on as the environment variable, so that the configuration only names it. */
const fromConsulEnvironment = (
  name: string | undefined,
  flags: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Target | ExitCode => {
  const { token } = flags;
  const env =
    token === undefined
      ? terminal.env
      : { ...terminal.env, CONSUL_HTTP_TOKEN: token, CONSUL_HTTP_TOKEN_FILE: undefined };
  const found = clusterOfConsulEnvironment(env, flags);
  if (!found.ok) return usageError(terminal, found.error);
  const { cluster, config } = found.value;
  const named = name === undefined ? cluster : { ...cluster, name };
  warnOfExposure(cluster, '', terminal);
  return {
    config: { ...config, clusters: new Map([[named.name, named]]) },
    cluster: named,
    terminal: { ...terminal, env },
  };
};

/** Stands for the times since which peerings are PENDING: only the bot stores them. */
export const unknownPendingSince = {
  visibility: 'hidden',
  reason: {
    kind: 'not-gathered',
    endpoint: '',
    message: 'Only the bot stores since when a peering is pending, not a command at a terminal',
  },
} as const;

/** Reads a cluster, with progress on standard error. If it cannot, writes the reason there and returns the exit status. */
export const openCluster = async (
  config: Config,
  cluster: ClusterConfig,
  peer: string | undefined,
  terminal: Terminal,
  { overlay, probe }: Pick<GatherParts, 'overlay' | 'probe'> = {},
): Promise<Snapshot | ExitCode> => {
  const clients = createClients(terminal.env);
  const clear = (): void => {
    if (terminal.progress) terminal.err('\r\u001b[K');
  };
  try {
    const read = await gatherCluster({
      config,
      clients,
      cluster,
      peer: peer ?? null,
      pendingSince: unknownPendingSince,
      signal: terminal.signal,
      overlay,
      probe,
      onProgress: (done, total) => {
        if (terminal.progress) terminal.err(`\r\u001b[K${cluster.name}: ${done} of ${total} reads`);
      },
    });
    clear();
    if (read.ok) return read.value;
    terminal.err(`peering-bot: ${read.error}\n`);
    return exit.usage;
  } finally {
    clients.close();
  }
};
