import { existsSync } from 'node:fs';
import { createClients } from '../../clusters/clients';
import { listPeerings } from '../../clusters/list-peerings';
import type { ClusterConfig } from '../../config/config';
import { clustersPath } from '../../config/process-uses';
import { addOtherSides } from '../../config/other-sides';
import { createSemaphore } from '../../consul/semaphore';
import { safeJson } from '../../render/json';
import { renderPeeringsText } from '../../render/peerings';
import { pairPeerings, type PeeringsRead } from '../../report/peerings';
import { namesIn } from '../check-fleet';
import {
  type CliCommand,
  type ExitCode,
  exit,
  type Terminal,
  type Values,
  word,
  textOrJson,
} from '../command';
import { consulFlagsIn } from '../consul-flags';
import { findCluster, readConfig, type Target } from '../open-cluster';

/** Maximum clusters that are read at once. */
const maxAtOnce = 64;

/** Returns the clusters to list, and the configuration that they are from. */
const selectedBy = (
  names: readonly string[],
  values: Values,
  terminal: Terminal,
): (Omit<Target, 'cluster'> & { readonly clusters: readonly ClusterConfig[] }) | ExitCode => {
  const file = clustersPath(terminal.env, word(values, 'clusters'));
  const isFile = consulFlagsIn(values)['http-addr'] === undefined && existsSync(file);
  const several = namesIn(names, isFile && names.length === 0, values, terminal);
  if (typeof several === 'number') return several;
  if (several === undefined) {
    const found = findCluster(names[0], values, terminal);
    return typeof found === 'number' ? found : { ...found, clusters: [found.cluster] };
  }
  const config = readConfig(values, terminal);
  if (typeof config === 'number') return config;
  return { config, terminal, clusters: several.flatMap((name) => config.clusters.get(name) ?? []) };
};

/** Lists the peerings of the chosen clusters. */
export const runPeerings: CliCommand['run'] = async (names, values, given) => {
  const format = textOrJson(values, given);
  if (typeof format === 'number') return format;
  const found = selectedBy(names, values, given);
  if (typeof found === 'number') return found;
  const { config, terminal, clusters } = found;
  const all = addOtherSides(clusters, config);
  const clients = createClients(terminal.env);
  const semaphore = createSemaphore(maxAtOnce);
  const { signal } = terminal;
  const readOne = async (cluster: ClusterConfig): Promise<PeeringsRead> => {
    await semaphore.acquire(signal);
    const read = await listPeerings(cluster, { clients, signal }).finally(semaphore.release);
    return {
      cluster: cluster.name,
      others: cluster.peers,
      peers: read.ok ? read.value : null,
      problem: read.ok ? '' : read.error.message,
    };
  };
  const read = await Promise.all(all.map(readOne)).finally(clients.close);
  const list = pairPeerings(
    clusters.map(({ name }) => name),
    read,
    new Date().toISOString(),
  );
  terminal.out(format === 'json' ? safeJson(list) : renderPeeringsText(list, { colour: terminal.colour }));
  return list.notRead.length > 0 ? exit.undecided : exit.fine;
};
