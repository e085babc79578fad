import type { ClusterConfig, Config } from '../config/config';
import { readClustersFile } from '../config/clusters-file';
import { clustersPath } from '../config/env';
import { didYouMean } from '../config/nearest';
import { formatProblem } from '../config/problem';
import { createClients } from '../clusters/clients';
import { gatherCluster } from '../clusters/read-cluster';
import type { Snapshot } from '../snapshot/snapshot';
import { type ExitCode, exit, type Terminal, type Values, word } from './command';

/** The cluster that was named, or the exit status after saying why there is none. */
export const findCluster = (
  name: string,
  values: Values,
  terminal: Terminal,
): { readonly config: Config; readonly cluster: ClusterConfig } | ExitCode => {
  const file = clustersPath(terminal.env, word(values, 'clusters'));
  const read = readClustersFile(file);
  if (!read.ok) {
    for (const problem of read.problems) terminal.err(`${formatProblem(problem)}\n`);
    return exit.usage;
  }
  const cluster = read.value.clusters.get(name);
  if (cluster) return { config: read.value, cluster };
  const names = [...read.value.clusters.keys()];
  const known = names.length === 0 ? 'it configures none' : `it configures ${names.slice(0, 20).join(', ')}`;
  const shown = JSON.stringify(name.slice(0, 80));
  terminal.err(`peering-bot: no cluster ${shown} in ${file}${didYouMean(name, names) || `; ${known}`}\n`);
  return exit.usage;
};

/** When a peering was first seen PENDING is kept by the bot; a terminal has no such memory. */
const unremembered = {
  visibility: 'hidden',
  reason: {
    kind: 'not-gathered',
    endpoint: '',
    message: 'A command at a terminal does not know since when a peering is pending',
  },
} as const;

/** Reads a cluster with progress on standard error, or gives the exit status after saying why it could not. */
export const openCluster = async (
  config: Config,
  cluster: ClusterConfig,
  peer: string | undefined,
  terminal: Terminal,
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
      pendingSince: unremembered,
      signal: terminal.signal,
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
